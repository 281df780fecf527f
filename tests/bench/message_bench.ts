/**
 * The cost of an UPDATE before it reaches the RIB. One iteration is a full table from one peer: 187,000 UPDATEs with
 * 1.2 million prefixes of both families. Budget: well under 0.3 s for the scan.
 *
 *     deno bench -A tests/bench/message_bench.ts
 */
import {
  type AttributeSet,
  decodeAttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  formatAsPath,
  messageLength,
  NlriCursor,
  type UpdateContext,
  UpdateEncoder,
  UpdateScanner,
} from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST } from "../../src/types/mod.ts";

const context: UpdateContext = {
  internal: false,
  fourOctetAs: true,
  families: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
  addPathReceive: 0,
  addPathSend: 0,
  extendedNextHop: 0,
  maxMessageBytes: 4096,
  localAsn: 65000,
  remoteAsn: 65001,
};
const oldSpeaker: UpdateContext = { ...context, fourOctetAs: false };

const UPDATES = 187_000;
const IPV4_SHARE = 0.84;

/** xorshift32: the same table each time. */
let seed = 0x2545f491;
function below(limit: number): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) % limit;
}

/** As real tables are: paths of 2 to 9, communities on two thirds of the routes. */
function randomSet(ipv6: boolean): AttributeSet {
  const set = emptyAttributeSet();
  set.origin = below(100) < 96 ? 0 : 2;
  set.asPath = [{ type: 2, asns: [65001, ...Array.from({ length: 1 + below(8) }, () => 1 + below(400_000))] }];
  set.nextHop = ipv6 ? Uint8Array.of(0x20, 1, 0xd, 0xb8, ...new Uint8Array(11), 1) : Uint8Array.of(192, 0, 2, 1);
  if (below(3) === 0) set.med = below(1000);
  if (below(3) > 0) set.communities = Array.from({ length: 1 + below(12) }, () => below(0xffffffff));
  if (below(5) === 0) {
    set.largeCommunities = Array.from({ length: 1 + below(4) }, () => [65001, below(100), below(1000)]);
  }
  return set;
}

const sets: Uint8Array[] = [];
const encoder = new UpdateEncoder(context);
const oldEncoder = new UpdateEncoder(oldSpeaker);
const chunks: Uint8Array[] = [];
let prefixes = 0;
for (let i = 0; i < UPDATES; i++) {
  const ipv6 = below(1000) >= IPV4_SHARE * 1000;
  const wire = encodeAttributeSet(randomSet(ipv6));
  sets.push(wire);
  encoder.begin(wire, ipv6 ? IPV6_UNICAST : IPV4_UNICAST);
  if (i % 10 === 0) oldEncoder.begin(wire, ipv6 ? IPV6_UNICAST : IPV4_UNICAST);
  for (let count = 1 + below(12); count > 0; count--, prefixes++) {
    const length = ipv6 ? 32 + below(17) : 16 + below(9);
    const w0 = ipv6 ? 0x20010000 | below(0x10000) : below(0xffffffff) & (-1 << (32 - length));
    encoder.add(w0, ipv6 ? below(0x10000) << 16 : 0, 0, 0, length, -1);
    if (i % 10 === 0) oldEncoder.add(w0, 0, 0, 0, length, -1);
  }
  if (encoder.size > 1 << 16) chunks.push(encoder.take());
}
chunks.push(encoder.take());
const oldTable = oldEncoder.take();

function eachMessage(bytes: Uint8Array, visit: (bytes: Uint8Array, start: number, end: number) => void): void {
  for (let at = 0; at < bytes.length;) {
    const end = at + messageLength(bytes, at);
    visit(bytes, at, end);
    at = end;
  }
}

const scanner = new UpdateScanner(context);
const oldScanner = new UpdateScanner(oldSpeaker);
const cursor = new NlriCursor();
let sink = 0;

/** The RIB's loop without the RIB: a table of hashes stands for its intern table. */
const known = new Int32Array(1 << 20);
let misses = 0;

function scanAndLookUp(bytes: Uint8Array, start: number, end: number): void {
  if (scanner.scan(bytes, start, end) !== "ok") throw new Error(scanner.fault?.text);
  const slot = scanner.setHash & (known.length - 1);
  if (scanner.lookupFirst && known[slot] === scanner.setHash) return;
  if (scanner.validate().kind !== "accept") throw new Error("a sound set was not accepted");
  known[slot] = scanner.setHash;
  misses++;
}

const table = `${UPDATES} UPDATEs, ${(prefixes / 1e6).toFixed(2)}M prefixes`;

Deno.bench(`scan: ${table}`, { group: "receive", baseline: true }, () => {
  for (const chunk of chunks) {
    eachMessage(chunk, (bytes, start, end) => {
      if (scanner.scan(bytes, start, end) !== "ok") throw new Error(scanner.fault?.text);
      sink ^= scanner.setHash;
    });
  }
});

Deno.bench(`scan, look up, validate what is new: ${table}`, { group: "receive" }, () => {
  known.fill(0);
  for (const chunk of chunks) eachMessage(chunk, scanAndLookUp);
});

Deno.bench(`scan and read every prefix: ${table}`, { group: "receive" }, () => {
  for (const chunk of chunks) {
    eachMessage(chunk, (bytes, start, end) => {
      scanner.scan(bytes, start, end);
      for (let i = 0; i < scanner.blockCount; i++) {
        const block = scanner.blocks[i]!;
        cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
        while (cursor.next()) sink ^= cursor.w0 ^ cursor.w1 ^ cursor.length;
      }
    });
  }
});

Deno.bench(`from an OLD speaker, ${UPDATES / 10} UPDATEs: scan and validate each`, { group: "receive" }, () => {
  eachMessage(oldTable, (bytes, start, end) => {
    if (oldScanner.scan(bytes, start, end) !== "ok") throw new Error(oldScanner.fault?.text);
    if (oldScanner.validate().kind !== "accept") throw new Error("a sound set was not accepted");
  });
});

Deno.bench(`encode ${UPDATES} sets with 6 prefixes each`, { group: "send" }, () => {
  const out = new UpdateEncoder(context);
  for (const set of sets) {
    out.begin(set, IPV4_UNICAST);
    for (let i = 0; i < 6; i++) out.add(0x0a000000 | (i << 8), 0, 0, 0, 24, -1);
    if (out.size > 1 << 16) sink ^= out.take().length;
  }
});

Deno.bench(`decode ${UPDATES} sets into objects, path as text`, { group: "cold" }, () => {
  for (const set of sets) sink ^= formatAsPath(decodeAttributeSet(set).asPath).length;
});

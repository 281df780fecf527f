/** RIB_GENERIC (RFC 6396 §4.3.3): tables of families whose NLRI are no plain prefixes. */

import assert from "node:assert/strict";
import {
  type CodecCursor,
  encodeNlriValue,
  formatDestination,
  nlriCodec,
  withNlriValue,
} from "../../../src/message/mod.ts";
import {
  LineWriter,
  MrtDecoder,
  MrtFramer,
  type MrtItem,
  RouteReader,
  type TableRoute,
  TableWriter,
} from "../../../src/mrt/mod.ts";
import { type FamilyId, parseAddress } from "../../../src/types/mod.ts";
import { wire } from "../rib/support.ts";
import { octets, record } from "./bytes.ts";

const peers = [{ address: octets("c0000209"), asn: 65000, routerId: 1 }, {
  address: octets("c000020a"),
  asn: 65001,
  routerId: 2,
}];

function keyOf(family: FamilyId, text: string): Uint8Array {
  const key = nlriCodec(family)!.parse(text);
  assert.ok(key instanceof Uint8Array, JSON.stringify(key));
  return key;
}

const valued = (nextHop: string, label: number) =>
  withNlriValue(wire({ nextHop: parseAddress(nextHop)! }), encodeNlriValue({ labels: [(label << 4) | 1] }));

function route(set: Uint8Array, peerIndex = 0, pathId = -1): TableRoute {
  return { peerIndex, pathId, receivedAt: 1_700_000_000_000, set };
}

/** The items of a table with these records. */
function read(records: readonly Uint8Array[]): MrtItem[] {
  const writer = new TableWriter(1_700_000_000_000);
  const framer = new MrtFramer();
  framer.push(octets(writer.peerIndex(1, "", peers), ...records));
  const decoder = new MrtDecoder();
  const items: MrtItem[] = [];
  for (let next = framer.next(); next !== undefined; next = framer.next()) items.push(...decoder.decode(next));
  return items;
}

/** The routes as `peer destination path set`. */
function routesIn(items: readonly MrtItem[]): string[] {
  const reader = new RouteReader({ internal: true });
  const found: string[] = [];
  for (const item of items) {
    assert.ok(item.kind === "entry", JSON.stringify(item));
    reader.entry(item, {
      announce: () => assert.fail("there are no prefixes"),
      withdraw: () => assert.fail("nothing is withdrawn"),
      announceNlri: (family: FamilyId, { key, pathId }: CodecCursor, set: Uint8Array) =>
        void found.push(`${item.peer.asn} ${formatDestination(family, { key })} ${pathId} ${set.toHex()}`),
      endOfRib: () => {},
      fault: (fault) => assert.fail(fault.text),
    });
  }
  return found;
}

const cases: readonly [family: FamilyId, text: string, set: Uint8Array][] = [
  [5, "192.0.2.0/24", valued("192.0.2.1", 100)],
  [6, "2001:db8::/32", valued("2001:db8::1", 100)],
  [7, "65000:1 192.0.2.0/24", valued("192.0.2.1", 100)],
  [8, "65000:1 2001:db8::/32", valued("2001:db8::1", 100)],
  [9, "destination 192.0.2.0/24 protocol =udp", wire({ nextHop: new Uint8Array(0) })],
  [14, "65000 rt:65000:1", wire()],
];
for (const [family, text, set] of cases) {
  Deno.test(`RFC 6396 §4.3.3: routes to ${text} (family ${family}) read back as they were written`, () => {
    const key = keyOf(family, text);
    const records = new TableWriter(1_700_000_000_000).nlri(family, key, [route(set), route(set, 1, 7)]);
    assert.deepEqual(routesIn(read(records)), [
      `65000 ${text} -1 ${set.toHex()}`,
      `65001 ${text} 7 ${set.toHex()}`,
    ]);
  });
}

Deno.test("routes with different labels stand in different records: a label is part of the NLRI (RFC 8277 §2)", () => {
  const key = keyOf(7, "65000:1 192.0.2.0/24");
  const [one, other] = [valued("192.0.2.1", 100), valued("192.0.2.2", 200)];
  const records = new TableWriter(0).nlri(7, key, [route(one), route(other, 1), route(one, 1)]);
  assert.equal(records.length, 2);
  assert.deepEqual(
    routesIn(read(records)).map((text) => text.split(" ").slice(0, 3).join(" ")),
    ["65000 65000:1 192.0.2.0/24", "65001 65000:1 192.0.2.0/24", "65001 65000:1 192.0.2.0/24"],
  );
});

Deno.test("RFC 4364 §4.3.2: a VPN next hop has its RD of zero in a table; one without it is read, too", () => {
  const key = keyOf(7, "65000:1 192.0.2.0/24");
  const set = valued("192.0.2.1", 100);
  const [record] = new TableWriter(0).nlri(7, key, [route(set)]);
  assert.match(record!.toHex(), /800e0d0c0000000000000000c0000201/);
  const [item] = read([record!]);
  assert.ok(item?.kind === "entry");
  const text = item.attributes.toHex().replace("800e0d0c0000000000000000c0000201", "800e0504c0000201");
  assert.deepEqual(routesIn([{ ...item, attributes: octets(text) }]), routesIn([item]));
});

Deno.test("an NLRI that ends after its record, or is malformed, is a fault of that record", () => {
  for (
    const [nlri, text] of [
      ["ff000011", /ipv4 vpn that ends after its record/],
      ["", /ipv4 vpn that ends after its record/],
      ["18000011", /ipv4 vpn of 24 bits, which is too short for a label and an RD/],
    ] as const
  ) {
    const [item] = read([record(13, 6, octets("00000000", "0001", "80", nlri))]);
    assert.ok(item?.kind === "fault");
    assert.match(item.text, text);
  }
});

Deno.test("a line names the destination as show routes does", () => {
  const lines: string[] = [];
  const writer = new LineWriter((line) => void lines.push(line), (fault) => assert.fail(fault.text));
  const [record] = new TableWriter(1_700_000_000_000).nlri(7, keyOf(7, "65000:1 192.0.2.0/24"), [
    route(valued("192.0.2.1", 100)),
  ]);
  for (const item of read([record!])) {
    assert.ok(item.kind === "entry");
    writer.begin(item);
    new RouteReader({ internal: true }).entry(item, writer);
  }
  assert.deepEqual(lines, [
    "TABLE_DUMP2|1700000000|B|192.0.2.9|65000|65000:1 192.0.2.0/24|65001|IGP|192.0.2.1|0|0||NAG||",
  ]);
});

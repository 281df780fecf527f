/** Messages and state changes as records: what is written is read back. */
import assert from "node:assert/strict";
import {
  encodeMrtMessage,
  encodeMrtState,
  MrtDecoder,
  MrtFramer,
  type MrtItem,
  MrtState,
} from "../../../src/mrt/mod.ts";

const ipv4 = {
  peerAsn: 4_200_000_001,
  localAsn: 65_000,
  peerAddress: new Uint8Array([192, 0, 2, 1]),
  localAddress: new Uint8Array([192, 0, 2, 2]),
};
const ipv6 = { ...ipv4, peerAddress: new Uint8Array(16).fill(1), localAddress: new Uint8Array(16).fill(2) };
const update = new Uint8Array(23).fill(0xff, 0, 16);
update.set([0, 23, 2], 16);
const at = 1_700_000_000_123;

function read(bytes: Uint8Array): MrtItem {
  const framer = new MrtFramer(), decoder = new MrtDecoder();
  framer.push(bytes);
  const record = framer.next();
  assert.ok(record !== undefined && "body" in record);
  const items = decoder.decode(record);
  assert.equal(items.length, 1);
  return items[0]!;
}

Deno.test("RFC 6396 §4.4.3: a message with its ends and its time", () => {
  for (const ends of [ipv4, ipv6]) {
    const item = read(encodeMrtMessage(at, ends, { fourOctetAs: true, addPath: false }, update));
    assert.ok(item.kind === "message");
    assert.deepEqual([...item.bytes], [...update]);
    assert.equal(item.peer.asn, 4_200_000_001);
    assert.deepEqual([item.fourOctetAs, item.addPath, item.sent], [true, 0, false]);
    assert.equal(Math.round(Number(item.time)), at);
  }
});

Deno.test("RFC 8050 §3: NLRI with path identifiers, and ASNs of two octets, have subtypes of their own", () => {
  const paths = read(encodeMrtMessage(at, ipv4, { fourOctetAs: true, addPath: true }, update));
  assert.ok(paths.kind === "message" && paths.addPath !== 0);
  const old = read(encodeMrtMessage(at, ipv4, { fourOctetAs: false, addPath: false }, update));
  // RFC 6793: AS_TRANS stands for an AS that does not fit.
  assert.ok(old.kind === "message" && !old.fourOctetAs && old.peer.asn === 23_456);
});

Deno.test("RFC 6396 §4.4.4: a state change", () => {
  const item = read(encodeMrtState(at, ipv6, MrtState.established, MrtState.idle));
  assert.ok(item.kind === "state");
  assert.deepEqual([item.from, item.to], [6, 1]);
});

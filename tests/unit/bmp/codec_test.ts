/** BMP messages, octets both ways, and what is no message. */
import assert from "node:assert/strict";
import { inVersion4, joined } from "../../support/bmp_router.ts";
import { BmpFramer, type BmpMessage, type BmpPeer, decodeBmp, encodeBmp } from "../../../src/bmp/mod.ts";

const peer: BmpPeer = {
  type: 0,
  ribKind: "adj-in",
  twoOctetAsPath: false,
  filtered: false,
  distinguisher: 0n,
  address: new Uint8Array([192, 0, 2, 1]),
  asn: 4_200_000_001,
  bgpId: 0xc0000201,
  seconds: 1_700_000_000,
  microseconds: 999_999,
};
const ipv6: BmpPeer = {
  ...peer,
  type: 1,
  ribKind: "adj-out-post",
  distinguisher: 0xfffffffe00000001n,
  address: new Uint8Array(16).fill(7),
};
const loc: BmpPeer = { ...peer, type: 3, ribKind: "loc", filtered: true, address: new Uint8Array(4) };
const tlvs = [{ type: 2, value: new TextEncoder().encode("router") }, { type: 99, value: new Uint8Array(0) }];

function bgp(type: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(0xff, 0, 16);
  bytes.set([length >>> 8, length & 255, type], 16);
  return bytes;
}

const messages: readonly BmpMessage[] = [
  { kind: "initiation", information: tlvs },
  { kind: "termination", information: [{ type: 1, value: new Uint8Array([0, 3]) }] },
  { kind: "routeMonitoring", peer, update: bgp(2, 23) },
  { kind: "routeMonitoring", peer: { ...peer, ribKind: "adj-in-post", twoOctetAsPath: true }, update: bgp(2, 65_535) },
  { kind: "routeMonitoring", peer: { ...peer, ribKind: "adj-out" }, update: bgp(2, 23) },
  { kind: "routeMonitoring", peer: loc, update: bgp(2, 23) },
  {
    kind: "statistics",
    peer,
    statistics: [{ type: 0, value: 5n }, { type: 7, value: 1n << 40n }, { type: 9, afi: 2, safi: 1, value: 9n }],
  },
  { kind: "peerDown", peer, reason: 1, data: bgp(3, 21) },
  { kind: "peerDown", peer, reason: 2, data: new Uint8Array([0, 24]) },
  { kind: "peerDown", peer: ipv6, reason: 5, data: new Uint8Array(0) },
  {
    kind: "peerUp",
    peer: ipv6,
    localAddress: new Uint8Array(16).fill(9),
    localPort: 179,
    remotePort: 54_321,
    sentOpen: bgp(1, 29),
    receivedOpen: bgp(1, 40),
    information: tlvs,
  },
  {
    kind: "routeMirroring",
    peer,
    items: [
      { kind: "information", code: 1 },
      { kind: "message", bytes: bgp(2, 19) },
      { kind: "other", type: 7, value: new Uint8Array(3) },
    ],
  },
];

Deno.test("RFC 7854 §4: each message reads back as it was written", () => {
  for (const message of messages) assert.deepEqual(decodeBmp(encodeBmp(message)), message);
});

Deno.test("RFC 7854 §4.1: a stream cut anywhere gives the same messages", () => {
  const parts = messages.map(encodeBmp);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  for (const size of [1, 7, 4096, whole.length]) {
    const framer = new BmpFramer(), found: unknown[] = [];
    for (let at = 0; at < whole.length; at += size) {
      framer.push(whole.subarray(at, at + size));
      for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
        assert.equal(frame.kind, "message");
        if (frame.kind === "message") found.push(decodeBmp(frame.bytes.slice()));
      }
    }
    assert.deepEqual(found, messages, `chunks of ${size}`);
  }
});

Deno.test("RFC 7854 §4.1: another version, a length of 4 GB and a length below the header end the stream", () => {
  const cases: readonly (readonly [readonly number[], RegExp])[] = [
    [[5], /version 5 in place of 3 or 4/],
    [[2], /version 2/],
    [[3, 255, 255, 255, 255, 0], /length of 4294967295/],
    [[3, 0, 0, 0, 5, 0], /length of 5 /],
  ];
  for (const [octets, text] of cases) {
    const framer = new BmpFramer();
    framer.push(new Uint8Array(octets));
    const frame = framer.next();
    assert.ok(frame?.kind === "broken" && text.test(frame.text));
    framer.push(encodeBmp(messages[0]!));
    assert.equal(framer.next(), undefined, "nothing follows a broken stream");
  }
});

Deno.test("A message cut short is a fault or a shorter message of the same kind; no octet pattern throws", () => {
  for (const message of messages) {
    const bytes = encodeBmp(message);
    for (let end = 6; end < Math.min(bytes.length, 300); end++) {
      const read = decodeBmp(bytes.subarray(0, end));
      assert.ok(read.kind === "fault" || read.kind === message.kind);
    }
    for (let at = 5; at < Math.min(bytes.length, 300); at++) {
      const changed = bytes.slice();
      changed[at]! ^= 0xff;
      decodeBmp(changed);
    }
  }
});

Deno.test("RFC 7854 §4.6, §4.9, §4.10: a message without what it must hold is a fault that says so", () => {
  const cases: readonly (readonly [BmpMessage, RegExp])[] = [
    [{ kind: "routeMonitoring", peer, update: bgp(4, 19) }, /no whole BGP UPDATE/],
    [{ kind: "routeMonitoring", peer, update: new Uint8Array([...bgp(2, 23), 0]) }, /octets follow/],
    [{ kind: "peerDown", peer, reason: 3, data: bgp(2, 23) }, /no whole NOTIFICATION/],
    [{ kind: "peerDown", peer, reason: 2, data: new Uint8Array(1) }, /FSM event/],
  ];
  for (const [message, text] of cases) {
    const read = decodeBmp(encodeBmp(message));
    assert.ok(read.kind === "fault" && text.test(read.text), JSON.stringify(read));
  }
});

Deno.test("draft-ietf-grow-bmp-tlv: version 4 says the same, whatever number the TLV of the UPDATE has", () => {
  for (const message of messages.filter(({ kind }) => kind !== "routeMirroring")) {
    for (const updateTlv of [4, 7] as const) {
      assert.deepEqual(decodeBmp(inVersion4(encodeBmp(message), updateTlv)), message);
    }
  }
});

Deno.test("draft-ietf-grow-bmp-tlv: version 4 needs a whole UPDATE that fills a TLV, and TLVs that fit", () => {
  const good = inVersion4(encodeBmp({ kind: "routeMonitoring", peer, update: bgp(2, 23) }), 7);
  const changed = (at: number, octet: number) => good.with(good.length + at, octet);
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [changed(-23, 0), /no whole BGP UPDATE/],
    [changed(-6, 22), /no whole BGP UPDATE/],
    [changed(-5, 3), /no whole BGP UPDATE/],
    [good.subarray(0, 48), /no whole BGP UPDATE/],
    [good.subarray(0, -1), /passes the end/],
  ];
  for (const [bytes, text] of cases) {
    const read = decodeBmp(bytes);
    assert.ok(read.kind === "fault" && text.test(read.text), JSON.stringify(read));
  }
});

Deno.test("draft-ietf-grow-bmp-tlv-20 §5.4: statistics stand in a TLV of their own", () => {
  const statistics = [{ type: 7, value: 123n }];
  const bytes = encodeBmp({ kind: "statistics", peer, statistics }), values = bytes.subarray(48);
  const inTlv = joined(bytes.subarray(0, 48), new Uint8Array([0, 1, 0, values.length]), values);
  inTlv.set([4, 0, 0, 0, inTlv.length], 0);
  assert.deepEqual(decodeBmp(inTlv), { kind: "statistics", peer, statistics });
  inTlv[0] = 3;
  assert.equal(decodeBmp(inTlv).kind, "fault", "version 3 has no such TLV");
});

Deno.test("draft-ietf-grow-bmp-tlv: version 4 mirrors a message in a TLV with or without an index", () => {
  const mirror = (tlv: readonly number[]) => {
    const bytes = encodeBmp({ kind: "routeMirroring", peer, items: [] });
    const whole = joined(bytes, new Uint8Array(tlv), bgp(2, 19));
    whole.set([4, 0, 0, 0, whole.length], 0);
    return decodeBmp(whole);
  };
  const expected = { kind: "routeMirroring", peer, items: [{ kind: "message", bytes: bgp(2, 19) }] };
  assert.deepEqual(mirror([0, 7, 0, 19, 0, 0]), expected);
  assert.deepEqual(mirror([0, 0, 0, 19]), expected);
});

Deno.test("a Peer Down holds its NOTIFICATION, and not what follows it", () => {
  const notification = bgp(3, 21);
  const bytes = encodeBmp({
    kind: "peerDown",
    peer,
    reason: 3,
    data: joined(notification, new Uint8Array([0, 3, 0, 0])),
  });
  assert.deepEqual(decodeBmp(bytes), { kind: "peerDown", peer, reason: 3, data: notification });
});

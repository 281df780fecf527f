import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { encodeRecord, MrtDecoder, MrtFramer, type MrtItem } from "../../../src/mrt/mod.ts";
import { attributes, none, octets, peerIndexTable, record, u16, u32, update } from "./bytes.ts";

function decode(...records: readonly Uint8Array[]): MrtItem[] {
  const framer = new MrtFramer();
  const decoder = new MrtDecoder();
  framer.push(octets(...records));
  const items: MrtItem[] = [];
  for (let next = framer.next(); next !== undefined; next = framer.next()) items.push(...decoder.decode(next));
  return items;
}

/** The fields a test looks at. */
function brief(item: MrtItem): unknown {
  switch (item.kind) {
    case "entry":
      return {
        peer: `${item.peer.number} ${item.peer.address} ${item.peer.asn}`,
        prefix: `${item.family} ${item.octets.toHex()}/${item.length}`,
        pathId: item.pathId,
        at: item.originatedAt,
        four: item.fourOctetAs,
      };
    case "message":
      return {
        peer: `${item.peer.address} ${item.peer.asn}`,
        local: `${item.localAddress} ${item.localAsn}`,
        four: item.fourOctetAs,
        addPath: item.addPath !== 0,
        sent: item.sent,
      };
    case "state":
      return { peer: `${item.peer.address} ${item.peer.asn}`, from: item.from, to: item.to };
    default:
      return `${item.kind}: ${item.text}`;
  }
}

Deno.test("RFC 6396 §4.2: TABLE_DUMP is one route a record, with a 2-octet AS", () => {
  const body = octets("0000 0001 c0000200 18 01", u32(900), "c0000209 fde8", u16(attributes(2).length), attributes(2));
  const [item] = decode(record(12, 1, body));
  assert.deepEqual(brief(item!), {
    peer: "0 192.0.2.9 65000",
    prefix: "1 c0000200/24",
    pathId: -1,
    at: 900_000,
    four: false,
  });
  const short = decode(record(12, 1, body.slice(0, -1)));
  assert.deepEqual(short.map(brief), ["fault: TABLE_DUMP: the entry does not fit its record"]);
});

/** Routes of both peers to a prefix, as RIB records have them. */
const ribOf = (prefix: string, pathIds = ["", ""]) =>
  octets(
    u32(7),
    prefix,
    "0002",
    ...[0, 1].flatMap((peer) => [u16(peer), u32(900 + peer), pathIds[peer]!, u16(attributes(4).length), attributes(4)]),
  );

Deno.test("RFC 6396 §4.3.2: a TABLE_DUMP_V2 record has one prefix and routes of peers in the PEER_INDEX_TABLE", () => {
  const items = decode(peerIndexTable, record(13, 2, ribOf("18 c00002")), record(13, 4, ribOf("20 20010db8")));
  assert.deepEqual(items.map(brief), [
    { peer: "0 192.0.2.9 65000", prefix: "1 c00002/24", pathId: -1, at: 900_000, four: true },
    { peer: "1 2001:db8::9 70000", prefix: "1 c00002/24", pathId: -1, at: 901_000, four: true },
    { peer: "0 192.0.2.9 65000", prefix: "2 20010db8/32", pathId: -1, at: 900_000, four: true },
    { peer: "1 2001:db8::9 70000", prefix: "2 20010db8/32", pathId: -1, at: 901_000, four: true },
  ]);
  assert.deepEqual(decode(record(13, 2, ribOf("18 c00002"))).map(brief), [
    "fault: TABLE_DUMP_V2: a route before any PEER_INDEX_TABLE",
  ]);
});

Deno.test("RFC 6396 §4.3.3: RIB_GENERIC names its family; one that is not ours is skipped, not a fault", () => {
  const generic = (family: string) => octets(u32(7), family, ribOf("18 c00002").slice(4));
  const [first] = decode(peerIndexTable, record(13, 6, generic("0001 02")));
  assert.equal((brief(first!) as { prefix: string }).prefix, "3 c00002/24");
  assert.deepEqual(decode(peerIndexTable, record(13, 6, generic("0001 c8"))).map(brief), [
    "skipped: RIB_GENERIC of AFI 1 SAFI 200 is not supported",
  ]);
});

Deno.test("RFC 8050 §4: the ADDPATH subtypes have a path identifier in each route", () => {
  for (
    const [subtype, prefix] of [[8, "18 c00002"], [9, "18 c00002"], [10, "20 20010db8"], [12, "0001 01 18 c00002"]]
  ) {
    const items = decode(peerIndexTable, record(13, Number(subtype), ribOf(String(prefix), ["00000005", "ffffffff"])));
    assert.deepEqual(items.map((item) => item.kind === "entry" && item.pathId), [5, 4294967295], `subtype ${subtype}`);
  }
});

Deno.test("TABLE_DUMP_V2: what breaks a record does not break those before and behind it", () => {
  const good = record(13, 2, ribOf("18 c00002"));
  const broken = [
    record(13, 2, ribOf("18 c00002").slice(0, -1)),
    record(13, 2, ribOf("21 c0000200 80")),
    record(13, 2, octets(u32(7), "18 c00002 0001 0009 00000000 0000")),
  ];
  for (const bad of broken) {
    const kinds = decode(peerIndexTable, good, bad, good).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === "fault").length, 1);
    assert.deepEqual([kinds.slice(0, 2), kinds.slice(-2)], [["entry", "entry"], ["entry", "entry"]]);
  }
});

const message = update(none, attributes(4), octets("18 c00002"));
const ends4 = "0000fde8 0000fc00 0000 0001 c0000209 c0000201";
const ends2 = "fde8 fc00 0000 0001 c0000209 c0000201";

Deno.test("RFC 6396 §4.4, RFC 8050 §3: each BGP4MP subtype says width, direction and path identifiers", () => {
  const rows: [number, string, boolean, boolean, boolean][] = [
    [1, ends2, false, false, false],
    [4, ends4, true, false, false],
    [6, ends2, false, false, true],
    [7, ends4, true, false, true],
    [8, ends2, false, true, false],
    [9, ends4, true, true, false],
    [10, ends2, false, true, true],
    [11, ends4, true, true, true],
  ];
  for (const [subtype, ends, four, addPath, sent] of rows) {
    const expected = { peer: "192.0.2.9 65000", local: "192.0.2.1 64512", four, addPath, sent };
    assert.deepEqual(decode(record(16, subtype, octets(ends, message))).map(brief), [expected], `subtype ${subtype}`);
    const extended = decode(record(17, subtype, octets("00000001", ends, message)));
    assert.deepEqual(extended.map(brief), [expected], `BGP4MP_ET subtype ${subtype}`);
  }
});

Deno.test("RFC 6396 §4.4.1, §4.4.4: state changes, with both widths of AS", () => {
  const expected = [{ peer: "192.0.2.9 65000", from: 6, to: 1 }];
  assert.deepEqual(decode(record(16, 0, octets(ends2, "0006 0001"))).map(brief), expected);
  assert.deepEqual(decode(record(16, 5, octets(ends4, "0006 0001"))).map(brief), expected);
  assert.deepEqual(decode(record(16, 5, octets(ends4, "0006"))).map(brief), ["fault: BGP4MP_STATE_CHANGE: too short"]);
});

Deno.test("BGP4MP: a message that is not as long as its record is a fault", () => {
  for (const bytes of [message.slice(0, -1), octets(message, 0), message.slice(0, 18)]) {
    assert.equal(decode(record(16, 4, octets(ends4, bytes)))[0]!.kind, "fault");
  }
});

Deno.test("BGP4MP_ENTRY: the next hop of the entry stands in its attributes", () => {
  const body = octets(ends2, "0000 0001", u32(900), "0001 01 04 c0000207 18 c00002", "0004 40010100");
  const [item] = decode(record(16, 2, body));
  assert.ok(item?.kind === "entry");
  assert.equal(item.attributes.toHex(), "800e0504c0000207" + "40010100");
});

Deno.test("records of other types are skipped, each kind with one sentence", () => {
  assert.deepEqual(
    decode(record(48, 1, none), record(13, 7, octets(u32(0))), record(16, 3, octets(ends2))).map(brief),
    [
      "skipped: records of type 48 are not supported",
      "skipped: TABLE_DUMP_V2 subtype 7 is not supported",
      "skipped: BGP4MP subtype 3 is not supported",
    ],
  );
});

Deno.test("no octets make the decoder throw", () => {
  const type = fc.constantFrom(12, 13, 16, 17, 48);
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.uint8Array({ maxLength: 40 }).map((rest) => octets(ends4, rest)),
    fc.uint8Array({ maxLength: 40 }).map((rest) => octets(u32(1), "18 c00002 0001 0000 00000000", rest)),
  );
  fc.assert(
    fc.property(type, fc.integer({ min: 0, max: 13 }), body, (type, subtype, body) => {
      decode(peerIndexTable, encodeRecord(0, type, subtype, body));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("RFC 6396 appendix B.2.1: messages of before 2001 stand without their header, with 2-octet ASNs", () => {
  const ends = octets("fde8 c0000209 fde9 c0000201");
  const message = update(none, attributes(2), octets("18c00002"));
  const items = decode(record(5, 1, octets(ends, message.subarray(19))), record(5, 7, ends));
  assert.deepEqual(
    items.map(brief),
    [1, 2].map(() => ({
      peer: "192.0.2.9 65000",
      local: "192.0.2.1 65001",
      four: false,
      addPath: false,
      sent: false,
    })),
  );
  const bytes = items.map((item) => item.kind === "message" ? item.bytes.toHex() : "");
  assert.deepEqual(bytes, [message.toHex(), "ff".repeat(16) + "001304"]);
  const six = octets("fde8", "20010db8".padEnd(32, "0"), "fde9", "20010db8".padEnd(32, "1"), message.subarray(19));
  for (const type of [9, 10]) {
    assert.equal((brief(decode(record(type, 1, six))[0]!) as { peer: string }).peer, "2001:db8:: 65000");
  }
  assert.deepEqual(decode(record(5, 3, octets("fde8 c0000209 0003 0006"))).map(brief), [
    { peer: "192.0.2.9 65000", from: 3, to: 6 },
  ]);
});

Deno.test("RFC 6396 appendix B.2.1 twin: a record too short is a fault, one without a route is skipped", () => {
  assert.deepEqual(decode(record(5, 1, octets("fde8 c0000209 fde9 c000"))).map(brief), [
    "fault: BGP: the record ends inside its addresses",
  ]);
  assert.deepEqual(decode(record(5, 3, octets("fde8 c0000209 0003"))).map(brief), [
    "fault: BGP_STATE_CHANGE: too short",
  ]);
  const long = octets("fde8 c0000209 fde9 c0000201", new Uint8Array(4096));
  assert.deepEqual(decode(record(5, 1, long)).map(brief), ["fault: BGP: a message of 4115 octets is too long"]);
  assert.deepEqual(decode(record(5, 4, octets("0001"))).map(brief), ["skipped: BGP subtype 4 is not supported"]);
});

Deno.test("records of old Zebras without addresses: a state change of 8 octets, an OPEN behind its ASNs", () => {
  const open = octets("ff".repeat(16), "001d 01 04 fde8 00b4 c0000209 00");
  assert.deepEqual(
    decode(record(16, 0, octets("fde8 fde9 0005 0006")), record(16, 1, octets("fde8 fde9", open))).map(brief),
    [
      { peer: "0.0.0.0 65000", from: 5, to: 6 },
      { peer: "0.0.0.0 65000", local: "0.0.0.0 65001", four: false, addPath: false, sent: false },
    ],
  );
});

import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  decodeAttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  type NlriCursor,
} from "../../../src/message/mod.ts";
import {
  formatCursor,
  MrtDecoder,
  MrtFramer,
  RouteReader,
  type TableRoute,
  TableWriter,
} from "../../../src/mrt/mod.ts";
import {
  type FamilyId,
  familyOf,
  formatPrefix,
  isIpv4,
  maskIds,
  maskPrefix,
  prefixFamilies,
} from "../../../src/types/mod.ts";
import { octets } from "./bytes.ts";

const peers = [
  { address: octets("c0000209"), asn: 65000, routerId: 0x0a000001 },
  { address: octets("20010db8", new Uint8Array(11), 9), asn: 4_200_000_000, routerId: 0 },
];

/** A set with this next hop, and enough besides that MP_REACH_NLRI stands in the middle. */
function setWith(nextHop: Uint8Array, med: number): Uint8Array {
  return encodeAttributeSet({
    ...emptyAttributeSet(),
    origin: 0,
    asPath: [{ type: 2, asns: [65000, 4_200_000_000] }],
    nextHop,
    med,
    communities: [0xfde80064],
    largeCommunities: [[1, 2, 3]],
  });
}

const address = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((o) => octets(0x20, o.slice(1)));
const route = (family: FamilyId) =>
  fc.record({
    peerIndex: fc.integer({ min: 0, max: 1 }),
    pathId: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 0xffffffff })),
    receivedAt: fc.integer({ min: 0, max: 4e9 }).map((seconds) => seconds * 1000),
    set: fc.tuple(
      isIpv4(family) ? fc.oneof(address(4), address(16)) : fc.oneof(address(16), address(32)),
      fc.nat(),
    ).map(([nextHop, med]) => setWith(nextHop, med)),
  });
const table = fc.constantFrom(...maskIds(prefixFamilies)).chain((family) => {
  const size = familyOf(family).addressBytes;
  return fc.record({
    family: fc.constant(family),
    prefix: fc.tuple(address(size), fc.integer({ min: 0, max: size * 8 })).map(([a, length]) => maskPrefix(a, length)),
    routes: fc.array(route(family), { minLength: 1, maxLength: 5 }),
  });
});

Deno.test("a table that was written reads back: peers, prefixes, path identifiers, next hops of every kind", () => {
  fc.assert(
    fc.property(table, ({ family, prefix, routes }) => {
      const writer = new TableWriter(1_700_000_000_000);
      const framer = new MrtFramer();
      framer.push(octets(writer.peerIndex(0x0a0a0a0a, "view", peers), ...writer.prefix(family, prefix, routes)));
      const decoder = new MrtDecoder();
      const reader = new RouteReader({ internal: true });
      const found: { peer: string; at: number; prefix: string; pathId: number; set: string }[] = [];
      for (let next = framer.next(); next !== undefined; next = framer.next()) {
        assert.equal(next.time, 1_700_000_000_000);
        for (const item of decoder.decode(next)) {
          assert.ok(item.kind === "entry", JSON.stringify(item));
          const announce = (family: FamilyId, cursor: NlriCursor, set: Uint8Array) =>
            void found.push({
              peer: `${item.peer.address} ${item.peer.asn}`,
              at: item.originatedAt,
              prefix: `${family} ${formatCursor(family, cursor)}`,
              pathId: cursor.pathId,
              set: set.toHex(),
            });
          const fail = () => assert.fail("nothing else is in it");
          reader.entry(item, { announce, withdraw: fail, endOfRib: fail, fault: fail });
        }
      }
      assert.equal(framer.end(), undefined);
      const texts = ["192.0.2.9 65000", "2001:db8::9 4200000000"];
      const expected = [false, true].flatMap((addPath) =>
        routes.filter(({ pathId }) => (pathId !== -1) === addPath).map((each: TableRoute) => ({
          peer: texts[each.peerIndex]!,
          at: each.receivedAt,
          prefix: `${family} ${formatPrefix(prefix)}`,
          pathId: each.pathId,
          set: each.set.toHex(),
        }))
      );
      assert.deepEqual(found, expected);
    }),
    { numRuns: 300 },
  );
});

Deno.test("RFC 6396 §4.3.4: MP_REACH_NLRI in a table is the next hop and nothing else, in its place by code", () => {
  const nextHop = octets("20010db8", new Uint8Array(11), 1);
  const writer = new TableWriter(0);
  const set = setWith(nextHop, 1);
  const [bytes] = writer.prefix(2, { octets: new Uint8Array(16), length: 0 }, [
    { peerIndex: 0, pathId: -1, receivedAt: 0, set },
  ]);
  assert.match(bytes!.toHex(), new RegExp(`c00804fde80064800e1110${nextHop.toHex()}c0200c`));
  assert.deepEqual(decodeAttributeSet(set).nextHop, nextHop);
});

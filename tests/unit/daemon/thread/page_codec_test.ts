/** A page of routes is the same on both sides. */
import assert from "node:assert/strict";
import { type AnsweredRoute, packRoutes, unpackRoutes } from "../../../../src/daemon/thread/page_codec.ts";
import { IPV4_UNICAST, IPV6_UNICAST } from "../../../../src/types/mod.ts";
import fc from "../../../support/fast_check.ts";

const bytes = (most: number) => fc.uint8Array({ maxLength: most });
const prefix = fc.oneof(
  fc.record({ octets: fc.uint8Array({ minLength: 4, maxLength: 4 }), length: fc.integer({ min: 0, max: 32 }) }),
  fc.record({ octets: fc.uint8Array({ minLength: 16, maxLength: 16 }), length: fc.integer({ min: 0, max: 128 }) }),
);
const common = {
  family: fc.constantFrom(IPV4_UNICAST, IPV6_UNICAST),
  prefix,
  pathId: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 0xffffffff })),
};
const text = fc.constantFrom("AS path length", "eBGP over iBGP", "");
const received = fc.record({
  ...common,
  wire: bytes(40),
  peerId: fc.nat(),
  best: fc.boolean(),
  bestReason: fc.option(text),
  stale: fc.boolean(),
  ineligible: fc.option(text),
  multipath: fc.boolean(),
  receivedAt: fc.integer({ min: 0, max: 2 ** 45 }),
  validity: fc.integer({ min: 0, max: 15 }),
});
const advertised = fc.record({
  ...common,
  state: fc.constantFrom("advertised", "waiting", "withheld"),
  reason: fc.option(text, { nil: undefined }),
  wire: fc.option(bytes(40), { nil: undefined }),
});

/** Octets by their values: those of a page are views. */
function plain(rows: readonly AnsweredRoute[]): unknown {
  return rows.map((row) => ({
    ...row,
    wire: row.wire && [...row.wire],
    prefix: { length: row.prefix!.length, octets: [...row.prefix!.octets] },
  }));
}

Deno.test("unpackRoutes(packRoutes(rows)) are the rows, received or advertised", () => {
  fc.assert(fc.property(fc.array(fc.oneof(received, advertised), { maxLength: 20 }), (rows) => {
    const page = packRoutes(rows as AnsweredRoute[]);
    assert.deepEqual(plain(unpackRoutes(page)), plain(rows as AnsweredRoute[]));
    assert.equal(new Set(page.texts).size, page.texts.length);
  }));
});

/** Changes of announcements in parts. */
import assert from "node:assert/strict";
import { BulkChanges } from "../../../../src/daemon/store/bulk_changes.ts";
import { blankAnnouncement, StoreError } from "../../../../src/store/mod.ts";
import { withWriter } from "../../store/fixture.ts";

const part = (prefixes: string[], more: boolean) => ({
  announce: prefixes.map((prefix) => ({ ...blankAnnouncement, prefix })),
  withdraw: [],
  author: { source: "api" } as const,
  transaction: "t",
  more,
});

Deno.test("all parts of a transaction are written with the last one, or none", () =>
  withWriter(({ announcements }) => {
    let now = 0;
    const bulk = new BulkChanges(() => now);
    const prefixes = () => announcements.table.list().map(({ prefix }) => prefix);
    assert.deepEqual(bulk.take(announcements, part(["10.0.0.0/8"], true)), {
      kind: "changed",
      announced: 1,
      withdrawn: 0,
      first: null,
      last: null,
    });
    // Another client's change goes its own way.
    bulk.take(announcements, { ...part(["192.0.2.0/24"], false), transaction: undefined });
    assert.deepEqual(prefixes(), ["192.0.2.0/24"]);
    const { announced, first, last } = bulk.take(announcements, part(["11.0.0.0/8", "12.0.0.0/8"], false)) as {
      announced: number;
      first: number;
      last: number;
    };
    assert.deepEqual([announced, first, last], [3, 2, 4]);
    assert.deepEqual(prefixes(), ["192.0.2.0/24", "10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"]);
    // The number of a wrong row is that in the whole transaction.
    bulk.take(announcements, part(["13.0.0.0/8"], true));
    const wrong = /^announcement 3: prefix: "x" is not a prefix/;
    assert.throws(() => bulk.take(announcements, part(["14.0.0.0/8", "x"], true)), (error: Error) => {
      assert.ok(error instanceof StoreError);
      assert.match(error.message, wrong);
      return true;
    });
    const unknown = { ...part(["15.0.0.0/8"], false), withdraw: [{ prefix: "x" }] };
    assert.throws(() => bulk.take(announcements, unknown), /withdrawal 1: prefix: "x" is not a prefix/);
    const nobody = part(["15.0.0.0/8"], false);
    nobody.announce[0] = { ...nobody.announce[0]!, peer: "192.0.2.99" } as typeof nobody.announce[0];
    assert.throws(() => bulk.take(announcements, nobody), /announcement 1: peer: there is no peer 192\.0\.2\.99/);
    assert.equal(prefixes().length, 4);
    // A client that has gone leaves nothing behind.
    bulk.take(announcements, part(["16.0.0.0/8"], true));
    now += 60_001;
    bulk.take(announcements, part(["17.0.0.0/8"], false));
    assert.deepEqual(prefixes().slice(4), ["17.0.0.0/8"]);
  }));

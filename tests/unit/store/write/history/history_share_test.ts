/** The history is shared: a flapping peer loses its own entries only, and a gap records that. */
import assert from "node:assert/strict";
import { Database } from "../../../../../src/store/sqlite.ts";
import { StoreReader, type StoreWriter } from "../../../../../src/store/mod.ts";
import { attributes, Batch, noon, withWriter } from "../../fixture.ts";

/** 1 MiB takes about 15,000 states. */
const options = { history: { days: 365, maxMegabytes: 1 } };

/** `count` states of a peer, one after the other from `at` on. */
function states(peerId: number, count: number, at: number): Batch {
  const batch = new Batch(count);
  for (let i = 0; i < count; i++) batch.history(at + i - 1, at + i, peerId, 1 + i % 100, 1, 1);
  return batch;
}

function begin(writer: StoreWriter): void {
  const batch = new Batch().set(1, attributes("65001")).set(2, attributes("65002"));
  for (let id = 1; id <= 100; id++) batch.prefix(id, `10.0.${id}.0/24`);
  writer.apply(batch.batch);
}

function tidy(writer: StoreWriter): void {
  for (let rounds = 0; rounds < 1_000 && writer.cleanup(5); rounds++);
}

function counts(path: string): { states: Map<number, number>; gaps: (number | null)[][] } {
  const db = new Database(path, { readOnly: true });
  try {
    const rows = db.prepare("SELECT peer_id, count(*) FROM history GROUP BY peer_id").all();
    return {
      states: new Map(rows.map(([peer, count]) => [Number(peer), Number(count)])),
      gaps: db.prepare("SELECT peer_id, from_at, to_at, changes FROM history_gaps WHERE peer_id IS NOT NULL")
        .all() as unknown as (number | null)[][],
    };
  } finally {
    db.close();
  }
}

Deno.test("a flapping peer loses its own oldest entries, the other peer keeps all, and the gap names the peer", () =>
  withWriter((writer, path) => {
    begin(writer);
    writer.apply(states(2, 2_000, noon - 500_000).batch);
    for (let flap = 0; flap < 4; flap++) {
      writer.apply(states(1, 10_000, noon - 400_000 + flap * 10_000).batch);
      tidy(writer);
    }
    const { states: left, gaps } = counts(path);
    assert.equal(left.get(2), 2_000);
    assert.ok(left.get(1)! > 8_000 && left.get(1)! < 20_000, `${left.get(1)} states are left of the peer that flaps`);
    assert.ok(gaps.length > 0 && gaps.every(([peerId]) => peerId === 1), JSON.stringify(gaps));
    const reader = new StoreReader(path);
    assert.deepEqual(reader.gaps(0, noon, "2001:db8::2"), []);
    assert.equal(reader.gaps(0, noon, "192.0.2.1")[0]?.peer, "192.0.2.1");
    assert.equal(reader.historyFrom, 0, "of the others nothing is trimmed");
    reader.close();
  }, options));

Deno.test("entries that come faster than the oldest are deleted are not written, but counted in the gap", () =>
  withWriter((writer, path) => {
    begin(writer);
    writer.apply(states(2, 2_000, noon - 500_000).batch);
    writer.apply(states(1, 20_000, noon - 400_000).batch);
    // The size and whose it is become known; there is no time to trim.
    writer.cleanup(0);
    writer.cleanup(0);
    const before = counts(path).states.get(1)!;
    writer.apply(states(1, 5_000, noon - 300_000).batch);
    writer.apply(states(2, 100, noon - 300_000).batch);
    const { states: after, gaps } = counts(path);
    assert.equal(after.get(1), before, "nothing is added to what is too much");
    assert.equal(after.get(2), 2_100);
    const thinned = gaps.find((gap) => gap[3]! > 0);
    assert.deepEqual(thinned, [1, noon - 300_000, noon - 300_000 + 4_999, 5_000]);
    tidy(writer);
    writer.apply(states(1, 100, noon - 200_000).batch);
    assert.ok(counts(path).states.get(1)! > 100, "when there is room again it is written again");
  }, options));

Deno.test("among peers with similar histories the oldest entries are deleted", () =>
  withWriter((writer, path) => {
    begin(writer);
    writer.apply(states(1, 10_000, noon - 500_000).batch);
    writer.apply(states(2, 10_000, noon - 400_000).batch);
    tidy(writer);
    const { states: left, gaps } = counts(path);
    assert.ok(left.get(1)! < 8_000, `${left.get(1)}`);
    assert.equal(left.get(2), 10_000);
    assert.deepEqual(gaps, []);
  }, options));

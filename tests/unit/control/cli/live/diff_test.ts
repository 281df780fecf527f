/** `bgpd diff`: what differs between two times. */
import assert from "node:assert/strict";
import { differenceSchema } from "../../../../../src/control/schema/watch.ts";
import { createStoreBatch, EndedBy, stride } from "../../../../../src/rib/mod.ts";
import { StoreReader } from "../../../../../src/store/mod.ts";
import fc from "../../../../support/fast_check.ts";
import { inFolder, withDatabase, withHistory } from "../harness.ts";
import { noon, smallDatabase } from "../small_database.ts";

Deno.test("diff: added, gone and changed between two times, with what differs and a count", () =>
  withHistory(async (run) => {
    const { code, lines, messages } = await run(["diff", "--at", "11:22", "--at", "11:32"]);
    assert.equal(code, 0, messages);
    assert.deepEqual(lines, [
      "changed 127.0.0.2      198.51.100.0/24  next hop 2001:db8::2 -> 127.0.0.2," +
      " path 65002 {65011,65012} -> 65001 3356 65010, med none -> 50, local pref none -> 200," +
      " communities +65001:99, large communities +65001:1:2",
      "added   2001:db8::2    2001:db8:1::/48  next hop 2001:db8::2, path 65002 {65011,65012}",
      "",
      "Differences from 2024-01-01T11:22:00.000Z to 2024-01-01T11:32:00.000Z:",
      " Peer         Added  Gone  Changed",
      " 127.0.0.2        0     0        1",
      " 2001:db8::2      1     0        0",
      " all              1     0        1",
    ]);
    // The order of the times does not matter.
    assert.deepEqual((await run(["diff", "--at", "11:32", "--at", "11:22"])).lines, lines);
    const gone = await run(["diff", "--at", "11:32", "--at", "11:50", "--peer", "127.0.0.2"]);
    assert.deepEqual(gone.lines.slice(0, 1), [
      "gone    127.0.0.2      198.51.100.0/24  was next hop 127.0.0.2, path 65001 3356 65010, med 50, local pref 200," +
      " communities 65001:99, large communities 65001:1:2",
    ]);
    assert.match((await run(["diff", "--at", "11:51", "--at", "11:52"])).output, /^no route differs from /);
  }));

Deno.test("diff: conditions, limits, counts and JSON", () =>
  withHistory(async (run) => {
    const since = ["diff", "--at", "11:22", "--at", "11:32"];
    const json = async (...args: string[]) =>
      (JSON.parse((await run([...since, "--json", ...args])).output) as unknown[])
        .map((each) => differenceSchema.parse(each)).map(({ change, prefix }) => `${change} ${prefix}`);
    assert.deepEqual(await json(), ["changed 198.51.100.0/24", "added 2001:db8:1::/48"]);
    assert.deepEqual(await json("198.51.100.0/24"), ["changed 198.51.100.0/24"]);
    assert.deepEqual(await json("198.51.100.0/25"), []);
    assert.deepEqual(await json("::/0", "--longer"), ["added 2001:db8:1::/48"]);
    // The route had the community at the second time only.
    assert.deepEqual(await json("--community", "65001:99"), ["changed 198.51.100.0/24"]);
    assert.deepEqual(await json("--limit", "1"), ["changed 198.51.100.0/24"]);
    assert.deepEqual(JSON.parse((await run([...since, "--json", "--summary"])).output), [
      { peer: "127.0.0.2", added: 0, gone: 0, changed: 1 },
      { peer: "2001:db8::2", added: 1, gone: 0, changed: 0 },
    ]);
    assert.match((await run([...since, "--limit", "0"])).output, /^Differences from [^]*all +1 +0 +1/);
  }));

Deno.test("diff says what the database does not know, with exit code 1", () =>
  withHistory(async (run) => {
    const before = await run(["diff", "--at", "11:00", "--at", "11:32"]);
    assert.equal(before.code, 1);
    assert.match(before.messages, /has no history for 2024-01-01T11:00:00.000Z: its history begins at/);
    const gap = await run(["diff", "--at", "11:32", "--at", "11:35"]);
    assert.equal(gap.code, 1);
    assert.equal(gap.messages.match(/the history is incomplete: 3 entries/g)?.length, 1);
    assert.equal((await run(["diff"])).code, 2);
    assert.equal((await run(["diff", "--at", "1h", "--at", "2h", "--at", "3h"])).code, 2);
  }));

Deno.test("diff compares with now, or with the end of bgpd", () =>
  withDatabase(async (run, _, daemon) => {
    const batch = createStoreBatch(8);
    batch.routes.set([2, 2, -1, 2, 0, 0, noon + 30_000], batch.routeCount++ * stride.routes);
    daemon.apply(batch);
    const now = await run(["diff", "--at", "2024-01-01T12:00:01Z"]);
    assert.deepEqual([now.code, now.messages], [0, ""]);
    assert.match(now.output, /^added +2001:db8::2 +198\.51\.100\.128\/25/);
    assert.match(now.output, /to 2024-01-01T12:01:18.000Z:/);
    daemon.close();
    // bgpd ended at noon, before the first time.
    const ended = await run(["diff", "--at", "2024-01-01T12:00:01Z"]);
    assert.equal(ended.code, 1);
    assert.match(ended.messages, /knows nothing after 2024-01-01T12:00:00.000Z/);
  }));

Deno.test("diff equals the comparison of two whole tables, at any two times", () =>
  inFolder(async (path) => {
    const daemon = smallDatabase(path);
    // Prefix, set, milliseconds until the change, and how the state ends.
    const step = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, 1, 2), fc.integer({ min: 1, max: 3 }));
    const steps = fc.sample(step, { numRuns: 300, seed: 7 });
    const batch = createStoreBatch(1_000);
    const current = new Map<number, { set: number; from: number }>([[1, { set: 1, from: noon }], [2, {
      set: 1,
      from: noon,
    }]]);
    let at = noon;
    for (const [prefix, set, wait] of steps) {
      at += wait;
      const before = current.get(prefix);
      if (before !== undefined) {
        const endedBy = set === 0 ? EndedBy.withdrawn : EndedBy.replaced;
        batch.history.set([at, before.from, 1, prefix, -1, before.set, endedBy], batch.historyCount++ * stride.history);
      }
      current.delete(prefix);
      if (set !== 0) current.set(prefix, { set, from: at });
    }
    for (const prefix of [1, 2, 3]) {
      const state = current.get(prefix);
      batch.routes.set([1, prefix, -1, state?.set ?? 0, 0, 0, state?.from ?? 0], batch.routeCount++ * stride.routes);
    }
    daemon.apply(batch);
    const reader = new StoreReader(path);
    const table = (time: number) =>
      new Map([...reader.routesAt(time)].map((row) => [`${row.peer} ${row.prefix}`, `${row.asPath} ${row.nextHop}`]));
    try {
      fc.assert(fc.property(fc.nat(at - noon), fc.nat(at - noon + 5), (a, b) => {
        const from = noon + Math.min(a, b), to = noon + Math.max(a, b);
        const first = table(from), second = table(to);
        const expected = [...new Set([...first.keys(), ...second.keys()])]
          .filter((key) => first.get(key) !== second.get(key)).sort();
        const found = [...reader.differences(from, to, {})];
        assert.deepEqual(found.map(({ peer, prefix }) => `${peer} ${prefix}`).sort(), expected);
        for (const { peer, prefix, before, after } of found) {
          const text = (state: typeof before) => state === undefined ? undefined : `${state.asPath} ${state.nextHop}`;
          assert.deepEqual(
            [text(before), text(after)],
            [`${peer} ${prefix}`].flatMap((key) => [first.get(key), second.get(key)]),
          );
        }
      }));
    } finally {
      reader.close();
      daemon.close();
    }
    await Promise.resolve();
  }));

Deno.test("diff: a route that was lost and came back as it was is no difference", () =>
  withDatabase(async (run, _, daemon) => {
    const flush = createStoreBatch(8);
    flush.events.push({ kind: "flush", peerId: 1, family: 1, at: noon + 1_000 });
    daemon.apply(flush);
    const lost = await run(["diff", "--at", "2024-01-01T12:00:00.500Z", "--summary"]);
    assert.match(lost.output, /127\.0\.0\.2 +0 +2 +0/);
    const again = createStoreBatch(8);
    again.routes.set([1, 1, -1, 1, 0, 0, noon + 2_000], again.routeCount++ * stride.routes);
    again.routes.set([1, 2, -1, 2, 0, 0, noon + 2_000], again.routeCount++ * stride.routes);
    daemon.apply(again);
    const back = await run(["diff", "--at", "2024-01-01T12:00:00.500Z", "--summary"]);
    assert.match(back.output, /127\.0\.0\.2 +0 +0 +1/);
  }));

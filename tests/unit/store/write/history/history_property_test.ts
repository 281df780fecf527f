/**
 * The history against an oracle that writes every state down: random churn through the RIB into SQLite, pulled, cut
 * short, cleaned up and restarted at random, and then the RIB at any time.
 */

import assert from "node:assert/strict";
import fc from "../../../../support/fast_check.ts";
import { clearStoreBatch, createStoreBatch } from "../../../../../src/rib/mod.ts";
import { StoreWriter } from "../../../../../src/store/mod.ts";
import { Database } from "../../../../../src/store/sqlite.ts";
import { familyMask } from "../../../../../src/types/mod.ts";
import { announce, type Announcement, endOfRib, RibRig, v4, wire, withdraw } from "../../../rib/support.ts";
import { withFolder } from "../../fixture.ts";

type Step =
  | { kind: "announce" | "withdraw"; peer: number; prefixes: number[]; set: number; path: number }
  | { kind: "down" | "up" | "flap" | "endOfRib"; peer: number }
  | { kind: "fill"; rows: number; times: number }
  | { kind: "cleanup" | "indexes" | "restart" };

const peer = fc.integer({ min: 1, max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constantFrom<"announce" | "withdraw">("announce", "announce", "withdraw"),
      peer,
      prefixes: fc.array(fc.nat(5), { minLength: 1, maxLength: 5 }),
      set: fc.nat(3),
      path: fc.nat(1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom<"down" | "up" | "flap" | "endOfRib">("down", "up", "flap", "flap", "endOfRib"),
      peer,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("fill" as const),
      rows: fc.integer({ min: 1, max: 6 }),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom<"cleanup" | "indexes" | "restart">("cleanup", "cleanup", "indexes", "restart"),
    }),
  },
);

const forever = 253402300799999;

interface State {
  readonly key: string;
  readonly set: number;
  readonly from: number;
  to: number;
}

/** Every state there ever was. */
class Oracle {
  readonly states: State[] = [];
  readonly #now = new Map<string, State>();

  announce(key: string, set: number, at: number): void {
    if (this.#now.get(key)?.set === set) return;
    this.withdraw(key, at);
    const state = { key, set, from: at, to: forever };
    this.states.push(state);
    this.#now.set(key, state);
  }

  withdraw(key: string, at: number): void {
    const state = this.#now.get(key);
    if (state !== undefined) state.to = at;
    this.#now.delete(key);
  }

  keys(peer: number): string[] {
    return [...this.#now.keys()].filter((key) => key.startsWith(`${peer} `));
  }

  at(time: number): string[] {
    return this.states.filter(({ from, to }) => from <= time && time < to).map(({ key, set }) => `${key} ${set}`)
      .sort();
  }
}

/** One life of a RIB and its database. */
class Life {
  readonly oracle = new Oracle();
  readonly path: string;
  #rig: RibRig;
  #writer: StoreWriter;
  readonly #historyRows: number;
  /** While the daemon is away, and until the peer comes back: what the last run left of it. */
  readonly #stale = new Map<number, Set<string>>();

  constructor(folder: string, historyRows: number) {
    this.path = `${folder}/bgpd.db`;
    this.#historyRows = historyRows;
    this.#rig = new RibRig({ historyRows });
    this.#writer = this.#open();
    for (const id of [1, 2]) this.#up(id);
  }

  get now(): number {
    return this.#rig.now;
  }

  play(step: Step): void {
    const rig = this.#rig;
    rig.now++;
    switch (step.kind) {
      case "announce":
      case "withdraw": {
        const { peer, path, set } = step;
        const context = rig.sessions.get(peer)?.context;
        if (context === undefined) return;
        const routes: Announcement[] = step.prefixes.map((n) => ({
          prefix: `10.${n}.0.0/16`,
          pathId: peer === 2 ? path : -1,
        }));
        const isNew = step.kind === "announce";
        rig.send(peer, isNew ? announce(context, wire({ med: set }), ...routes) : withdraw(context, ...routes));
        for (const { prefix, pathId } of routes) {
          const key = `${peer} ${prefix} ${pathId}`;
          this.#stale.get(peer)?.delete(key);
          if (isNew) this.oracle.announce(key, set, rig.now);
          else this.oracle.withdraw(key, rig.now);
        }
        return;
      }
      case "down":
        if (!rig.sessions.has(step.peer)) return;
        rig.down(step.peer);
        this.#stale.delete(step.peer);
        for (const key of this.oracle.keys(step.peer)) this.oracle.withdraw(key, rig.now);
        return;
      case "up":
        if (!rig.sessions.has(step.peer)) this.#up(step.peer);
        return;
      case "flap":
        this.play({ kind: "down", peer: step.peer });
        return this.play({ kind: "up", peer: step.peer });
      case "endOfRib":
        if (rig.sessions.has(step.peer)) this.#endOfRib(step.peer);
        return;
      case "fill":
        return this.#fill(step.rows, step.times);
      case "cleanup":
        return void this.#writer.cleanup(0);
      case "indexes":
        return void this.#writer.indexes.buildNext();
      case "restart":
        return this.#restart();
      default:
        step satisfies never;
    }
  }

  /** Until nothing moves any more. */
  settle(): void {
    for (const id of this.#rig.sessions.keys()) this.#endOfRib(id);
    this.#rig.rib.decide();
    this.#fill(50, Infinity);
  }

  cleanUp(): void {
    this.#writer.indexes.buildAll();
    while (this.#writer.cleanup(50));
  }

  close(): void {
    this.#writer.close();
  }

  #open(): StoreWriter {
    const writer = new StoreWriter(this.path, { now: () => this.#rig.now, busyTimeoutMs: 0 });
    for (const id of [1, 2]) {
      assert.equal(writer.peers.upsert({ name: `127.0.0.${id}`, remoteIp: `127.0.0.${id}` }), id);
    }
    return writer;
  }

  #up(id: number): void {
    this.#rig.up(id, { addPathReceive: id === 2 ? familyMask([v4]) : 0 });
  }

  #endOfRib(id: number): void {
    this.#rig.send(id, endOfRib(this.#rig.sessions.get(id)!.context, v4));
    for (const key of this.#stale.get(id) ?? []) this.oracle.withdraw(key, this.#rig.now);
    this.#stale.delete(id);
  }

  #fill(rows: number, times: number): void {
    const batch = createStoreBatch(rows);
    for (let i = 0; i < times && this.#rig.rib.fillStore(batch); i++) {
      this.#writer.apply(batch);
      clearStoreBatch(batch);
    }
  }

  /** The daemon stops and starts: what peers had stays until they say otherwise. */
  #restart(): void {
    this.#fill(50, Infinity);
    this.#writer.close();
    const now = this.#rig.now;
    const writer = this.#writer = this.#open();
    const { prefix, set } = writer.loader.lastIds();
    this.#rig = new RibRig({ historyRows: this.#historyRows, lastPrefixId: prefix, lastSetId: set });
    const rig = this.#rig;
    rig.now = now + 1;
    for (const id of [1, 2]) {
      rig.rib.addPeer({ id, address: Uint8Array.of(127, 0, 0, id) });
      rig.known.add(id);
      this.#stale.set(id, new Set(this.oracle.keys(id)));
    }
    for (const rows of writer.loader.prefixes()) rig.rib.loadPrefixes(rows);
    for (const { rows, bytes } of writer.loader.sets()) rig.rib.loadSets(rows, bytes);
    for (const { peerId, family, rows } of writer.loader.stale()) rig.rib.loadStale(peerId, family, rows);
    writer.loader.retireOrphans(rig.now);
    rig.now++;
    for (const id of [1, 2]) this.#up(id);
    // A session that finds nothing of the last run ends what may be there.
    for (const id of [1, 2]) if (this.#stale.get(id)?.size === 0) this.#stale.delete(id);
  }
}

function ask(path: string, sql: string): unknown[][] {
  const db = new Database(path, { readOnly: true });
  try {
    return db.prepare(sql).all().map((row) => [...row]);
  } finally {
    db.close();
  }
}

const key =
  "CASE peer WHEN '127.0.0.1' THEN 1 ELSE 2 END || ' ' || prefix || ' ' || coalesce(path_id, -1) || ' ' || med";

/** The RIB of the database is that of the oracle, at every third time up to `now` that `counts`. */
function checkTimes(life: Life, note: string, counts: (time: number) => boolean = () => true): void {
  // One connection and one statement: to open a database takes longer than to ask it.
  const db = new Database(life.path, { readOnly: true });
  try {
    const at = db.prepare(`SELECT ${key} FROM rib_history WHERE from_ms <= ?1 AND to_ms > ?1`);
    for (let time = 1_000_000; time <= life.now; time += 3) {
      if (!counts(time)) continue;
      assert.deepEqual(at.all(time).map(([row]) => String(row)).sort(), life.oracle.at(time), `at ${time}${note}`);
    }
  } finally {
    db.close();
  }
}

Deno.test("after any churn the history gives the RIB of any time, before and after cleanup", () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 70, size: "max" }), (steps) =>
      withFolder((folder) => {
        const life = new Life(folder, 100_000);
        for (const each of steps) life.play(each);
        life.settle();
        for (const phase of ["before cleanup", "after"]) {
          checkTimes(life, `, ${phase}`);
          const lasting = life.oracle.states.filter(({ from, to }) => to > from);
          assert.equal(
            ask(life.path, "SELECT count(*) FROM rib_history WHERE to_ms > from_ms")[0]![0],
            lasting.length,
            `each state is there once, ${phase}`,
          );
          assert.equal(
            ask(life.path, "SELECT count(*) FROM updates WHERE kind = 'announce'")[0]![0],
            life.oracle.states.length,
            phase,
          );
          life.cleanUp();
        }
        assert.deepEqual(ask(life.path, "SELECT count(*) FROM flushes"), [[0]]);
        assert.deepEqual(ask(life.path, "SELECT from_at, to_at, changes, began_at FROM history_gaps"), []);
        assert.deepEqual(
          ask(life.path, "SELECT id FROM history h LEFT JOIN attributes a ON a.id = h.attribute_id WHERE a.id IS NULL"),
          [],
        );
        life.close();
      })),
    { numRuns: 60 },
  ));

Deno.test("where the ring is too small, gaps record the incomplete times and the number of missing entries", () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 70, size: "max" }), (steps) =>
      withFolder((folder) => {
        const life = new Life(folder, 2);
        for (const each of steps) if (each.kind !== "restart") life.play(each);
        life.settle();
        life.settle();
        life.cleanUp();
        const gaps = ask(life.path, "SELECT began_at, to_at, changes FROM history_gaps") as [number, number, number][];
        checkTimes(life, "", (time) => !gaps.some(([from, to]) => from <= time && time <= to));
        const missing = gaps.reduce((sum, [, , changes]) => sum + changes, 0);
        const [[written]] = ask(life.path, "SELECT count(*) FROM rib_history") as [[number]];
        assert.equal(written + missing, life.oracle.states.length);
        life.close();
      })),
    { numRuns: 40 },
  ));

/**
 * Another program changes the database, while bgpd runs or while it does not run. The store thread goes on, the next
 * start succeeds, and bgpd keeps announcing what it announced. The seeds are fixed; TAMPERING_SEEDS=N adds N more.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { StoreHost } from "../../src/daemon/store/store_host.ts";
import type { StoreToMain } from "../../src/daemon/thread/messages.ts";
import { readConfiguredPeers } from "../../src/store/mod.ts";
import { noon, smallTable, withFolder } from "../unit/store/fixture.ts";
import { Random } from "./random.ts";
import { type Tampering, tamperings } from "./tampering.ts";
import { packedKeys } from "../../src/daemon/thread/origination_codec.ts";

const seeds = 2 + Number(Deno.env.get("TAMPERING_SEEDS") ?? 0);
const prefixes = ["198.51.100.0/24", "2001:db8:9::/48", "203.0.113.0/24"];

/** A store's thread with everything around it, under a clock of its own. */
class Run {
  readonly notes: string[] = [];
  readonly announced = new Set<string>();
  readonly withdrawn: string[] = [];
  readonly kinds: string[] = [];
  readonly #host: StoreHost;
  #steps: (() => void)[] = [];
  #now: number;
  #isNew = false;
  #lost = false;

  constructor(path: string, now: number) {
    this.#now = now;
    this.#host = new StoreHost({
      now: () => this.#now,
      monotonic: () => this.#now,
      toMain: (message) => this.#hear(message),
      later: (step) => void this.#steps.push(step),
    });
    const peers = ["192.0.2.1", "2001:db8::2"].map((name) => ({ name, remoteIp: name }));
    this.#host.fromMain({ kind: "open", database: path, version: "test", peers, networks: [] });
    if (this.kinds.includes("refused")) return;
    this.#host.join(({ kind }) => {
      this.kinds.push(kind);
      if (kind === "storeLost") this.#lost = true;
    });
  }

  #hear(message: StoreToMain): void {
    this.kinds.push(message.kind);
    if (message.kind === "refused") this.notes.push(message.reason);
    if (message.kind === "note") this.notes.push(message.text);
    if (message.kind === "opened") this.notes.push(...message.notes);
    if (message.kind === "degraded" && message.reason !== undefined) this.notes.push(message.reason);
    if (message.kind !== "announcements") return;
    const { announced } = message.changes;
    for (const key of announced === undefined ? [] : packedKeys(announced)) this.announced.add(key);
    for (const key of message.changes.withdrawn) {
      this.announced.delete(key);
      this.withdrawn.push(key);
    }
  }

  /** Time passes, routes come, peers come and go. */
  work(rounds: number): void {
    for (let round = 0; round < rounds; round++) {
      this.#now += 2_000;
      const batch = smallTable().history(this.#now - 10, this.#now - 5, 1, 1, 1).retire(2);
      if (this.#lost || !this.#isNew) batch.event({ kind: "reset", at: this.#now });
      this.#isNew = true;
      this.#lost = false;
      if (round % 3 === 1) batch.event({ kind: "flush", peerId: 2, family: 2, at: this.#now });
      this.#host.fromRib({ kind: "batch", batch: batch.batch });
      this.#host.fromMain({ kind: "peerState", peerId: 1, state: { state: "Established", since: this.#now } });
      this.#host.fromMain({
        kind: "peerEvent",
        peerId: 1,
        event: { at: this.#now, kind: "state", text: "Idle -> Connect" },
      });
      this.#host.fromMain({ kind: "ask", request: round, question: { kind: "list", after: 0, limit: 1000 } });
      const due = this.#steps;
      this.#steps = [];
      for (const step of due) step();
      this.#host.watch();
    }
  }

  close(): void {
    this.#host.fromMain({ kind: "close", restarts: false });
  }
}

/** A run that announces, and has written all that waits. */
function begin(path: string): Run {
  const run = new Run(path, noon);
  run.work(4);
  const db = new DatabaseSync(path, { timeout: 5000 });
  for (const prefix of prefixes) db.prepare("INSERT INTO announcements(prefix) VALUES(?)").run(prefix);
  db.close();
  run.work(4);
  assert.deepEqual([...run.announced], prefixes);
  return run;
}

/** What people read in the end; every view gives an answer. */
function read(path: string): { announcements: string[]; routes: number } {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    for (const view of ["rib", "adj_rib_in", "loc_rib", "rib_history", "updates", "peer_status"]) {
      db.prepare(`SELECT peer FROM ${view} LIMIT 1`).all();
    }
    const rows = db.prepare("SELECT prefix FROM announcements ORDER BY id").all();
    return {
      announcements: rows.map((row) => String(row["prefix"])),
      routes: Number(db.prepare("SELECT count(*) AS n FROM rib").get()!["n"]),
    };
  } finally {
    db.close();
  }
}

function seedOf(name: string, round: number): number {
  return [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), round);
}

async function whileItRuns(tampering: Tampering, seed: number): Promise<void> {
  const { name, run: tamper, hidesRoutes, isFoundLater } = tampering;
  await withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const run = begin(path);
    tamper(path, new Random(seed));
    run.work(12);
    const words = `${name}, seed ${seed}: ${run.notes.join(" | ")}`;
    for (const prefix of prefixes) assert.ok(run.announced.has(prefix), `${prefix} is not announced: ${words}`);
    if (isFoundLater !== true) {
      const { announcements, routes } = read(path);
      for (const prefix of prefixes) assert.ok(announcements.includes(prefix), `${prefix} stands nowhere: ${words}`);
      assert.ok(routes > 0 || hidesRoutes === true, words);
    }
    assert.ok(run.notes.length < 6, words);
    run.close();
    const next = new Run(path, noon + 1_000_000);
    assert.ok(next.kinds.includes("loaded"), `the next run: ${next.notes.join(" | ")}: ${words}`);
    next.work(2);
    read(path);
    assert.ok(
      prefixes.every((prefix) => next.announced.has(prefix) || isFoundLater === true),
      `the next run: ${words}`,
    );
    next.close();
  });
}

async function beforeAStart({ name, run: tamper, losesAnnouncements }: Tampering, seed: number): Promise<void> {
  await withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    begin(path).close();
    tamper(path, new Random(seed));
    // What the configuration asks before anybody opens the file to write.
    readConfiguredPeers(path);
    const run = new Run(path, noon + 1_000_000);
    const words = `${name}, seed ${seed}: ${run.notes.join(" | ")}`;
    assert.ok(run.kinds.includes("loaded"), words);
    run.work(12);
    const { announcements, routes } = read(path);
    const expected = losesAnnouncements === true
      ? announcements.filter((prefix) => prefixes.includes(prefix))
      : prefixes;
    for (const prefix of expected) assert.ok(run.announced.has(prefix), `${prefix} is not announced: ${words}`);
    assert.ok(routes > 0, words);
    run.close();
  });
}

for (const tampering of tamperings) {
  Deno.test(`${tampering.name}, while bgpd runs: it goes on, and so do its announcements`, async () => {
    for (let round = 0; round < seeds; round++) await whileItRuns(tampering, seedOf(tampering.name, round));
  });
  if (tampering.refusesStart === true) continue;
  Deno.test(`${tampering.name}, while bgpd does not run: the next start succeeds`, async () => {
    for (let round = 0; round < seeds; round++) await beforeAStart(tampering, seedOf(tampering.name, round));
  });
}

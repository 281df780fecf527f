import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { StoreHost } from "../../../../src/daemon/store/store_host.ts";
import type { StoreBatch } from "../../../../src/rib/mod.ts";
import { blankAnnouncement, StoreWriter } from "../../../../src/store/mod.ts";

/** Steps that wait are run when the test says so, however long they meant to wait. */
async function withHost(
  run: (host: StoreHost, database: string, lent: StoreBatch[], runSteps: (rounds: number) => void) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  const database = `${folder}/bgpd.db`;
  let steps: (() => void)[] = [];
  let now = Date.UTC(2026, 0, 1);
  const lent: StoreBatch[] = [];
  const host = new StoreHost({
    now: () => now,
    monotonic: () => now,
    toMain: () => {},
    later: (step) => void steps.push(step),
  });
  host.fromMain({
    kind: "open",
    database,
    version: "test",
    peers: [{ name: "192.0.2.1", remoteIp: "192.0.2.1" }],
    networks: [],
  });
  host.join((message) => {
    if (message.kind === "buffer") lent.push(message.batch);
  });
  try {
    run(host, database, lent, (rounds) => {
      for (let round = 0; round < rounds; round++) {
        now += 10_000;
        const due = steps;
        steps = [];
        for (const step of due) step();
      }
    });
  } finally {
    host.fromMain({ kind: "close", restarts: false });
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("housekeeping is done later if the database is locked, also without other work", () =>
  withHost((host, path, lent, runSteps) => {
    runSteps(1);
    const batch = lent.pop()!, before = lent.pop()!;
    before.routes.set([1, 1, -1, 1, 0, 0, Date.UTC(2026, 0, 1)]);
    before.routeCount = 1;
    host.fromRib({ kind: "batch", batch: before });
    runSteps(1);
    batch.events.push({ kind: "flush", peerId: 1, family: 1, at: Date.UTC(2026, 0, 2) });
    host.fromRib({ kind: "batch", batch });
    const other = new DatabaseSync(path);
    try {
      const uncleaned = () =>
        other.prepare("SELECT count(*) AS n FROM peer_families WHERE cleaned_at < flushed_at AND peer_id = 1").get();
      // A batch goes in slices of some milliseconds, as cleanup does: on a slow machine a few rounds are not enough.
      const runUntil = (n: number) => {
        for (let round = 0; round < 100 && uncleaned()!["n"] !== n; round++) runSteps(1);
      };
      runUntil(1);
      other.exec("BEGIN IMMEDIATE");
      runSteps(5);
      assert.deepEqual({ ...uncleaned() }, { n: 1 });
      other.exec("COMMIT");
      runUntil(0);
      assert.deepEqual({ ...uncleaned() }, { n: 0 });
    } finally {
      other.close();
    }
  }));

for (const end of ["quiet", "catchUp", "hurry"] as const) {
  Deno.test(`steady changes are written at once, and both batches are lent again: ${end}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
    const database = `${folder}/bgpd.db`;
    let now = 0;
    let steps: { at: number; step: () => void }[] = [];
    const lent: StoreBatch[] = [];
    const host = new StoreHost({
      now: () => 1,
      monotonic: () => now,
      toMain: () => {},
      later: (step, ms) => void steps.push({ at: now + ms, step }),
    });
    try {
      const peers = [{ name: "192.0.2.1", remoteIp: "192.0.2.1" }];
      host.fromMain({ kind: "open", database, version: "test", peers, networks: [] });
      host.join((message) => {
        if (message.kind === "buffer") lent.push(message.batch);
      });
      using db = new DatabaseSync(database, { readOnly: true });
      const written = db.prepare("SELECT coalesce(max(received_at), 0) AS at FROM routes");
      const pass = () => {
        now++;
        const due = steps.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
        steps = steps.filter(({ at }) => at > now);
        for (const { step } of due) step();
      };
      let sentAt = 0, slowest = 0;
      while (now < 3_000) {
        pass();
        if (Number(written.get()!["at"]) < sentAt) {
          // A busy machine may take longer for a write than it should: the pause afterwards is as long.
          if (now > 500) slowest = Math.max(slowest, now - sentAt);
        } else if (lent.length > 0) {
          const batch = lent.pop()!;
          sentAt = now;
          batch.routes.set([1, 1, -1, 1, 0, 0, sentAt]);
          batch.routeCount = 1;
          host.fromRib({ kind: "batch", batch });
        }
      }
      assert(slowest <= 5, `${slowest} ms`);
      if (end === "catchUp") host.fromMain({ kind: "catchUp" });
      if (end === "hurry") host.fromMain({ kind: "hurry", withinMs: 5_000 });
      for (const until = now + (end === "quiet" ? 1_000 : 150); now < until;) pass();
      assert.equal(lent.length, 2);
    } finally {
      host.fromMain({ kind: "close", restarts: false });
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a peer without End-of-RIB and with steady changes does not delay the indexes for ever", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  const database = `${folder}/bgpd.db`;
  const wall = Date.UTC(2026, 0, 1);
  let now = 0;
  const steps: { at: number; step: () => void }[] = [];
  const lent: StoreBatch[] = [];
  const host = new StoreHost({
    // A wall clock that was set back, and stands still.
    now: () => wall,
    monotonic: () => now,
    toMain: () => {},
    later: (step, ms) => void steps.push({ at: now + ms, step }),
  });
  try {
    host.fromMain({
      kind: "open",
      database,
      version: "test",
      peers: [{ name: "192.0.2.1", remoteIp: "192.0.2.1" }],
      networks: [],
    });
    host.join((message) => {
      if (message.kind === "buffer") lent.push(message.batch);
    });
    host.fromMain({ kind: "peerState", peerId: 1, state: { state: "Established", since: wall, families: 2 } });
    const db = new DatabaseSync(database, { readOnly: true });
    const indexes = () =>
      Number(
        db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name IN ('prefixes_key', 'history_prefix')")
          .get()!["n"],
      );
    for (let id = 1; id <= 100; id++) {
      const batch = lent.pop();
      if (batch !== undefined) {
        batch.prefixes.set([id, 1, id << 8, 0, 0, 0, 24], batch.prefixCount++ * 7);
        host.fromRib({ kind: "batch", batch });
      }
      now += 100;
      for (const due of steps.splice(0)) due.at <= now ? due.step() : steps.push(due);
      if (id === 40) assert.equal(indexes(), 0);
    }
    assert.equal(indexes(), 2);
    db.close();
  } finally {
    host.fromMain({ kind: "close", restarts: false });
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a wall clock that was set back does not delay the writes after a lock", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  const database = `${folder}/bgpd.db`;
  const reported: string[] = [];
  let now = 0;
  const steps: (() => void)[] = [];
  const host = new StoreHost({
    now: () => Date.UTC(2026, 0, 1),
    monotonic: () => now,
    toMain: (message) => {
      if (message.kind === "degraded") reported.push(message.reason ?? "over");
      if (message.kind === "answer") reported.push(message.answer.kind);
    },
    later: (step) => void steps.push(step),
  });
  const other = new DatabaseSync(database);
  const pass = (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      now += 2_000;
      for (const step of steps.splice(0)) step();
    }
  };
  try {
    host.fromMain({ kind: "open", database, version: "test", peers: [], networks: [] });
    host.join(() => {});
    host.fromMain({ kind: "backlog", rows: 0, longestStallMs: 0 });
    // The indexes are built in quiet moments.
    pass(10);
    other.exec("BEGIN IMMEDIATE");
    host.fromMain({ kind: "backlog", rows: 1, longestStallMs: 0 });
    host.fromMain({
      kind: "ask",
      request: 1,
      question: {
        kind: "announce",
        text: { ...blankAnnouncement, prefix: "203.0.113.0/24" },
        author: { source: "api" },
      },
    });
    pass(4);
    assert.match(reported[0] ?? "", /is locked by another process/);
    assert.equal(reported[1], "refused");
    // Also after a quiet moment, in which there was nothing to write.
    assert.equal(reported.includes("over"), false, reported.join("\n"));
  } finally {
    other.close();
    host.fromMain({ kind: "close", restarts: false });
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("rows just after a transaction wait, so that other programs can write", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  const planned: { step: () => void; ms: number }[] = [];
  const host = new StoreHost({
    now: () => Date.UTC(2026, 0, 1),
    monotonic: () => 1000,
    toMain: () => {},
    later: (step, ms) => void planned.push({ step, ms }),
  });
  try {
    const peers = [{ name: "192.0.2.1", remoteIp: "192.0.2.1" }];
    host.fromMain({ kind: "open", database: `${folder}/bgpd.db`, version: "test", peers, networks: [] });
    const lent: StoreBatch[] = [];
    host.join((message) => {
      if (message.kind === "buffer") lent.push(message.batch);
    });
    for (const { step } of planned.splice(0)) step();
    const batch = lent.pop()!;
    batch.prefixes.set([1, 1, 256, 0, 0, 0, 24], batch.prefixCount++ * 7);
    host.fromRib({ kind: "batch", batch });
    for (const { step } of planned.splice(0)) step();
    planned.splice(0);
    host.fromMain({ kind: "peerEvent", peerId: 1, event: { at: 1, kind: "state", text: "Idle -> Connect" } });
    assert.ok(planned[0]!.ms >= 20, `after ${planned[0]!.ms} ms`);
  } finally {
    host.fromMain({ kind: "close", restarts: false });
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a lock that lasts is logged with its holder, at a start, which waits, and during a run", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  const database = `${folder}/bgpd.db`;
  const reported: string[] = [];
  let now = 0;
  const steps: (() => void)[] = [];
  const runSteps = () => {
    now += 2_000;
    for (const step of steps.splice(0)) step();
  };
  const host = new StoreHost({
    now: () => Date.UTC(2026, 0, 1),
    monotonic: () => now,
    toMain: (message) => {
      if (message.kind === "degraded") reported.push(message.reason ?? "over");
      else if (message.kind === "note") reported.push(message.text);
      else if (message.kind !== "failing") reported.push(message.kind);
    },
    later: (step) => void steps.push(step),
  });
  const script =
    `import { DatabaseSync } from "node:sqlite"; const db = new DatabaseSync("${database}", { timeout: 5000 });` +
    ` db.exec("BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS theirs(x)");` +
    ` console.log("locked"); setInterval(() => {}, 1000);`;
  const lock = async () => {
    const child = new Deno.Command(Deno.execPath(), { args: ["eval", script], stdout: "piped" }).spawn();
    const output = child.stdout.getReader();
    await output.read();
    return {
      pid: child.pid,
      async end() {
        child.kill("SIGKILL");
        await output.cancel();
        await child.status;
      },
    };
  };
  try {
    new StoreWriter(database, { now: () => 1 }).close();
    const first = await lock();
    host.fromMain({ kind: "open", database, version: "test", peers: [], networks: [] });
    runSteps();
    await first.end();
    assert.deepEqual(reported, [
      `the database ${database} is locked by another process (process ${first.pid} (deno)): ` +
      "bgpd starts when the lock is free",
    ]);
    runSteps();
    assert.equal(reported[1], "opened");
    host.join(() => {});
    runSteps();
    const second = await lock();
    for (let round = 0; round < 4; round++) {
      host.fromMain({ kind: "backlog", rows: round, longestStallMs: 0 });
      runSteps();
    }
    await second.end();
    assert.equal(reported[2], `the database ${database} is locked by another process (process ${second.pid} (deno))`);
  } finally {
    host.fromMain({ kind: "close", restarts: false });
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("outcomes of announcements are written when that is possible; no outcome does not mean no lock", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  const path = `${folder}/bgpd.db`;
  const steps: (() => void)[] = [];
  let now = Date.UTC(2026, 0, 1);
  const said: (string | undefined)[] = [];
  let asked = 0;
  const host = new StoreHost({
    now: () => now,
    monotonic: () => now,
    toMain: (message) => void (message.kind === "degraded" && said.push(message.reason)),
    later: (step) => void steps.push(step),
  });
  const peers = [{ name: "192.0.2.1", remoteIp: "192.0.2.1" }];
  host.fromMain({ kind: "open", database: path, version: "test", peers, networks: [] });
  host.join((message) => void (message.kind === "outcomes" && asked++));
  const pass = (rounds = 1) => {
    for (let round = 0; round < rounds; round++) {
      now += 10_000;
      for (const step of steps.splice(0)) step();
    }
  };
  pass();
  host.watch();
  host.watch();
  assert.equal(asked, 1, "one question at a time");
  const nothing = { outcomes: [], keys: [], ids: [], gone: [], more: false };
  const other = new DatabaseSync(path);
  try {
    other.exec("BEGIN IMMEDIATE");
    for (let i = 0; i < 3; i++) {
      host.fromMain({ kind: "backlog", rows: i, longestStallMs: 0 });
      pass();
      host.fromRib({ kind: "outcomes", changes: nothing });
      host.watch();
    }
    assert.equal(said.length, 1);
    assert.match(said[0]!, /locked/);
    const outcomes = [{ id: 1, state: "announced", sentTo: 1, peers: [] }] as const;
    host.fromRib({ kind: "outcomes", changes: { ...nothing, outcomes } });
    const before = asked;
    other.exec("ROLLBACK");
    pass(3);
    host.watch();
    assert.equal(asked, before + 1, "asked again when it is written");
    assert.equal(other.prepare("SELECT state FROM outcomes").get()?.["state"], "announced");
    assert.equal(said.at(-1), undefined);
  } finally {
    other.close();
    host.fromMain({ kind: "close", restarts: false });
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("without its folder the store logs once, then seldom, and goes on when the folder is back", async () => {
  const parent = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  const folder = `${parent}/data`, database = `${folder}/bgpd.db`;
  Deno.mkdirSync(folder);
  const reported: string[] = [];
  let now = 0;
  const steps: (() => void)[] = [];
  const host = new StoreHost({
    now: () => Date.UTC(2026, 0, 1) + now,
    monotonic: () => now,
    toMain: (message) => {
      if (message.kind === "note") reported.push(message.text);
      if (message.kind === "degraded") reported.push(message.reason ?? "over");
    },
    later: (step) => void steps.push(step),
  });
  const run = (seconds: number) => {
    for (let ms = 0; ms < 1000 * seconds; ms += 200) {
      now += 200;
      host.fromMain({ kind: "backlog", rows: ms, longestStallMs: 0 });
      for (const step of steps.splice(0)) step();
      host.watch();
    }
  };
  try {
    host.fromMain({ kind: "open", database, version: "test", peers: [], networks: [] });
    host.join(() => {});
    run(5);
    Deno.renameSync(folder, `${parent}/gone`);
    run(120);
    assert.ok(reported.length >= 1 && reported.length <= 2, reported.join("\n"));
    assert.match(reported[0]!, /^bgpd cannot create a new database: .*the folder .*\/data does not exist$/);
    Deno.mkdirSync(folder);
    run(600);
    assert.match(reported.at(-1)!, /was removed: starting with an empty database$/);
    Deno.statSync(database);
  } finally {
    host.fromMain({ kind: "close", restarts: false });
    await Deno.remove(parent, { recursive: true });
  }
});

/** An archive between the RIB and its worker: a disk that fails costs records at most, and says so. */
import assert from "node:assert/strict";
import { Archive, type ArchiveServices } from "../../../../src/daemon/archives/archive.ts";
import { Archives } from "../../../../src/daemon/archives/archives.ts";
import { ArchiveHost } from "../../../../src/daemon/archives/archive_host.ts";
import type { FromArchive, ToArchive } from "../../../../src/daemon/archives/archive_messages.ts";
import { MonitorFeeds } from "../../../../src/daemon/stations/feeds.ts";
import { OpenMonitors } from "../../../../src/daemon/rib/open_monitors.ts";
import type { RibToMain, ToRib } from "../../../../src/daemon/thread/messages.ts";
import { allFamilies } from "../../../../src/types/mod.ts";
import { waitFor } from "../../../support/wait.ts";
import { MonitoredRig } from "../../rib/monitor/monitor_support.ts";
import { announce, wire } from "../../rib/support.ts";

const start = Date.UTC(2026, 0, 1, 12);

function record(seconds: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12);
  new DataView(bytes.buffer).setUint32(0, start / 1000 + seconds);
  return bytes;
}

const config = {
  kind: "updates",
  path: "mrt/u.%s",
  intervalSeconds: 60,
  peers: undefined,
  families: allFamilies,
  maxAgeDays: undefined,
  maxMegabytes: undefined,
} as const;

/** An archive whose worker is played by the test. */
class Rig {
  now = start;
  readonly toRib: ToRib[] = [];
  readonly toWorker: ToArchive[] = [];
  readonly lines: string[] = [];
  readonly feeds = new MonitorFeeds((message) => void this.toRib.push(message));
  readonly archive: Archive;
  #timers: (() => void)[] = [];
  #say: (message: FromArchive) => void = () => {};

  constructor(more: Partial<typeof config> | { kind: "table" } = {}) {
    const write = (text: string) => void this.lines.push(text);
    this.archive = new Archive({ ...config, ...more }, {
      clock: {
        monotonic: () => this.now,
        setTimer: (_at, step) => {
          this.#timers.push(step);
          return { clear: () => {} };
        },
      } as ArchiveServices["clock"],
      now: () => this.now,
      log: { info: write, warn: write, error: write, debug: write } as ArchiveServices["log"],
      feeds: this.feeds,
      database: "bgpd.db",
      start: (onMessage) => {
        this.#say = onMessage;
        return { post: (message) => void this.toWorker.push(message), terminate: () => {} };
      },
    });
  }

  say(message: FromArchive): void {
    this.#say(message);
  }

  /** Time passes, with a tick in each second. */
  pass(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.now += 1000;
      for (const step of this.#timers.splice(0)) step();
    }
  }

  get opened(): number {
    return this.toRib.filter(({ kind }) => kind === "openMonitor").length;
  }

  records(reader: number): void {
    this.feeds.handle({ kind: "monitored", reader, bytes: record(0) });
  }
}

Deno.test("the RIB sends more records only when the worker has written those before", async () => {
  const rig = new Rig();
  rig.records(1);
  await Promise.resolve();
  assert.equal(rig.toRib.some(({ kind }) => kind === "pullMonitor"), false);
  rig.say({ kind: "appended" });
  await waitFor("a pull", () => rig.toRib.some(({ kind }) => kind === "pullMonitor"));
});

Deno.test("a disk that is too slow leaves a gap, which the log says; records follow when it has caught up", () => {
  const rig = new Rig();
  rig.records(1);
  rig.say({ kind: "failing", reason: "No space left on device" });
  rig.say({ kind: "failing", reason: "No space left on device" });
  rig.feeds.handle({ kind: "monitorLapped", reader: 1 });
  assert.equal(rig.opened, 1);
  assert.deepEqual(rig.archive.status, { path: "mrt/u.%s", isWriting: false, files: 0, octets: 0, gaps: 1 });
  rig.say({ kind: "appended" });
  rig.say({ kind: "failing", reason: undefined });
  assert.equal(rig.opened, 2);
  assert.deepEqual(rig.lines, [
    "archive mrt/u.%s: cannot be written: No space left on device; bgpd tries again each second",
    "archive mrt/u.%s: records are missing from now on: the disk is too slow",
    "archive mrt/u.%s: records follow again",
    "archive mrt/u.%s: files are written again",
  ]);
});

Deno.test("a table is taken once in each interval, at the time of its beginning", () => {
  const rig = new Rig({ kind: "table" });
  rig.pass(59);
  assert.equal(rig.toWorker.some(({ kind }) => kind === "table"), false);
  rig.pass(125);
  const times = rig.toWorker.flatMap((message) => message.kind === "table" ? [message.at - start] : []);
  assert.deepEqual(times, [60_000, 120_000, 180_000]);
  assert.equal(rig.opened, 0, "a table needs no records");
});

Deno.test("the worker keeps records that cannot be written, and writes them when they can be", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "bgpd-archive-" });
  try {
    const said: FromArchive[] = [];
    const host = new ArchiveHost((message) => void said.push(message));
    const terms = {
      kind: "updates",
      path: `${folder}/mrt/u.%s`,
      intervalMs: 60_000,
      maxAgeMs: undefined,
      maxBytes: undefined,
    } as const;
    // No folder can be made here.
    Deno.writeTextFileSync(`${folder}/mrt`, "a file");
    host.handle({ kind: "open", terms, now: start });
    host.handle({ kind: "append", records: record(1) });
    await waitFor("the failure", () => said.some(({ kind }) => kind === "failing"));
    assert.equal(said.some(({ kind }) => kind === "appended"), false);
    Deno.removeSync(`${folder}/mrt`);
    host.handle({ kind: "tick", now: start + 2_000 });
    const isOver = (message: FromArchive) => message.kind === "failing" && message.reason === undefined;
    await waitFor("success", () => said.some(isOver));
    assert.deepEqual(said.slice(-2), [{ kind: "appended" }, { kind: "failing", reason: undefined }]);
    host.handle({ kind: "close" });
    await waitFor("the end", () => said.at(-1)?.kind === "closed");
    assert.deepEqual([...Deno.readFileSync(`${folder}/mrt/u.${start / 1000}`)], [...record(1)]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("an archive that ends writes what the RIB has for it still, and only then closes its file", async () => {
  const rig = new Rig();
  const closed = rig.archive.close();
  assert.deepEqual(rig.toRib.at(-1), { kind: "closeMonitor", reader: 1, rest: true });
  rig.records(1);
  rig.feeds.handle({ kind: "monitored", reader: 1, bytes: record(1), isLast: true });
  await waitFor("the end", () => rig.toWorker.at(-1)?.kind === "close");
  assert.deepEqual(rig.toWorker.map(({ kind }) => kind).slice(-3), ["append", "append", "close"]);
  rig.say({ kind: "closed" });
  await closed;
});

Deno.test("an archive that ends after a gap does not begin again", async () => {
  const rig = new Rig();
  const closed = rig.archive.close();
  rig.feeds.handle({ kind: "monitorLapped", reader: 1 });
  await waitFor("the end", () => rig.toWorker.at(-1)?.kind === "close");
  assert.equal(rig.opened, 1);
  rig.say({ kind: "closed" });
  await closed;
});

Deno.test("a reload that changes an archive misses no record: its next worker waits for the last file", async () => {
  const toRib: ToRib[] = [], workers: { posted: ToArchive[]; say: (message: FromArchive) => void }[] = [];
  const feeds = new MonitorFeeds((message) => void toRib.push(message));
  const quiet = () => {};
  const archives = new Archives({
    clock: { monotonic: () => start, setTimer: () => ({ clear: quiet }) } as unknown as ArchiveServices["clock"],
    now: () => start,
    log: { info: quiet, warn: quiet, error: quiet, debug: quiet } as unknown as ArchiveServices["log"],
    feeds,
    database: "bgpd.db",
    startWorker: (say) => {
      const posted: ToArchive[] = [];
      workers.push({ posted, say });
      return { post: (message) => void posted.push(message), terminate: quiet };
    },
  });
  archives.configure([config]);
  archives.configure([config]);
  assert.deepEqual(toRib.map(({ kind }) => kind), ["openMonitor"], "the same archive goes on");
  archives.configure([{ ...config, maxAgeDays: 3 }]);
  assert.deepEqual(toRib.map(({ kind }) => kind), ["openMonitor", "closeMonitor", "openMonitor"]);
  feeds.handle({ kind: "monitored", reader: 2, bytes: record(2) });
  feeds.handle({ kind: "monitored", reader: 1, bytes: record(1), isLast: true });
  await waitFor("the end of the first", () => workers[0]!.posted.at(-1)?.kind === "close");
  assert.equal(workers.length, 1);
  workers[0]!.say({ kind: "closed" });
  await waitFor("the next worker", () => workers.length === 2);
  await waitFor("its records", () => workers[1]!.posted.at(-1)?.kind === "append");
  assert.deepEqual(workers[1]!.posted.map(({ kind }) => kind), ["open", "tick", "append"]);
});

Deno.test("what the RIB has for a reader comes before its end, however little room the reader has", () => {
  const rig = new MonitoredRig(), said: RibToMain[] = [];
  const context = rig.session(1);
  rig.now += 1;
  const monitors = new OpenMonitors((message) => void said.push(message), () => {});
  const choice = { format: "mrt", tables: ["adj-in"], families: allFamilies, dump: false, mirrors: false } as const;
  monitors.handle({ kind: "openMonitor", reader: 1, choice, limit: 1 }, rig.rib);
  for (const prefix of ["10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"]) rig.send(1, announce(context, wire(), prefix));
  monitors.answer();
  assert.equal(said.length, 1);
  monitors.handle({ kind: "closeMonitor", reader: 1, rest: true }, rig.rib);
  monitors.answer();
  const records = said.map((message) => message.kind === "monitored" ? message.bytes.length : 0);
  assert.equal(records[1], 2 * records[0]!);
  assert.deepEqual(said.map((message) => message.kind === "monitored" && message.isLast), [undefined, true]);
});

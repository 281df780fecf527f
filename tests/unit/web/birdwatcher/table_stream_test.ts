/**
 * A large table for a slow reader, through the worker that answers in `bgpd web`: the parts are small, each is made
 * when it is asked for, and between two of them the write-ahead log can be emptied: no statement is open.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { defaultWeb } from "../../../../src/config/mod.ts";
import { birdwatcherFront } from "../../../../src/web/birdwatcher/front.ts";
import { WorkerHost } from "../../../../src/web/serve/worker_host.ts";
import type { FromWorker } from "../../../../src/web/serve/worker_messages.ts";
import { attributes, Batch, query, withWriter } from "../../store/fixture.ts";

const prefixes = 150_000;

/** Two peers with a table each. */
function largeTable(): Batch {
  const batch = new Batch(2 * prefixes);
  for (let set = 1; set <= 200; set++) batch.set(set, attributes(`65001 3356 ${65_010 + set}`));
  for (let i = 1; i <= prefixes; i++) {
    batch.prefix(i, `${11 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`);
    batch.route(1, i, 1 + i % 200).route(2, i, 1 + i % 199).best(i, 1);
  }
  return batch;
}

/** A worker that is asked for one path, part by part. */
class Reading {
  readonly #host: WorkerHost;
  readonly #messages: FromWorker[] = [];
  #wake: (() => void) | undefined;

  constructor(database: string, path: string) {
    this.#host = new WorkerHost([birdwatcherFront], (message) => {
      this.#messages.push(message);
      this.#wake?.();
    });
    this.#host.handle({ kind: "open", database, settings: defaultWeb, version: "0.0.0" });
    this.#host.handle({ kind: "ask", id: 1, path, query: "", accept: "*/*" });
  }

  async next(): Promise<FromWorker> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#messages.shift()!;
  }

  pull(): Promise<FromWorker> {
    this.#host.handle({ kind: "pull", id: 1 });
    return this.next();
  }

  /** Parts that nobody has asked for. */
  get ahead(): number {
    return this.#messages.length;
  }

  close(): void {
    this.#host.close();
  }
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Octets that are in use after all garbage is gone. */
function usedOctets(): number {
  collect();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

/** The routes in a part: each has a line of its own. */
function routesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

/** True where nothing keeps the log from being emptied. */
function isLogFree(path: string): boolean {
  const db = new DatabaseSync(path);
  try {
    db.exec("INSERT OR REPLACE INTO daemon(key, value) VALUES('probe', 1)");
    return db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()!["busy"] === 0;
  } finally {
    db.close();
  }
}

Deno.test("a table of 300,000 routes is streamed in small parts; no statement is open, memory is bounded", () =>
  withWriter(async (writer, path) => {
    writer.apply(largeTable().batch);
    writer.indexes.buildAll();
    const reading = new Reading(path, "/birdwatcher/routes/table/master4");
    try {
      assert.equal((await reading.next()).kind, "answer");
      let routes = 0, octets = 0, largest = 0, parts = 0;
      const used: number[] = [];
      for (let isLast = false; !isLast; parts++) {
        const part = await reading.pull();
        assert.ok(part.kind === "part", JSON.stringify(part));
        isLast = part.isLast;
        octets += part.bytes.length;
        largest = Math.max(largest, part.bytes.length);
        routes += routesIn(part.bytes);
        assert.equal(reading.ahead, 0, "nothing is made before it is asked for");
        if (parts % 100 === 0) {
          assert.ok(isLogFree(path), `the log cannot be emptied after part ${parts}`);
          used.push(usedOctets());
        }
      }
      // The end has a line, too.
      assert.equal(routes, 2 * prefixes + 1);
      assert.ok(octets > 90e6, `${octets} octets`);
      assert.ok(largest < 512 * 1024, `the largest part has ${largest} octets`);
      assert.ok(used.length > 5);
      const growth = Math.max(...used) - used[0]!;
      assert.ok(growth < 20e6, `${Math.round(growth / 1e6)} MB more for an answer of ${Math.round(octets / 1e6)} MB`);
    } finally {
      reading.close();
    }
    assert.equal(query(path, "SELECT count(*) FROM routes")[0]![0], 2 * prefixes);
  }));

Deno.test("negative: an open statement would be seen, since the log cannot be emptied then", () =>
  withWriter((writer, path) => {
    writer.apply(new Batch().prefix(1, "10.0.0.0/8").prefix(2, "11.0.0.0/8").batch);
    const reader = new DatabaseSync(path, { readOnly: true });
    try {
      const rows = reader.prepare("SELECT id FROM prefixes").iterate();
      rows.next();
      assert.ok(!isLogFree(path));
      for (const _row of rows);
      assert.ok(isLogFree(path));
    } finally {
      reader.close();
    }
  }));

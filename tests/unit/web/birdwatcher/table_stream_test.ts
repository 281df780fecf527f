/**
 * A large table for a slow reader, through the worker that answers in `bgpd web`: the parts are small, each is made
 * when it is asked for, and between two of them the write-ahead log can be emptied: no statement is open.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
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
      const before = Deno.memoryUsage().rss;
      let routes = 0, octets = 0, largest = 0, peak = 0, parts = 0;
      for (let isLast = false; !isLast; parts++) {
        const part = await reading.pull();
        assert.ok(part.kind === "part", JSON.stringify(part));
        isLast = part.isLast;
        octets += part.bytes.length;
        largest = Math.max(largest, part.bytes.length);
        routes += new TextDecoder().decode(part.bytes).split('"network":').length - 1;
        assert.equal(reading.ahead, 0, "nothing is made before it is asked for");
        if (parts % 50 === 0) {
          assert.ok(isLogFree(path), `the log cannot be emptied after part ${parts}`);
          peak = Math.max(peak, Deno.memoryUsage().rss);
        }
      }
      assert.equal(routes, 2 * prefixes);
      assert.ok(octets > 90e6, `${octets} octets`);
      assert.ok(largest < 512 * 1024, `the largest part has ${largest} octets`);
      assert.ok(peak - before < 200e6, `${Math.round((peak - before) / 1e6)} MB for ${Math.round(octets / 1e6)} MB`);
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

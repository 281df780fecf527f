/** `bgpd watch`: changes of a database while its daemon writes. */
import assert from "node:assert/strict";
import { createStoreBatch, EndedBy, stride } from "../../../../../src/rib/mod.ts";
import { cursorAfter, StoreReader, type StoreWriter } from "../../../../../src/store/mod.ts";
import { watchedSchema } from "../../../../../src/control/schema/watch.ts";
import { withDatabase } from "../harness.ts";
import { noon } from "../small_database.ts";

/** Writes rows of peers 1 and 2 with the prefixes and sets of the small database. */
class Changes {
  readonly #batch = createStoreBatch(64);

  route(peer: number, prefix: number, set: number, at: number): this {
    this.#batch.routes.set([peer, prefix, -1, set, 0, 0, at], this.#batch.routeCount++ * stride.routes);
    return this;
  }

  gone(peer: number, prefix: number): this {
    return this.route(peer, prefix, 0, 0);
  }

  ended(peer: number, prefix: number, set: number, [from, to]: [number, number], endedBy: number): this {
    this.#batch.history.set([to, from, peer, prefix, -1, set, endedBy], this.#batch.historyCount++ * stride.history);
    return this;
  }

  best(prefix: number, peer: number, at: number): this {
    this.#batch.best.set([prefix, peer, -1, 1, at], this.#batch.bestCount++ * stride.best);
    return this;
  }

  flush(peerId: number, at: number): this {
    this.#batch.events.push({ kind: "flush", peerId, family: 1, at });
    return this;
  }

  write(daemon: StoreWriter, writtenTo: number): void {
    this.#batch.writtenTo = writtenTo;
    daemon.apply(this.#batch);
  }
}

/** What happens between two polls; after the last step the user presses Ctrl-C. */
function steps(...each: (() => void)[]): () => boolean {
  return () => {
    const step = each.shift();
    step?.();
    return step !== undefined;
  };
}

Deno.test("watch prints announcements, changes with what differs, withdraws and lost sessions", () =>
  withDatabase(async (run, _, daemon) => {
    const waits = steps(
      () => new Changes().route(2, 2, 2, noon + 1_000).write(daemon, noon + 1_500),
      () => {
        new Changes().route(1, 1, 2, noon + 2_000)
          .ended(1, 1, 1, [noon, noon + 2_000], EndedBy.replaced).write(daemon, noon + 2_000);
      },
      () => {
        new Changes().gone(2, 2).ended(2, 2, 2, [noon + 1_000, noon + 3_000], EndedBy.withdrawn)
          .write(daemon, noon + 3_000);
      },
      () => {
        daemon.peers.event(1, { at: noon + 4_000, kind: "down", text: "hold timer expired" });
        daemon.peers.event(1, { at: noon + 4_000, kind: "state", text: "Established -> Idle" });
        daemon.peers.event(2, { at: noon + 4_001, kind: "state", text: "OpenConfirm -> Established" });
        new Changes().flush(1, noon + 4_000).write(daemon, noon + 4_000);
      },
    );
    const { code, lines, messages } = await run(["watch", "--since", "2024-01-01T12:00:00.001Z"], { waits });
    assert.deepEqual([code, messages], [0, ""]);
    const head = (at: string, word: string, peer: string) => `2024-01-01T12:00:${at}Z ${word.padEnd(8)} ${peer} `;
    assert.deepEqual(lines, [
      head("01.000", "announce", "2001:db8::2") +
      "198.51.100.128/25  next hop 2001:db8::2, path 65002 {65011,65012}",
      head("02.000", "change", "127.0.0.2  ") +
      "198.51.100.0/24  next hop 127.0.0.2 -> 2001:db8::2, path 65001 3356 65010 -> 65002 {65011,65012}," +
      " med 50 -> none, local pref 200 -> none, communities -65001:99, large communities -65001:1:2",
      head("03.000", "withdraw", "2001:db8::2") + "198.51.100.128/25  was path 65002 {65011,65012}",
      head("04.000", "down", "127.0.0.2  ") + "session down: hold timer expired",
      head("04.000", "lost", "127.0.0.2  ") + "session lost, and with it 2 routes (ipv4 unicast)",
      head("04.001", "up", "2001:db8::2") + "session established",
    ]);
  }));

Deno.test("watch shows each change once, though rows of one time come in several batches", () =>
  withDatabase(async (run, _, daemon) => {
    const waits = steps(
      // The second change is in the database before the time up to which it is complete.
      () => new Changes().route(2, 2, 2, noon + 1_000).route(1, 3, 1, noon + 1_005).write(daemon, noon + 1_000),
      // A row of the same time comes later, and one of an earlier peer.
      () => new Changes().route(2, 3, 1, noon + 1_005).route(1, 2, 2, noon + 1_003).write(daemon, noon + 1_004),
      () => new Changes().route(1, 1, 2, noon + 9_000).write(daemon, noon + 2_000),
      () => new Changes().gone(2, 1).write(daemon, noon + 9_000),
    );
    const { lines } = await run(["watch", "--since", "2024-01-01T12:00:00.001Z", "--json"], { waits });
    const seen = lines.map((line) => watchedSchema.parse(JSON.parse(line)))
      .flatMap((line) => line.kind === "announce" ? [`${line.at.slice(17, 23)} ${line.peer} ${line.prefix}`] : []);
    assert.deepEqual(seen, [
      "01.000 2001:db8::2 198.51.100.128/25",
      "01.005 127.0.0.2 2001:db8:1::/48",
      "01.003 127.0.0.2 198.51.100.128/25",
      "01.005 2001:db8::2 2001:db8:1::/48",
      "09.000 127.0.0.2 198.51.100.0/24",
    ]);
  }));

Deno.test("watch: conditions look at the routes, also at those that are replaced or lost with their session", () =>
  withDatabase(async (run, _, daemon) => {
    const since = ["--since", "2024-01-01T12:00:00.001Z"];
    new Changes().route(1, 1, 2, noon + 1_000).ended(1, 1, 1, [noon, noon + 1_000], EndedBy.replaced)
      .write(daemon, noon + 1_000);
    new Changes().flush(1, noon + 2_000).write(daemon, noon + 2_000);
    daemon.peers.event(1, { at: noon + 1_500, kind: "down", text: "why" });
    daemon.writePeers();
    const words = async (...args: string[]) =>
      (await run(["watch", ...args, ...since])).lines.map((line) => line.split(/ +/).slice(1, 4).join(" "));
    assert.deepEqual(await words("198.51.100.0/24"), [
      "change 127.0.0.2 198.51.100.0/24",
      "withdraw 127.0.0.2 198.51.100.0/24",
    ]);
    // The community left with the change; the other route of the peer still had it.
    assert.deepEqual(await words("--community", "65001:99"), [
      "change 127.0.0.2 198.51.100.0/24",
      "withdraw 127.0.0.2 198.51.100.128/25",
    ]);
    assert.deepEqual(await words("--peer", "127.0.0.2"), [
      "change 127.0.0.2 198.51.100.0/24",
      "down 127.0.0.2 session",
      "lost 127.0.0.2 session",
    ]);
    assert.deepEqual(await words("--peer", "2001:db8::2"), []);
    assert.deepEqual(await words("--family", "ipv6"), []);
    assert.deepEqual(await words("198.51.0.0/16", "--longer", "--origin-as", "65010", "--count", "1"), [
      "change 127.0.0.2 198.51.100.0/24",
    ]);
  }));

Deno.test("watch --best shows best routes as they are selected, and prefixes that lose their last one", () =>
  withDatabase(async (run, _, daemon) => {
    const waits = steps(
      () => new Changes().best(1, 2, noon + 1_000).write(daemon, noon + 1_000),
      () => {
        new Changes().gone(2, 3).best(3, -1, 0).ended(2, 3, 2, [noon, noon + 2_000], EndedBy.withdrawn)
          .write(daemon, noon + 2_000);
      },
    );
    const { lines } = await run(["watch", "--best", "--json", "--since", "2024-01-01T12:00:00.001Z"], { waits });
    const seen = lines.map((line) => watchedSchema.parse(JSON.parse(line)));
    assert.deepEqual(seen.map((line) => "prefix" in line ? [line.kind, line.prefix] : [line.kind]), [
      ["best", "198.51.100.0/24"],
      ["no_best", "2001:db8:1::/48"],
    ]);
  }));

Deno.test("watch on a terminal counts what nobody can read; sessions are shown in any case", () =>
  withDatabase(async (run, _, daemon) => {
    const flood = () => {
      const batch = createStoreBatch(1_000);
      for (let i = 0; i < 500; i++) {
        const to = noon + 100 + i;
        batch.history.set([to, noon, 1, 1, -1, 1, EndedBy.withdrawn], batch.historyCount++ * stride.history);
      }
      batch.writtenTo = noon + 1_000;
      daemon.peers.event(1, { at: noon + 900, kind: "down", text: "why" });
      daemon.apply(batch);
    };
    const args = ["watch", "--since", "2024-01-01T12:00:00.001Z"];
    const short = await run(args, { waits: steps(flood), isTerminal: true, columns: 80 });
    assert.equal(short.lines.length, 202);
    assert.match(short.lines.at(-2) ?? "", /down/);
    assert.equal(short.lines.at(-1), "    ... 300 more changes (127.0.0.2 300); --all prints each");
    // deno-lint-ignore no-control-regex
    const colours = /\x1b\[\d+m/g;
    assert.ok(short.lines.every((line) => line.replaceAll(colours, "").length <= 80));
    assert.equal((await run([...args, "--all"], { waits: steps(), isTerminal: true })).lines.length, 501);
    assert.equal((await run(args)).lines.length, 501, "a pipe gets all");
  }));

Deno.test("watch says when bgpd stops, and what the database does not know", () =>
  withDatabase(async (run, _, daemon) => {
    const stop = steps(() => daemon.close());
    const { code, messages } = await run(["watch", "--since", "-10m"], { waits: stop });
    assert.equal(code, 0);
    assert.match(messages, /the history begins at 2024-01-01T12:00:00.000Z: earlier changes are not known/);
    assert.match(messages, /bgpd is not running; it stopped at 2024-01-01T12:00:00.000Z; changes appear when it runs/);
    assert.equal((await run(["watch", "1.2.3.4"])).code, 2);
    assert.equal((await run(["watch", "--peer", "nobody"])).code, 1);
  }));

Deno.test("changes come in pages: every page continues after the last change of the one before", () =>
  withDatabase(async (_run, path, daemon) => {
    const batch = createStoreBatch(1_000);
    // Several states end in one millisecond.
    for (let i = 0; i < 40; i++) {
      batch.history.set([noon + 1 + (i >> 3), noon, 1 + (i & 1), 1 + (i % 3), i, 1, 1], i * stride.history);
    }
    batch.historyCount = 40;
    batch.writtenTo = noon + 100;
    daemon.apply(batch);
    const reader = new StoreReader(path);
    try {
      const window = { to: noon + 100, withLostSessions: true };
      const whole = reader.followed({ ...window, after: cursorAfter(noon), limit: 1_000 }).changes;
      assert.equal(whole.length, 40);
      const parts = [];
      for (let after: Parameters<typeof reader.followed>[0]["after"] | undefined = cursorAfter(noon);;) {
        const page = reader.followed({ ...window, after, limit: 7 });
        parts.push(...page.changes);
        if (page.next === undefined) break;
        after = page.next;
      }
      assert.deepEqual(parts, whole);
    } finally {
      reader.close();
    }
    await Promise.resolve();
  }));

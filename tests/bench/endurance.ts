/**
 * Trials of minutes: a flood of changes, readers that never stop, a database that cannot be written for a while. None
 * of them may cost a session, a late KEEPALIVE, unbounded memory, or an unreported gap.
 */

import { DatabaseSync } from "node:sqlite";
import { findProgram, run } from "../support/process.ts";
import { sleep, waitFor } from "../support/wait.ts";
import { loadWithSink, paced } from "./churn.ts";
import { type Bgpd, program } from "./daemons/bgpd.ts";
import type { Bench, Scenario } from "./scenario.ts";

/** As long as a minute at full scale. */
const minuteMs = 60_000;
const changingPerSecond = 5000;

/** How many entries the history must have, written or counted in a gap. */
class Changes {
  readonly #bgpd: Bgpd;
  #expected: number;

  constructor(bgpd: Bgpd) {
    this.#bgpd = bgpd;
    this.#expected = this.#advertised;
  }

  sent(ended: number): void {
    this.#expected += ended;
  }

  /** Changes that are neither in the history nor counted in its gaps: anything but 0 is a lie. */
  get missing(): number {
    return this.#expected - this.#advertised;
  }

  get inGaps(): number {
    return this.#bgpd.value("SELECT coalesce(sum(changes), 0) FROM history_gaps");
  }

  get #advertised(): number {
    return this.#bgpd.value("SELECT count(*) FROM history") + this.inGaps;
  }
}

/** Looks at what the daemon reports until it is asked to stop; gives the most rows that were not written yet. */
function watchBacklog(bgpd: Bgpd): () => number {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, bgpd.value("SELECT value FROM daemon WHERE key = 'backlog'"));
  }, 250);
  return () => {
    clearInterval(timer);
    return most;
  };
}

function sustained(name: string, perSecond: number): Scenario {
  return {
    name: `sustained${name}`,
    title: `over 200k routes: ${name} changes a second for a minute, with history, seen at a second peer`,
    senders: 1,
    sinks: 1,
    ownOnly: true,
    async run(bench) {
      const bgpd = bench.bgpd!;
      const routes = bench.scaled(200_000);
      await loadWithSink(bench, routes, routes >> 1, true);
      const changes = new Changes(bgpd);
      const backlog = watchBacklog(bgpd);
      const rate = Math.max(100, bench.scaled(perSecond));
      const count = rate * Math.max(5, Math.round(minuteMs / 1000 * bench.scale));
      const { senders } = bench.speakers;
      const { first, last, ended } = await senders.ask(
        { kind: "churn", perSecond: rate, count },
        "sent",
        bench.timeoutMs,
      );
      changes.sent(ended);
      bench.set("taken_per_s", count / (last - first) * 1000);
      const written = () => bgpd.value("SELECT value FROM daemon WHERE key = 'backlog'") === 0 && changes.missing <= 0;
      await waitFor("the last change in the history", written, { timeoutMs: 60_000 }).catch(() => {});
      bench.set("written_after_s", (performance.timeOrigin + performance.now() - last) / 1000);
      bench.set("backlog_rows", backlog());
      bench.set("gap_changes", changes.inGaps);
      bench.set("missing_changes", changes.missing);
      await bench.cpu();
      bench.set("peak_mb", bench.daemon.peakBytes / 1e6);
      await bench.liveness();
    },
  };
}

const readerCount = 10;

const readers: Scenario = {
  name: "readers",
  title: `5,000 changes a second while ${readerCount} sqlite3 processes read the whole table over and over`,
  senders: 1,
  sinks: 1,
  ownOnly: true,
  async run(bench) {
    const bgpd = bench.bgpd!;
    const routes = bench.scaled(200_000);
    const changes = routes >> 2;
    await loadWithSink(bench, routes, changes, true);
    const perSecond = Math.max(50, bench.scaled(changingPerSecond));
    await paced(bench, changes, perSecond, "alone_");
    let reading = true, reads = 0;
    const scan = async () => {
      const { program, args } = bgpd.sqlite3("SELECT count(*), max(length(as_path)) FROM rib");
      for (; reading; reads++) {
        const { code, stderr } = await run(findProgram(program)!, [...args]);
        if (code !== 0) throw new Error(`sqlite3: ${stderr}`);
      }
    };
    const all = Promise.all(Array.from({ length: readerCount }, scan));
    all.catch(() => {});
    await paced(bench, changes, perSecond);
    reading = false;
    await all;
    bench.set("scans", reads);
    bench.set("out_ratio", bench.figures["out_p50_ms"]! / bench.figures["alone_out_p50_ms"]!);
    await bench.liveness();
  },
};

const blocked: Scenario = {
  name: "blocked",
  title: "another program holds the database for a minute, during 5,000 changes a second",
  senders: 1,
  sinks: 1,
  ownOnly: true,
  async run(bench) {
    const bgpd = bench.bgpd!;
    const routes = bench.scaled(200_000);
    await loadWithSink(bench, routes, routes >> 1, true);
    const before = bgpd.rssBytes;
    const changes = new Changes(bgpd);
    const perSecond = Math.max(50, bench.scaled(changingPerSecond));
    const heldMs = Math.max(5_000, minuteMs * bench.scale);
    const churn = bench.speakers.senders.ask(
      { kind: "churn", perSecond, count: Math.round(perSecond * heldMs / 1000) },
      "sent",
      bench.timeoutMs,
    );
    const holder = new DatabaseSync(bgpd.database, { timeout: 5000 });
    holder.exec("BEGIN IMMEDIATE");
    await sleep(heldMs - 1000);
    bench.set("lag_shown_rows", await shownLag(bench));
    await sleep(1000);
    bench.set("held_mb", (bgpd.rssBytes - before) / 1e6);
    holder.exec("ROLLBACK");
    holder.close();
    const free = performance.now();
    changes.sent((await churn).ended);
    await waitFor("the last change in the history", () => changes.missing <= 0, { timeoutMs: 60_000 }).catch(() => {});
    bench.set("caught_up_s", (performance.now() - free) / 1000);
    bench.set("gap_changes", changes.inGaps);
    bench.set("missing_changes", changes.missing);
    await bench.liveness();
  },
};

/** The lag as `bgpd show summary` has it. */
async function shownLag(bench: Bench): Promise<number> {
  const bgpd = bench.bgpd!;
  const args = ["show", "summary", "--json", "--database", bgpd.database];
  const { code, stdout, stderr } = await run(program, args, { cwd: bgpd.options.folder });
  if (code !== 0) throw new Error(`show summary: ${stderr}`);
  return Number(JSON.parse(stdout).backlog_rows);
}

export const endurance: readonly Scenario[] = [sustained("20k", 20_000), sustained("50k", 50_000), readers, blocked];

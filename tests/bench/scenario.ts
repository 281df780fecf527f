/** What a scenario uses: a running daemon, speakers, a table, and the steps that most scenarios share. */

import type { BenchDaemon, BenchPeer } from "./daemons/mod.ts";
import { Bgpd } from "./daemons/mod.ts";
import type { SessionOptions } from "./session.ts";
import type { Speakers } from "./speakers.ts";
import type { Table } from "./table.ts";

/** Names of figures end in their unit: `_s`, `_ms`, `_mb`, `_bytes`, `_per_s`; the others are counts. */
export type Figures = Record<string, number>;

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly senders: number;
  readonly sinks: number;
  /** Runs only with bgpd. */
  readonly ownOnly?: boolean;
  /** A table of its own instead of the made-up one; `undefined`: it is not here. */
  readonly table?: (scale: number) => Promise<Table | undefined>;
  run(bench: Bench): Promise<void>;
}

const megabyte = 1e6;

export class Bench {
  readonly daemon: BenchDaemon;
  readonly speakers: Speakers;
  readonly table: Table;
  /** 1: a full table. */
  readonly scale: number;
  readonly figures: Figures = {};
  #cpuBefore = 0;
  #threadsBefore: Record<string, number> = {};

  constructor(daemon: BenchDaemon, speakers: Speakers, table: Table, scale: number) {
    this.daemon = daemon;
    this.speakers = speakers;
    this.table = table;
    this.scale = scale;
  }

  get bgpd(): Bgpd | undefined {
    return this.daemon instanceof Bgpd ? this.daemon : undefined;
  }

  get timeoutMs(): number {
    return 60_000 + 900_000 * this.scale;
  }

  /** So many, as much of them as the scale says. */
  scaled(count: number): number {
    return Math.max(1, Math.round(count * this.scale));
  }

  set(name: string, value: number): void {
    this.figures[name] = value;
  }

  /**
   * Opens all sessions; each sender has the first `ipv4` and `ipv6` prefixes ready to go, the first one `changes` too,
   * or two rounds of them.
   */
  async connect(ipv4: number, ipv6: number, changes = 0, again = false): Promise<void> {
    const { senders, sinks } = this.speakers;
    this.speakers.seenAt.fill(0);
    this.speakers.sentAt.fill(0);
    const asns = this.#sessions("sender").map(({ asn }) => asn);
    await senders.ask({ kind: "prepare", asns, ipv4, ipv6, changes, again }, "done");
    await senders.ask({ kind: "connect", sessions: this.#sessions("sender") }, "done");
    await sinks.ask({ kind: "connect", sessions: this.#sessions("sink") }, "done");
    this.#cpuBefore = this.daemon.cpuSeconds;
    this.#threadsBefore = this.bgpd?.threadSeconds ?? {};
  }

  /** Resolves with the time of the first octet, once everything is on its way. */
  async go(): Promise<number> {
    const { first } = await this.speakers.senders.ask({ kind: "go" }, "sent", this.timeoutMs);
    return first;
  }

  /** Waits until each sink holds at least `held` prefixes, or, down, at most that many. */
  async reached(held: number, down = false) {
    return await this.speakers.sinks.ask({ kind: "watch", held, down }, "reached", this.timeoutMs);
  }

  /** Notes the CPU time since {@link connect} or the last call, once the daemon is quiet. */
  async cpu(name = "cpu_s"): Promise<void> {
    await this.daemon.quiet(this.timeoutMs);
    const now = this.daemon.cpuSeconds;
    this.set(name, now - this.#cpuBefore);
    this.#cpuBefore = now;
    const threads = this.bgpd?.threadSeconds;
    if (threads === undefined) return;
    for (const [thread, seconds] of Object.entries(threads)) {
      this.set(`${thread}_${name}`, seconds - (this.#threadsBefore[thread] ?? 0));
    }
    this.#threadsBefore = threads;
  }

  memory(routes: number): void {
    this.set("peak_mb", this.daemon.peakBytes / megabyte);
    this.set("route_bytes", (this.daemon.rssBytes - this.daemon.baseBytes) / routes);
  }

  /** Was a KEEPALIVE late, and did the main thread stall? */
  async liveness(): Promise<void> {
    const reports = await this.speakers.reports();
    this.set("late_keepalives", reports.filter(({ late }) => late).length);
    if (this.bgpd !== undefined) this.set("stall_ms", this.bgpd.longestStallMs);
  }

  #sessions(role: BenchPeer["role"]): SessionOptions[] {
    const { address, port, peers } = this.daemon.options;
    return peers.filter((peer) => peer.role === role).map((peer) => ({
      local: peer.address,
      address,
      port,
      asn: peer.asn,
      holdTimeSeconds: this.daemon.holdTimeSeconds,
    }));
  }
}

/** What a scenario uses: a running daemon, speakers, a table, and the steps that most scenarios share. */

import type { BenchDaemon, BenchPeer } from "./daemons/mod.ts";
import { Bgpd } from "./daemons/mod.ts";
import type { SessionOptions } from "./session.ts";
import type { Share } from "./speaker_messages.ts";
import type { Speakers } from "./speakers.ts";
import type { Table } from "./table.ts";

/** Names of figures end in their unit: `_s`, `_ms`, `_us`, `_mb`, `_bytes`, `_per_s`; the others are counts. */
export type Figures = Record<string, number>;

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly senders: number;
  readonly sinks: number;
  /** Peers that send and receive. */
  readonly members?: number;
  /** Of all sessions; without it, what suits each daemon. */
  readonly holdTimeSeconds?: number;
  /** Sinks receive only the routes of this sender. */
  readonly onlyFrom?: number;
  /** Runs only with bgpd. */
  readonly ownOnly?: boolean;
  /** A table of its own instead of the made-up one; `undefined`: it is not here. */
  readonly table?: (scale: number) => Promise<Table | undefined>;
  run(bench: Bench): Promise<void>;
}

const megabyte = 1e6;
/** A KEEPALIVE that comes so much after its time is late. */
const lateMs = 500;
/** What a session of a few receives at a time, and one of many. */
const bufferBytes = 1 << 20, smallBufferBytes = 1 << 16;
const few = 32;

export class Bench {
  readonly daemon: BenchDaemon;
  readonly speakers: Speakers;
  readonly table: Table;
  /** 1: a full table. */
  readonly scale: number;
  readonly figures: Figures = {};
  /** How long it took to open all sessions. */
  connectedMs = 0;
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
    const [first, ...others] = this.asns.map((asn) => ({ asn, ipv4, ipv6 }));
    const places = { from: 0, count: changes, again, withdraws: true };
    await this.connectWith(first === undefined ? [] : [{ ...first, changes: places }, ...others]);
  }

  /** The AS of each peer that sends. */
  get asns(): number[] {
    return this.#sending.map(({ asn }) => asn);
  }

  /** Opens all sessions; the peers that send have these shares ready to go. */
  async connectWith(shares: readonly Share[]): Promise<void> {
    const { senders, sinks } = this.speakers;
    this.speakers.seenAt.fill(0);
    this.speakers.sentAt.fill(0);
    await senders.ask({ kind: "prepare", shares }, "done");
    const start = performance.now();
    await senders.ask({ kind: "connect", sessions: this.#sending }, "done");
    await sinks.ask(
      { kind: "prepare", shares: this.#sessions("sink").map(({ asn }) => ({ asn, ipv4: 0, ipv6: 0 })) },
      "done",
    );
    await sinks.ask({ kind: "connect", sessions: this.#sessions("sink") }, "done");
    // Routers say that they have no routes.
    await sinks.ask({ kind: "go" }, "sent");
    this.connectedMs = performance.now() - start;
    this.#cpuBefore = this.daemon.cpuSeconds;
    this.#threadsBefore = this.bgpd?.threadSeconds ?? {};
  }

  /** Resolves with the times of the first octet and of the last, once everything is on its way. */
  async go(): Promise<{ first: number; last: number }> {
    return await this.speakers.senders.ask({ kind: "go" }, "sent", this.timeoutMs);
  }

  /** Waits until each sink holds at least `held` prefixes, or, down, at most that many. */
  async reached(held: number, down = false) {
    return await this.speakers.sinks.ask({ kind: "watch", held, down }, "reached", this.timeoutMs);
  }

  /** Waits until the daemon is quiet, and notes the CPU time since {@link connect} or the last call. */
  async cpu(name = "cpu_s"): Promise<number> {
    await this.daemon.quiet(this.timeoutMs);
    return this.cpuSoFar(name);
  }

  /** Notes and gives the CPU time since {@link connect} or the last call. */
  cpuSoFar(name = "cpu_s"): number {
    const now = this.daemon.cpuSeconds;
    const used = now - this.#cpuBefore;
    this.set(name, used);
    this.#cpuBefore = now;
    const threads = this.bgpd?.threadSeconds;
    if (threads === undefined) return used;
    for (const [thread, seconds] of Object.entries(threads)) {
      this.set(`${thread}_${name}`, seconds - (this.#threadsBefore[thread] ?? 0));
    }
    this.#threadsBefore = threads;
    return used;
  }

  memory(routes: number): void {
    this.set("base_mb", this.daemon.baseBytes / megabyte);
    this.set("peak_mb", this.daemon.peakBytes / megabyte);
    this.set("route_bytes", (this.daemon.rssBytes - this.daemon.baseBytes) / routes);
  }

  /** Was a KEEPALIVE late, and did the main thread stall? */
  async liveness(): Promise<void> {
    const reports = await this.speakers.reports();
    const latest = Math.max(...reports.map(({ latestKeepaliveMs }) => latestKeepaliveMs));
    this.set("latest_keepalive_ms", latest);
    this.set("late_keepalives", reports.filter(({ latestKeepaliveMs }) => latestKeepaliveMs > lateMs).length);
    if (this.bgpd !== undefined) this.set("stall_ms", this.bgpd.longestStallMs);
  }

  /** The peers that send. */
  get #sending(): SessionOptions[] {
    return [...this.#sessions("sender"), ...this.#sessions("member")];
  }

  #sessions(role: BenchPeer["role"]): SessionOptions[] {
    const { address, port, peers } = this.daemon.options;
    return peers.filter((peer) => peer.role === role).map((peer) => ({
      local: peer.address,
      address,
      port,
      asn: peer.asn,
      holdTimeSeconds: this.daemon.holdTimeSeconds,
      bufferBytes: peers.length > few ? smallBufferBytes : bufferBytes,
    }));
  }
}

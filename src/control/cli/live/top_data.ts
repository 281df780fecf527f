/** What `bgpd top` shows: read from the database, at one moment. Rates need the values of a moment before. */

import { parseFiles, prefixLimits, storedFiles } from "../../../config/mod.ts";
import type { FollowedEvent, HeldRoutes, HistoryGap, PeerRow, StoreReader } from "../../../store/mod.ts";
import { dirname, fileSpace, residentBytes } from "../../../transport/mod.ts";
import { families } from "../../../types/mod.ts";

export interface TopPeer extends PeerRow {
  /** Each second, as an average of the last seconds; `undefined`: not known yet. */
  readonly updatesRate: number | undefined;
  readonly sentRate: number | undefined;
}

/** A peer near its maximum-prefix limit. */
export interface NearLimit {
  readonly peer: string;
  readonly family: string;
  readonly routes: number;
  readonly limit: number;
}

export interface TopData {
  /** Milliseconds since 1970, like all times that are numbers. */
  readonly now: number;
  readonly database: string;
  readonly isRunning: boolean;
  readonly version: string;
  readonly pid: number | undefined;
  readonly startedAt: number | undefined;
  /** When the last run wrote something for certain. */
  readonly aliveAt: number | undefined;
  /** Rows in memory that are not written yet. */
  readonly backlogRows: number;
  readonly databaseBytes: number;
  readonly logBytes: number;
  /** Of the disk of the database; `undefined`: not known. */
  readonly freeBytes: number | undefined;
  /** Of the daemon; `undefined`: not known. */
  readonly memoryBytes: number | undefined;
  readonly peers: readonly TopPeer[];
  readonly nearLimits: readonly NearLimit[];
  /** Of the last hour. */
  readonly gaps: readonly HistoryGap[];
  /** The newest first. */
  readonly events: readonly FollowedEvent[];
}

const shownEvents = 50;
const gapMs = 3_600_000;
/** How often the kernel is asked about the disk. */
const spaceEveryMs = 60_000;
/** Rates are averages of so long. */
const rateMs = 5_000;

/** Reads samples one after the other. */
export class TopSource {
  /** Of the last seconds, the oldest first. */
  #samples: readonly CounterSample[] = [];
  #limits: { readonly text: string; readonly of: Limits } = { text: "", of: new Map() };
  #space: { readonly at: number; readonly freeBytes: number | undefined } | undefined;
  #last: { readonly version: number; readonly data: TopData } | undefined;

  /** `isRun`: the daemon runs. Without a change of the database, most of the last sample is still right. */
  sample(reader: StoreReader, isRun: boolean, now: number): TopData {
    const version = reader.dataVersion;
    const last = this.#last;
    if (last?.version === version && last.data.isRunning === isRun && last.data.database === reader.path) {
      return { ...last.data, now, peers: this.#withRates(last.data.peers, now) };
    }
    const values = reader.daemonValues();
    const number = (key: string) => values.get(key) === undefined ? undefined : Number(values.get(key));
    const pid = isRun ? number("pid") : undefined;
    const data: TopData = {
      now,
      database: reader.path,
      isRunning: isRun,
      version: String(values.get("version") ?? ""),
      pid,
      startedAt: number("started_at"),
      aliveAt: reader.lastRun().endedAt ?? undefined,
      backlogRows: number("backlog") ?? 0,
      databaseBytes: fileBytes(reader.path),
      logBytes: fileBytes(`${reader.path}-wal`),
      freeBytes: this.#freeBytes(reader.path, now),
      memoryBytes: pid === undefined ? undefined : residentBytes(pid),
      peers: this.#withRates(reader.peers(), now),
      nearLimits: nearLimits(reader.held(), this.#limitsOf(reader.configuration() ?? "")),
      gaps: reader.gaps(now - gapMs, now),
      events: reader.newestEvents(shownEvents),
    };
    this.#last = { version, data };
    return data;
  }

  /** The daemon writes counters once a second, so that rates over less than some seconds would jump. */
  #withRates(peers: readonly PeerRow[], now: number): TopPeer[] {
    const counters = new Map(peers.map(({ peer, updatesReceived, messagesSent }) => [peer, {
      updates: updatesReceived,
      sent: messagesSent,
    }]));
    // One sample before the span stays, so that there is always a span.
    const first = Math.max(0, this.#samples.findLastIndex(({ at }) => at <= now - rateMs));
    const kept = this.#samples.slice(first);
    this.#samples = [...kept, { at: now, counters }];
    const [oldest] = kept;
    const seconds = oldest === undefined ? 0 : (now - oldest.at) / 1_000;
    // The counters begin at 0 with each session.
    const rate = (is: number, was: number) => is < was ? 0 : (is - was) / seconds;
    return peers.map((peer): TopPeer => {
      const old = oldest?.counters.get(peer.peer);
      if (old === undefined || seconds <= 0) return { ...peer, updatesRate: undefined, sentRate: undefined };
      return {
        ...peer,
        updatesRate: rate(peer.updatesReceived, old.updates),
        sentRate: rate(peer.messagesSent, old.sent),
      };
    });
  }

  #freeBytes(path: string, now: number): number | undefined {
    if (this.#space === undefined || now - this.#space.at >= spaceEveryMs) {
      this.#space = { at: now, freeBytes: fileSpace(dirname(path))?.freeBytes };
    }
    return this.#space.freeBytes;
  }

  #limitsOf(configuration: string): Limits {
    if (configuration !== this.#limits.text) this.#limits = { text: configuration, of: readLimits(configuration) };
    return this.#limits.of;
  }
}

interface CounterSample {
  readonly at: number;
  readonly counters: ReadonlyMap<string, { readonly updates: number; readonly sent: number }>;
}

/** By name of the peer and family id. */
type Limits = ReadonlyMap<
  string,
  ReadonlyMap<number, { readonly limit: number; readonly percent: number; readonly counts: "received" | "accepted" }>
>;

/** The maximum-prefix limits of the configuration in force; none if this program cannot read it. */
function readLimits(configuration: string): Limits {
  const result = parseFiles({ files: storedFiles(configuration) });
  if (result.kind !== "config") return new Map();
  return new Map(result.config.peers.map((peer) => {
    const limits = prefixLimits(peer);
    return [
      peer.name,
      new Map(families.flatMap(({ id }) => {
        const limit = limits[id];
        if (limit === undefined) return [];
        return [[id, { limit: limit.limit, percent: limit.warningPercent, counts: limit.counts }] as const];
      })),
    ];
  }));
}

function nearLimits(held: readonly HeldRoutes[], limits: Limits): NearLimit[] {
  return held.flatMap(({ peer, family, routes, accepted }) => {
    const found = limits.get(peer)?.get(family);
    if (found === undefined) return [];
    const count = found.counts === "accepted" ? accepted : routes;
    if (count * 100 < found.limit * found.percent) return [];
    const name = families.find(({ id }) => id === family)?.name ?? "";
    return [{ peer, family: name, routes: count, limit: found.limit }];
  });
}

function fileBytes(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

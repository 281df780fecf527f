/** What a database says about itself, for `bgpd doctor`: damage, and what happened lately. */

import type { Millis } from "../../types/mod.ts";
import { daemonNumber } from "../daemon_values.ts";
import type { Database } from "../sqlite.ts";
import { gapsBetween, type HistoryGap } from "./history_query.ts";
import { lastRun } from "./summary_query.ts";

export interface Inspection {
  /** A larger file is not searched for damage: that takes long. */
  readonly checkedBytes: number;
  readonly gapsFrom?: Millis;
  readonly endingsFrom?: Millis;
}

export interface SessionEndings {
  /** How many sessions ended since `endingsFrom`. */
  readonly count: number;
  /** When the last one ended. */
  readonly lastAt: Millis;
}

export interface InspectedContents {
  /** What `PRAGMA quick_check` found; `undefined`: it did not run. */
  readonly damage: readonly string[] | undefined;
  /** Milliseconds since 1970; `undefined`: no daemon has written yet. */
  readonly newestAt: Millis | undefined;
  readonly lastRun: { readonly endedAt: Millis | null; readonly leftOver: boolean } | undefined;
  /** Gaps of the history since `gapsFrom`. */
  readonly gaps: readonly HistoryGap[];
  /** By the name of the peer. */
  readonly endings: ReadonlyMap<string, SessionEndings>;
}

/** How many lines about damage are kept. */
const damageLines = 5;

/** `bytes`: the size of the file. */
export function inspectContents(db: Database, bytes: number, inspection: Inspection): InspectedContents {
  const { checkedBytes, gapsFrom = 0, endingsFrom = 0 } = inspection;
  const times = ["alive_at", "backlog_at", "started_at", "goodbye"].map((key) => daemonNumber(db, key));
  const newestAt = Math.max(...times);
  const endings = db.prepare(
    "SELECT peer, sum(at >= ?), max(at) FROM peer_events WHERE kind = 'down' AND peer IS NOT NULL GROUP BY peer",
  ).all(endingsFrom);
  return {
    damage: bytes > checkedBytes ? undefined : damageOf(db),
    newestAt: newestAt > 0 ? newestAt : undefined,
    lastRun: lastRun(db),
    gaps: gapsBetween(db, gapsFrom, Number.MAX_SAFE_INTEGER),
    endings: new Map(endings.map(([peer, count, at]) => [String(peer), { count: Number(count), lastAt: Number(at) }])),
  };
}

function damageOf(db: Database): string[] {
  const lines = db.prepare(`PRAGMA quick_check(${damageLines})`).all().map(([line]) => String(line));
  return lines.filter((line) => line !== "ok");
}

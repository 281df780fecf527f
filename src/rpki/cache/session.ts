/** The memory of the session with one cache. */

import type { Millis } from "../../types/mod.ts";
import type { RtrVersion } from "../rtr/code_points.ts";
import type { RtrFramer } from "../rtr/framer.ts";
import type { RtrTiming } from "../rtr/pdu.ts";
import type { CacheConfig, CacheData, CacheEffect, CacheState, SavedCache } from "./types.ts";

/** A session is plain data, so that a test can look at all of it. */
export interface CacheSession {
  readonly config: CacheConfig;
  readonly data: CacheData;
  state: CacheState;
  /** The version of our queries; `isAgreed`: and of all PDUs, for the life of the connection (§7). */
  version: RtrVersion;
  isAgreed: boolean;
  /** What the connection delivers; there is one for each connection. */
  framer: RtrFramer | undefined;
  /** The data we have are those of this serial number. Without it, only a Reset Query helps. */
  resume: { readonly version: RtrVersion; readonly sessionId: number; readonly serial: number } | undefined;
  /** The query without an answer, or the answer under way. */
  query: Query | undefined;
  /** When the last query was sent. */
  askedAt: Millis;
  /** A Serial Notify that came meanwhile. */
  notified: number | undefined;
  /** The last query on this connection was answered: what we have is what the cache has. */
  isCurrent: boolean;
  timing: RtrTiming;
  /** When all data of the cache go, unless a query is answered before. */
  expiresAt: Millis | undefined;
  /** When to connect again. */
  connectAt: Millis | undefined;
  /** When to ask again. */
  queryAt: Millis | undefined;
  /** Connections lost or refused since the last answer. */
  failures: number;
  /** Versions that the cache refused in this round of negotiation, a bit for each. */
  refused: number;
  /** The next connection begins with this version: an older attempt taught it. */
  nextVersion: RtrVersion | undefined;
  /** No version above this one until then: ASPAs of the cache break rules. */
  ceiling: { readonly version: RtrVersion; readonly until: Millis } | undefined;
}

export interface Query {
  readonly isFull: boolean;
  /** The next octets must arrive by then, and the whole answer by {@link endBy}. */
  answerBy: Millis;
  readonly endBy: Millis;
  /** Of the Cache Response. */
  sessionId: number | undefined;
}

export function createCacheSession(config: CacheConfig, data: CacheData): CacheSession {
  return {
    config,
    data,
    state: "stopped",
    version: config.version,
    isAgreed: false,
    framer: undefined,
    resume: undefined,
    query: undefined,
    askedAt: 0,
    notified: undefined,
    isCurrent: false,
    timing: config.timing,
    expiresAt: undefined,
    connectAt: undefined,
    queryAt: undefined,
    failures: 0,
    refused: 0,
    nextVersion: undefined,
    ceiling: undefined,
  };
}

/** The data of an earlier run are in place: the session goes on from them. */
export function restoreCache(session: CacheSession, saved: SavedCache): void {
  const { version, sessionId, serial, timing, expiresAt } = saved;
  session.resume = { version, sessionId, serial };
  session.timing = timing;
  session.expiresAt = expiresAt;
}

/** What to store, so that another run can go on; `undefined` where there is nothing to go on from. */
export function savedCache({ resume, timing, expiresAt }: CacheSession): SavedCache | undefined {
  return resume === undefined || expiresAt === undefined ? undefined : { ...resume, timing, expiresAt };
}

/** When the shell has to send `tick`. */
export function cacheDeadline({ connectAt, queryAt, expiresAt, query }: CacheSession): Millis | undefined {
  const times = [connectAt, queryAt, expiresAt, query?.answerBy, query?.endBy].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** One event being handled. */
export interface Step {
  readonly session: CacheSession;
  readonly now: Millis;
  readonly effects: CacheEffect[];
}

/** What is around every answer of birdwatcher, and the times in it. */

import type { Millis } from "../../types/mod.ts";
import { type Answer, jsonType } from "../answers/answer.ts";

/** The birdwatcher whose answers these are. */
export const birdwatcherVersion = "2.2.5";

/** The members that come first: Alice-LG fails without `Version` and `result_from_cache`. */
export function envelope(now: Millis, ttlMs: number): Readonly<Record<string, unknown>> {
  return {
    api: {
      Version: birdwatcherVersion,
      result_from_cache: false,
      cache_status: { cached_at: { date: new Date(now).toISOString(), timezone_type: "UTC", timezone: "UTC" } },
    },
    ttl: new Date(now + ttlMs).toISOString(),
  };
}

export function answer(value: Readonly<Record<string, unknown>>, now: Millis, ttlMs: number): Answer {
  return {
    headers: { "content-type": jsonType },
    body: JSON.stringify({ ...envelope(now, ttlMs), ...value }) + "\n",
    cacheMs: 1000,
  };
}

/**
 * The member `error` is birdwatcher's. Alice-LG does not look at the status and would take the answer for an empty
 * table; `ttl` is a time that it cannot read, so that it reports an error.
 */
export function failure(status: number, reason: string): Answer {
  return { status, headers: { "content-type": jsonType }, body: JSON.stringify({ error: reason, ttl: "" }) + "\n" };
}

/** A time as BIRD writes it with `timeformat … iso long`, in UTC. */
export function birdTime(time: Millis | string): string {
  return new Date(time).toISOString().slice(0, 19).replace("T", " ");
}

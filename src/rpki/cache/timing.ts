/** The timing parameters of a cache (RFC 8210 §6), made such that they work. */

import type { RtrTiming } from "../rtr/pdu.ts";

/** "Minimum allowed value" and "Maximum allowed value". */
const allowed = { refresh: [1, 86_400], retry: [1, 7200], expire: [600, 172_800] } as const;

/**
 * Values outside what is allowed become the nearest that is. "Caches MUST set Expire Interval to a value larger than
 * both": else data would expire before the cache is asked again, and with each of them routes would change their state.
 */
export function usableTiming(said: RtrTiming): { timing: RtrTiming; note: string | undefined } {
  const expire = within(said.expire, allowed.expire);
  const most = Math.floor(expire / 2);
  const refresh = within(said.refresh, allowed.refresh), retry = within(said.retry, allowed.retry);
  const timing = {
    refresh: refresh < expire ? refresh : most,
    retry: retry < expire ? retry : most,
    expire,
  };
  const changed = (["refresh", "retry", "expire"] as const).filter((name) => timing[name] !== said[name]);
  if (changed.length === 0) return { timing, note: undefined };
  const list = changed.map((name) => `${name} ${timing[name]}, not ${said[name]}`).join("; ");
  return { timing, note: `the cache says intervals that are not allowed; in use: ${list}` };
}

function within(value: number, [least, most]: readonly [number, number]): number {
  return Math.min(most, Math.max(least, value));
}

/** Times on the command line: `2026-01-31T12:00:00Z`, or so long ago: `-10m`. */

import { UsageError } from "../command.ts";

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Milliseconds since 1970, not after `now`. A time without a zone is UTC, as all times of bgpd are. */
export function parseTime(text: string, now: number): number {
  const ago = /^-?(\d{1,9})([smhdw])$/.exec(text);
  const time = ago === null ? timeOf(text) : now - Number(ago[1]) * units[ago[2] as keyof typeof units];
  if (time > now) throw new UsageError(`${text} lies in the future: the history has what was, up to now`);
  if (!Number.isNaN(time)) return time;
  throw new UsageError(
    `"${text}" is not a time: write 2026-01-31T12:00:00Z, or -10m for ten minutes ago (s, m, h, d, w)`,
  );
}

function timeOf(text: string): number {
  const date = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (date === null) return NaN;
  const midnight = new Date(`${date[1]}T00:00Z`);
  // Date takes 2026-02-30 for 2026-03-02.
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(date[1]!)) {
    throw new UsageError(`"${text}" is not a time: there is no day ${date[1]}`);
  }
  return Date.parse(`${date[1]}T${date[2] ?? "00:00"}${date[3] ?? "Z"}`);
}

/** Times on the command line: `2026-01-31T12:00:00Z`, or `-10m` for ten minutes ago. */

import { UsageError } from "../command.ts";

/** Milliseconds. */
const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** What `--help` says about times. */
export const timeForms =
  "-10m for ten minutes ago (s, m, h, d, w), 10:30 (UTC) for the last time of this clock, 2026-01-31T12:00:00Z";

/** Returns milliseconds since 1970, at most `now`. A time without a zone is UTC. Throws {@link UsageError}. */
export function parseTime(text: string, now: number): number {
  const [, count, unit = ""] = /^-?(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const time = count === undefined ? timeOf(text) : now - Number(count) * (units[unit] ?? NaN);
  if (time > now) throw new UsageError(`${text} is in the future; give a time in the past`);
  if (!Number.isNaN(time)) return time;
  throw new UsageError(
    `"${text}" is not a time; use 2026-01-31T12:00:00Z, or -10m for ten minutes ago (s, m, h, d, w)`,
  );
}

const dateAndTime = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i;

function timeOf(text: string): number {
  const [, day, clock = "00:00", zone = "Z"] = dateAndTime.exec(text) ?? [];
  if (day === undefined) return NaN;
  const midnight = new Date(`${day}T00:00Z`);
  // `new Date` reads 2026-02-30 as 2026-03-02.
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) {
    throw new UsageError(`"${text}" is not a time: ${day} does not exist`);
  }
  return Date.parse(`${day}T${clock}${zone}`);
}

/** Times on the command line: `-10m` for ten minutes ago, `10:30`, `2026-01-31 10:30`, `2026-01-31T10:30:00Z`. */

import { type Io, UsageError } from "../command.ts";
import { formatDuration } from "./units.ts";

/** Milliseconds. */
const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `30s`, `10m`, `1h30m`, `2d`: milliseconds. Throws {@link UsageError}. */
export function parseDuration(text: string): number {
  const parts = [...text.toLowerCase().matchAll(/(\d{1,9})([smhdw])/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join("") === text.toLowerCase();
  const time = parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? NaN), 0);
  if (isWhole && time > 0 && time < longest) return time;
  throw new UsageError(`"${text}" is not a length of time; write for example 30s, 10m, 1h30m or 2d`);
}

/** A hundred years. */
const longest = 36_525 * 86_400_000;

/** What `--help` says about times. */
export const timeForms =
  '-10m for ten minutes ago (s, m, h, d, w), 10:30, "2026-01-31 10:30" or 2026-01-31T10:30:00Z;' +
  " UTC without a zone";

/** The same as {@link parseTime}; says how the text was understood, unless it is a whole time with its zone. */
export function readTime(text: string, io: Io): number {
  const now = io.now();
  const time = parseTime(text, now);
  if (!/\d{4}-.*T.*(Z|[+-]\d\d:?\d\d)$/i.test(text)) {
    io.message(`${text} is ${isoTime(time)} (UTC), ${formatDuration(now - time)} ago`);
  }
  return time;
}

/**
 * Returns milliseconds since 1970, at most `now`. A time without a zone is UTC; a clock without a day is the last time
 * when a clock showed it. Throws {@link UsageError}.
 */
export function parseTime(text: string, now: number): number {
  const [, count, unit = ""] = /^-?(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const time = count === undefined ? clockTime(text, now) ?? timeOf(text) : now - Number(count) * (units[unit] ?? NaN);
  if (time > now) throw new UsageError(`${text} is in the future; give a time in the past`);
  if (!Number.isNaN(time)) return time;
  throw new UsageError(
    `"${text}" is not a time; use ${timeForms}`,
  );
}

function clockTime(text: string, now: number): number | undefined {
  const [, hour, minute, second = "0"] = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const today = new Date(now).setUTCHours(Number(hour), Number(minute), Number(second), 0);
  return today <= now ? today : today - units["d"]!;
}

export function isoTime(time: number): string {
  return new Date(time).toISOString();
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

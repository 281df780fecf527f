/** Times on the command line: `2026-01-31T12:00:00Z`, or so long ago: `-10m`. */

import { UsageError } from "./command.ts";

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Milliseconds since 1970. A time without a zone is UTC, as all times of bgpd are. */
export function parseTime(text: string, now: number): number {
  const ago = /^-?(\d{1,9})([smhdw])$/.exec(text);
  if (ago !== null) return now - Number(ago[1]) * units[ago[2] as keyof typeof units];
  const date = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  const time = date === null ? NaN : Date.parse(`${date[1]}T${date[2] ?? "00:00"}${date[3] ?? "Z"}`);
  if (!Number.isNaN(time)) return time;
  throw new UsageError(
    `"${text}" is not a time: write 2026-01-31T12:00:00Z, or -10m for ten minutes ago (s, m, h, d, w)`,
  );
}

import assert from "node:assert/strict";
import { UsageError } from "../../../../../src/control/cli/command.ts";
import { parseTime } from "../../../../../src/control/cli/text/time.ts";

const minute = 60_000;

Deno.test("times are ISO 8601, UTC without a zone, or relative to now", () => {
  const now = Date.UTC(2026, 0, 31, 12);
  const times: [string, number][] = [
    ["2026-01-31T11:00:00Z", now - 60 * minute],
    ["2026-01-31T11:00:00.250Z", now - 60 * minute + 250],
    ["2026-01-31 11:00", now - 60 * minute],
    ["2026-01-31T12:00:00+01:00", now - 60 * minute],
    ["2026-01-31", Date.UTC(2026, 0, 31)],
    ["-90s", now - 90_000],
    ["10m", now - 10 * minute],
    ["-2d", now - 2 * 86_400_000],
    ["-1w", now - 7 * 86_400_000],
  ];
  for (const [text, time] of times) assert.equal(parseTime(text, now), time, text);
  for (const text of ["", "now", "-10", "10 m", "2026-13-01", "2026-01-31T25:00", "31.1.2026", "1700000000"]) {
    assert.throws(() => parseTime(text, now), UsageError, text);
  }
});

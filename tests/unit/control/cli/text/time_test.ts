import assert from "node:assert/strict";
import { UsageError } from "../../../../../src/control/cli/command.ts";
import { fakeIo } from "../fake_io.ts";
import { parseTime, readTime } from "../../../../../src/control/cli/text/time.ts";

const minute = 60_000;

Deno.test("readTime says how a time was understood, unless it is a whole time with its zone", () => {
  const now = Date.UTC(2026, 0, 31, 12);
  const said = (text: string) => {
    const io = fakeIo({ now });
    readTime(text, io);
    return io.messages;
  };
  assert.deepEqual(said("10:30"), ["10:30 is 2026-01-31T10:30:00.000Z (UTC), 01:30:00 ago"]);
  assert.deepEqual(said("-10m"), ["-10m is 2026-01-31T11:50:00.000Z (UTC), 00:10:00 ago"]);
  assert.deepEqual(said("2026-01-30 10:30"), ["2026-01-30 10:30 is 2026-01-30T10:30:00.000Z (UTC), 1d01h30m ago"]);
  assert.deepEqual(said("2026-01-31T10:30:00Z"), []);
  assert.deepEqual(said("2026-01-31T10:30:00+02:00"), []);
});

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
    ["11:30", now - 30 * minute],
    ["9:05:30", Date.UTC(2026, 0, 31, 9, 5, 30)],
    // Half past twelve has not been yet today.
    ["12:30", Date.UTC(2026, 0, 30, 12, 30)],
  ];
  for (const [text, time] of times) assert.equal(parseTime(text, now), time, text);
  for (
    const text of [
      "",
      "now",
      "-10",
      "10 m",
      "2026-13-01",
      "2026-01-31T25:00",
      "31.1.2026",
      "1700000000",
      "24:00",
      "10:60",
      "1030",
    ]
  ) {
    assert.throws(() => parseTime(text, now), UsageError, text);
  }
});

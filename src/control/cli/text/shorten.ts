/** How a text becomes shorter and keeps what matters: the ends of an AS path, the day and time of a time. */

import { displayWidth, endOf, startOf } from "./width.ts";

/**
 * - `whole`: never shortened: a number, a duration.
 * - `end`: text that is cut at its end; `middle`: text that keeps both ends.
 * - `address`: an address or a prefix; the length of a prefix stays.
 * - `path`: an AS path; its first and last ASes stay.
 * - `list`: words; the first ones stay, and the number of the others.
 * - `sentence`: is wrapped between words.
 * - `time`: ISO 8601; first the milliseconds go, then the year.
 * - `origin`: `igp`, `egp`, `incomplete`; then `i`, `e`, `?`. `state`: of a session; `Established` becomes `Estab`.
 */
export type Fit = "whole" | "end" | "middle" | "address" | "path" | "list" | "sentence" | "time" | "origin" | "state";

/** No text is shortened to less than this. */
const leastWidth: Readonly<Record<Fit, number>> = {
  whole: Infinity,
  end: 10,
  middle: 12,
  address: 15,
  // The first and the last AS, of ten digits each.
  path: 23,
  list: 16,
  sentence: 40,
  time: 14,
  origin: 1,
  state: 8,
};

/** How narrow a text can be and still say what matters. */
export function shortestOf(text: string, fit: Fit): number {
  const width = displayWidth(text);
  // An IPv4 prefix stays whole, with the path identifier behind it.
  if (fit === "address" && /^[\d.]+(\/|$)/.test(text)) return width;
  if (fit !== "path" || width <= leastWidth.path) return Math.min(width, leastWidth[fit]);
  const words = text.split(" ");
  return Math.min(leastWidth.path, `${words[0]} … ${words.at(-1)}`.length);
}

/** Returns a text of at most `width` columns. */
export function shorten(text: string, width: number, fit: Fit): string {
  if (displayWidth(text) <= width) return text;
  switch (fit) {
    case "address":
      return shortenAddress(text, width);
    case "middle":
      return cutMiddle(text, width, Math.floor((width - 1) / 2));
    case "path":
      return shortenPath(text, width);
    case "list":
      return shortenList(text, width);
    case "time":
      return shortenTime(text, width);
    case "origin":
      return { igp: "i", egp: "e", incomplete: "?" }[text] ?? cutEnd(text, width);
    case "state":
      return cutEnd(text.replace("Established", "Estab"), width);
    case "whole":
    case "end":
    case "sentence":
      return cutEnd(text, width);
    default:
      return fit satisfies never;
  }
}

function cutEnd(text: string, width: number): string {
  return displayWidth(text) <= width ? text : startOf(text, width - 1) + "…";
}

/** `tail`: how many columns of the end stay. */
function cutMiddle(text: string, width: number, tail: number): string {
  return startOf(text, width - 1 - tail) + "…" + endOf(text, tail);
}

/** "2001:db8:1:2:3::/64" → "2001:db8:1…::/64": of both ends about the same, and the length. */
function shortenAddress(text: string, width: number): string {
  const length = /(\/.*)?$/.exec(text)?.[0].length ?? 0;
  return cutMiddle(text, width, Math.min(width - 2, Math.max(length, Math.floor((width - 1) / 2))));
}

/** "65001 65002 65003 65004" → "65001 … 65004": as many ASes as fit, the same number from both ends. */
function shortenPath(text: string, width: number): string {
  const words = text.split(" ");
  let front = 1, back = 1;
  const joined = (first: number, last: number) =>
    [...words.slice(0, first), "…", ...words.slice(words.length - last)].join(" ");
  if (words.length < 3 || joined(front, back).length > width) {
    const last = `… ${words.at(-1) ?? ""}`;
    return last.length <= width && words.length > 1 ? last : cutMiddle(text, width, Math.floor((width - 1) / 2));
  }
  while (front + back < words.length) {
    if (joined(front + 1, back).length <= width) front++;
    else if (joined(front, back + 1).length <= width) back++;
    else break;
    if (front + back < words.length && joined(front, back + 1).length <= width) back++;
  }
  return joined(front, back);
}

/** "65001:1 65001:2 65001:3" → "65001:1 +2". */
function shortenList(text: string, width: number): string {
  const words = text.split(" ");
  for (let kept = words.length - 1; kept > 0; kept--) {
    const short = `${words.slice(0, kept).join(" ")} +${words.length - kept}`;
    if (displayWidth(short) <= width) return short;
  }
  return cutEnd(text, width);
}

/** "2026-01-31T12:00:00.123Z" → "2026-01-31 12:00:00" → "01-31 12:00:00". */
function shortenTime(text: string, width: number): string {
  const [, year, day, clock] = /^(\d{4}-)(\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(text) ?? [];
  if (year === undefined) return cutEnd(text, width);
  const seconds = `${day} ${clock}`;
  return width >= year.length + seconds.length ? year + seconds : cutEnd(seconds, width);
}

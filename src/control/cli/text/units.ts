/** Durations, sizes and counts as text; text in lines of a given width. */

import { displayWidth, startOf } from "./width.ts";

/** `"00:01:18"`; from a day on `"1d02h03m"`; from a week on `"01w0d16h"`, as routers print it. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  if (days >= 7) return `${pad(Math.floor(days / 7))}w${days % 7}d${pad(hours % 24)}h`;
  if (days >= 1) return `${days}d${pad(hours % 24)}h${pad(minutes % 60)}m`;
  return `${pad(hours)}:${pad(minutes % 60)}:${pad(seconds % 60)}`;
}

/** `"1.2 MiB"`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0, value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `"1 peer"`, `"3 peers"`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Lines of at most `width` columns, broken between words; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const isShort = last !== undefined && displayWidth(last) + 1 + displayWidth(word) <= width;
    if (isShort) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The same, but a word that is longer than a line is broken, too. */
export function wrapWhole(text: string, width: number): string[] {
  return wrap(text, width).flatMap((line) => piecesOf(line, width));
}

function piecesOf(word: string, width: number): string[] {
  const pieces: string[] = [];
  let rest = word;
  while (displayWidth(rest) > width) {
    // At least one character, also where it is wider than the line.
    const piece = startOf(rest, width) || [...rest].slice(0, 1).join("");
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return rest === "" && pieces.length > 0 ? pieces : [...pieces, rest];
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

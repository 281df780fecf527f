/** Paths of archive files: fields of strftime in UTC, and back again. */

import type { Millis } from "../../types/mod.ts";

const two = (value: number) => String(value).padStart(2, "0");

/** The path for a time. */
export function pathAt(pattern: string, at: Millis): string {
  const date = new Date(at);
  const dayOfYear = Math.floor((at - Date.UTC(date.getUTCFullYear(), 0)) / 86_400_000) + 1;
  const values: Readonly<Record<string, string>> = {
    Y: String(date.getUTCFullYear()),
    m: two(date.getUTCMonth() + 1),
    d: two(date.getUTCDate()),
    H: two(date.getUTCHours()),
    M: two(date.getUTCMinutes()),
    S: two(date.getUTCSeconds()),
    j: String(dayOfYear).padStart(3, "0"),
    s: String(Math.floor(at / 1000)),
    "%": "%",
  };
  return pattern.replaceAll(/%(.)/g, (field, letter: string) => values[letter] ?? field);
}

/** The time of a path that {@link pathAt} makes of the pattern; `undefined`: the path is not of the archive. */
export function timeOf(pattern: string, path: string): Millis | undefined {
  const letters: string[] = [];
  const expression = pattern.split(/%(.)/).map((part, i) => {
    if (i % 2 === 0) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    if (part === "%") return "%";
    letters.push(part);
    return part === "s" ? "(\\d+)" : part === "Y" ? "(\\d{4})" : part === "j" ? "(\\d{3})" : "(\\d{2})";
  }).join("");
  const found = new RegExp(`^${expression}$`).exec(path);
  if (found === null) return undefined;
  const values = new Map(letters.map((letter, i) => [letter, Number(found[i + 1])]));
  const of = (letter: string, otherwise: number) => values.get(letter) ?? otherwise;
  const day = values.has("j") ? Date.UTC(of("Y", 0), 0, of("j", 1)) : Date.UTC(of("Y", 0), of("m", 1) - 1, of("d", 1));
  const at = values.has("s") ? 1000 * of("s", 0) : day + 1000 * (3600 * of("H", 0) + 60 * of("M", 0) + of("S", 0));
  // A field may stand in the path twice, with two values.
  return pathAt(pattern, at) === path ? at : undefined;
}

/** The folder in which all files of the pattern are: the part before its first field. */
export function rootOf(pattern: string): string {
  const before = pattern.slice(0, pattern.indexOf("%"));
  return before.includes("/") ? before.slice(0, before.lastIndexOf("/") + 1) : "./";
}

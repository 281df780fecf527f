/** Reads the cells of a row of `announcements`. SQL allows any value in any cell. */

import type { SqlValue } from "../../sqlite.ts";

/** The largest number of characters in a cell. */
export const maxTextLength = 20_000;

/** The largest number of characters in an error: it may quote a long cell. */
const maxSentence = 400;

/** What is wrong with a row, in one sentence. Thrown and caught in this folder only. */
export class Wrong extends Error {
  constructor(sentence: string) {
    super(sentence.length <= maxSentence ? sentence : `${sentence.slice(0, maxSentence - 1)}…`);
  }
}

/** Without a value: an empty text. */
export function textOf(value: SqlValue | undefined, name: string): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Uint8Array) throw new Wrong(`${name} is a blob, not text`);
  const text = String(value);
  if (text.length > maxTextLength) throw new Wrong(`${name} is longer than any message`);
  return text.trim();
}

export function numberOf(value: SqlValue | undefined, name: string): number | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  const number = typeof value === "bigint" || typeof value === "number" ? Number(value) : NaN;
  if (Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff) return number;
  throw new Wrong(`${name}: ${shown(value)} is not a whole number from 0 to 4294967295`);
}

/** Words separated by blanks or commas. */
export function listOf<T>(
  value: SqlValue | undefined,
  name: string,
  parse: (word: string) => T | undefined,
  example: string,
): T[] {
  return textOf(value, name).split(/[\s,]+/).filter((word) => word !== "").map((word) => {
    const parsed = parse(word);
    if (parsed === undefined) throw new Wrong(`${name}: "${word}" is not valid; write for example ${example}`);
    return parsed;
  });
}

function shown(value: SqlValue): string {
  return value instanceof Uint8Array ? "a blob" : typeof value === "string" ? `"${value}"` : String(value);
}

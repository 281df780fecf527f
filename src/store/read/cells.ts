/**
 * The value of a cell as the type that its column has. SQLite keeps a value of any type in any column, and anybody can
 * write to the database: a cell of another type is converted, so that a command shows the row and does not fail.
 */

import type { SqlValue } from "../sqlite.ts";

/** `undefined`: the row has no such column. */
type Cell = SqlValue | undefined;

/** Where a column has few texts, the caller may name them. NULL is the empty text. */
export function asText<T extends string = string>(cell: Cell): T {
  return (typeof cell === "string" ? cell : String(cell ?? "")) as T;
}

export function asTextOrNull(cell: Cell): string | null {
  return cell === null || cell === undefined ? null : asText(cell);
}

/** Where a number is an id, the caller may name its type. A text that is no number is NaN. */
export function asInteger<N extends number = number>(cell: Cell): N {
  return (typeof cell === "number" ? cell : Number(cell)) as N;
}

/** A text that is no number is `null`, like NULL. */
export function asIntegerOrNull(cell: Cell): number | null {
  if (cell === null || cell === undefined) return null;
  const value = asInteger(cell);
  return Number.isNaN(value) ? null : value;
}

/** Another value than octets is no octet. */
export function asOctets(cell: Cell): Uint8Array {
  return cell instanceof Uint8Array ? cell : new Uint8Array(0);
}

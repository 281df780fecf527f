/**
 * Aligned tables. Rows stream: the first rows set the widths of the columns, and a later row may be wider. So a table
 * of a million routes needs the memory of a thousand.
 */

import { printable } from "../../../types/mod.ts";

export type Colour = "red" | "green" | "yellow" | "dim" | "bold";

export interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

export interface TableRow {
  /** One character before the first column, for example `*` for a disabled peer. */
  readonly mark?: string;
  readonly cells: readonly (string | Cell)[];
}

const sampleRows = 1000;
/** A longer cell is cut off after so many characters; JSON has the whole text. */
const maxCell = 1_000;
/** The greatest width of a column; a longer cell only widens its own row. */
const maxWidth = 100;

/** The lines of a table, titles first; no lines if there are no rows. */
export function* tableLines(
  columns: readonly Column[],
  rows: Iterable<TableRow>,
  useColour: boolean,
): Generator<string> {
  const iterator = rows[Symbol.iterator]();
  const sample: TableRow[] = [];
  let next = iterator.next();
  for (; next.done !== true; next = iterator.next()) {
    sample.push(next.value);
    if (sample.length === sampleRows) break;
  }
  if (sample.length === 0) return;
  const widths = columns.map((column, i) =>
    sample.reduce((width, row) => Math.max(width, Math.min(maxWidth, lengthOf(row.cells[i]))), column.title.length)
  );
  const titles = columns.map(({ title }) => title);
  yield paint(line({ cells: titles }, columns, widths, false), "bold", useColour);
  for (const row of sample) yield line(row, columns, widths, useColour);
  if (next.done === true) return;
  for (next = iterator.next(); next.done !== true; next = iterator.next()) {
    yield line(next.value, columns, widths, useColour);
  }
}

export function paint(text: string, colour: Colour | undefined, useColour: boolean): string {
  if (!useColour || colour === undefined) return text;
  const codes = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;
  return `\x1b[${codes[colour]}m${text}\x1b[0m`;
}

function line(row: TableRow, columns: readonly Column[], widths: readonly number[], useColour: boolean): string {
  const last = columns.length - 1;
  const cells = columns.map((column, i) => {
    const cell = row.cells[i] ?? "";
    const text = shown(cell);
    const width = widths[i]!;
    const padded = column.align === "right" ? text.padStart(width) : i === last ? text : text.padEnd(width);
    return paint(padded, typeof cell === "string" ? undefined : cell.colour, useColour);
  });
  return `${row.mark ?? " "}${cells.join("  ")}`.trimEnd();
}

function lengthOf(cell: string | Cell | undefined): number {
  return cell === undefined ? 0 : shown(cell).length;
}

/** The database has text of peers: of control characters, only line breaks reach the terminal. */
function shown(cell: string | Cell): string {
  const whole = typeof cell === "string" ? cell : cell.text;
  const text = whole.length <= maxCell ? whole : `${whole.slice(0, maxCell - 1)}…`;
  return text.includes("\n") ? text.split("\n").map(printable).join("\n") : printable(text);
}

/**
 * Aligned tables. Rows stream: the first rows set the widths of the columns. So a table of a million routes needs the
 * memory of a thousand. Without a width the table is whole, and a later row may be wider than its columns. In a
 * terminal no line is wider than the terminal (`layout.ts`); where a later row does not fit, new titles begin.
 */

import { printable } from "../../../types/mod.ts";
import type { Input, Io, Option } from "../command.ts";
import { type CellWidths, type Column, fitOf, type Layout, layoutOf, noCell } from "./layout.ts";
import { shorten, shortestOf } from "./shorten.ts";
import { wrapWhole } from "./units.ts";
import { displayWidth, padLeft, padRight, startOf } from "./width.ts";

export type { Column } from "./layout.ts";

export type Colour = "red" | "green" | "yellow" | "dim" | "bold";

export interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

export interface TableRow {
  /** One character before the first column, for example `*` for a disabled peer. */
  readonly mark?: string;
  /** The colour of the mark. */
  readonly colour?: Colour | undefined;
  readonly cells: readonly (string | Cell)[];
}

export const wideOption: Option = {
  flags: "--wide",
  doc: "print all columns and whole cells, also where the terminal is too narrow for them",
};

const sampleRows = 1000;
/** A longer cell is cut off after so many characters; JSON has the whole text. */
const maxCell = 1_000;
/** The greatest width of a column; a longer cell only widens its own row. */
const maxWidth = 100;
/** Lines below a row, and further lines of a sentence. */
const indent = 4;

/** The output of a command that has {@link wideOption}. */
export function outputFor(input: Input, io: Io): Io {
  return input.flag("wide") ? wideOutput(io) : io;
}

/** Tables are whole. */
export function wideOutput(io: Io): Io {
  return Object.create(io, { columns: { value: Infinity } });
}

/** A table fits the terminal; in a file or a pipe, and with `--wide`, it is whole: `Infinity`. */
export function tableWidth(io: Io): number {
  return io.outputIsTerminal ? io.columns : Infinity;
}

/** Prints a table; nothing if there are no rows. */
export function printTable(columns: readonly Column[], rows: Iterable<TableRow>, io: Io): void {
  for (const line of tableLines(columns, rows, io.useColour, tableWidth(io))) io.write(line + "\n");
}

/** The lines of a table, titles first; no lines if there are no rows. */
export function* tableLines(
  columns: readonly Column[],
  rows: Iterable<TableRow>,
  useColour: boolean,
  width = Infinity,
): Generator<string> {
  const iterator = rows[Symbol.iterator]();
  let sample = take(iterator);
  if (sample.length === 0) return;
  if (width === Infinity) return yield* wholeLines(columns, sample, iterator, useColour);
  let cells = columns.map(() => noCell);
  let fitted: FittedTable | undefined;
  while (sample.length > 0) {
    for (const [i, row] of sample.entries()) {
      if (fitted?.fits(row) !== true) {
        if (fitted !== undefined) yield "";
        cells = measured(columns, sample.slice(i), cells);
        fitted = new FittedTable(columns, layoutOf(columns, cells, width), useColour, width);
        yield fitted.titles();
      }
      yield* fitted.lines(row);
    }
    sample = take(iterator);
  }
}

function take(rows: Iterator<TableRow>): TableRow[] {
  const sample: TableRow[] = [];
  while (sample.length < sampleRows) {
    const next = rows.next();
    if (next.done === true) break;
    sample.push(next.value);
  }
  return sample;
}

function* wholeLines(
  columns: readonly Column[],
  sample: readonly TableRow[],
  rest: Iterator<TableRow>,
  useColour: boolean,
): Generator<string> {
  const cells = measured(columns, sample, columns.map(() => noCell));
  const widths = columns.map(({ title }, i) => Math.max(Math.min(maxWidth, cells[i]?.widest ?? 0), title.length));
  const titles = columns.map(({ title }) => title);
  yield paint(line({ cells: titles }, columns, widths, false), "bold", useColour);
  for (const row of sample) yield line(row, columns, widths, useColour);
  for (let next = rest.next(); next.done !== true; next = rest.next()) {
    yield line(next.value, columns, widths, useColour);
  }
}

/** The widths of all cells of each column, and of those measured before. */
function measured(
  columns: readonly Column[],
  rows: readonly TableRow[],
  before: readonly CellWidths[],
): CellWidths[] {
  return columns.map((column, i) => {
    const fit = fitOf(column);
    let { widest, least } = before[i] ?? noCell;
    for (const { cells } of rows) {
      const text = shown(cells[i] ?? "");
      widest = Math.max(widest, displayWidth(text));
      least = Math.max(least, shortestOf(text, fit));
    }
    return { widest, least };
  });
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
    const width = widths[i] ?? 0;
    const padded = column.align === "right" ? padLeft(text, width) : i === last ? text : padRight(text, width);
    return paint(padded, colourOf(cell), useColour);
  });
  return `${markOf(row, useColour)}${cells.join("  ")}`.trimEnd();
}

function markOf({ mark = " ", colour }: TableRow, useColour: boolean): string {
  return mark === " " ? mark : paint(mark, colour, useColour);
}

function colourOf(cell: string | Cell): Colour | undefined {
  return typeof cell === "string" ? undefined : cell.colour;
}

/** The database has text of peers: of control characters, only line breaks reach the terminal. */
function shown(cell: string | Cell): string {
  const whole = typeof cell === "string" ? cell : cell.text;
  const text = whole.length <= maxCell ? whole : `${whole.slice(0, maxCell - 1)}…`;
  return text.includes("\n") ? text.split("\n").map(printable).join("\n") : printable(text);
}

/** Rows in one layout. No line is wider than `width`. */
class FittedTable {
  readonly #columns: readonly Column[];
  readonly #layout: Layout;
  readonly #useColour: boolean;
  readonly #width: number;

  constructor(columns: readonly Column[], layout: Layout, useColour: boolean, width: number) {
    this.#columns = columns;
    this.#layout = layout;
    this.#useColour = useColour;
    this.#width = width;
  }

  titles(): string {
    const { beside, gap } = this.#layout;
    const titles = beside.map(({ title, width, index }) => this.#pad(title, index, width));
    return paint(startOf(` ${titles.join(gap)}`.trimEnd(), this.#width), "bold", this.#useColour);
  }

  /** False where the layout has no place for a text of the row, or another one has more. */
  fits({ cells }: TableRow): boolean {
    const { beside, empty, isFull } = this.#layout;
    for (const i of empty) if (shown(cells[i] ?? "") !== "") return false;
    return beside.every(({ index, width }) => {
      const mayShorten = isFull && fitOf(this.#columns[index] ?? { title: "" }) !== "whole";
      return mayShorten || displayWidth(shown(cells[index] ?? "")) <= width;
    });
  }

  *lines(row: TableRow): Generator<string> {
    const { beside, gap } = this.#layout;
    let plain = row.mark ?? " ", coloured = markOf(row, this.#useColour);
    const more: string[] = [];
    for (const [i, { index, width }] of beside.entries()) {
      if (i > 0) {
        plain += gap;
        coloured += gap;
      }
      const cell = row.cells[index] ?? "";
      const isLast = i === beside.length - 1;
      // The last column takes what is left.
      const room = isLast ? this.#width - displayWidth(plain) : width;
      const [text = "", ...others] = this.#cellLines(cell, index, Math.max(1, room), isLast);
      more.push(...others.map((other) => " ".repeat(displayWidth(plain)) + other));
      const isOpen = isLast && this.#columns[index]?.align !== "right";
      const padded = isOpen ? text : this.#pad(text, index, width);
      plain += padded;
      coloured += paint(padded, colourOf(cell), this.#useColour && text !== "");
    }
    // A terminal of thirty columns may be too narrow for two columns that are whole.
    yield displayWidth(plain.trimEnd()) <= this.#width ? coloured.trimEnd() : startOf(plain, this.#width);
    yield* more.map((each) => startOf(each, this.#width));
    yield* this.#below(row);
  }

  /** The lines of a cell: several for a sentence, or for a text with line breaks, in the last column. */
  #cellLines(cell: string | Cell, index: number, width: number, isLast: boolean): string[] {
    const fit = fitOf(this.#columns[index] ?? { title: "" });
    const lines = shown(cell).split("\n");
    if (!isLast) return [shorten(lines.join(" "), width, fit)];
    return lines.flatMap((text) => fit === "sentence" ? wrapWhole(text, width) : [shorten(text, width, fit)]);
  }

  /** A sentence is whole and wrapped; any other text is shortened to one line, if the line is long enough. */
  *#below({ cells }: TableRow): Generator<string> {
    const room = Math.max(1, this.#width - indent);
    const parts = this.#layout.below.flatMap((index) => {
      const text = shown(cells[index] ?? "").replaceAll("\n", " ");
      if (text === "") return [];
      const column = this.#columns[index] ?? { title: "" };
      const title = `${column.title}: `;
      const fit = fitOf(column);
      const left = room - title.length;
      const isWhole = fit === "sentence" || left < shortestOf(text, fit);
      return [title + (isWhole ? text : shorten(text, left, fit))];
    });
    let waiting = "";
    for (const part of parts) {
      if (waiting !== "" && displayWidth(waiting) + 2 + displayWidth(part) > room) {
        yield* this.#indented(waiting, room);
        waiting = "";
      }
      waiting = waiting === "" ? part : `${waiting}  ${part}`;
    }
    if (waiting !== "") yield* this.#indented(waiting, room);
  }

  *#indented(text: string, room: number): Generator<string> {
    for (const part of wrapWhole(text, room)) {
      yield paint(startOf(" ".repeat(indent) + part, this.#width), "dim", this.#useColour);
    }
  }

  #pad(text: string, index: number, width: number): string {
    return this.#columns[index]?.align === "right" ? padLeft(text, width) : padRight(text, width);
  }
}

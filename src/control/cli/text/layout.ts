/**
 * Which columns of a table a terminal of a given width shows, and how wide each is. If the table is too wide, in this
 * order: short titles, one space between the columns, without empty columns, without columns that another command
 * shows, shorter cells; then the last columns move to lines below each row.
 */

import type { Fit } from "./shorten.ts";

export interface Column {
  readonly title: string;
  /** The title in a narrow terminal. */
  readonly short?: string;
  readonly align?: "left" | "right";
  /** How a cell becomes shorter; `end` if it is not given, and `whole` for numbers (aligned right). */
  readonly fit?: Fit;
  /** The column may be left out. Columns with the same number go together, those with low numbers first. */
  readonly dispensable?: number;
  /** The column stays where all its cells are empty. */
  readonly keptEmpty?: boolean;
}

export interface Layout {
  /** The columns beside each other: their index, title and width. */
  readonly beside: readonly Placed[];
  /** The indexes of the columns below: each has its title in front of each cell. */
  readonly below: readonly number[];
  /** The indexes of columns that were empty; a cell with text needs another layout. */
  readonly empty: ReadonlySet<number>;
  readonly gap: string;
  /** No column can be wider. */
  readonly isFull: boolean;
}

export interface Placed {
  readonly index: number;
  readonly title: string;
  readonly width: number;
}

/**
 * In which order columns become narrower, and down to which width: first those that say the same in fewer characters,
 * then long texts down to a comfortable width, then addresses, then each down to its least width.
 */
const steps: readonly (readonly [fits: readonly Fit[], least: number])[] = [
  [["origin", "state"], 0],
  [["time"], 19],
  [["list"], 28],
  [["end", "sentence"], 40],
  [["path"], 36],
  [["middle", "address"], 24],
  [["list", "time"], 0],
  [["path"], 0],
  [["end", "sentence"], 0],
  [["middle", "address"], 0],
];

/** Columns are left out if long texts would be narrower than this. */
const comfortable = 40;

export function fitOf({ fit, align }: Column): Fit {
  return fit ?? (align === "right" ? "whole" : "end");
}

/** The widths of the cells of a column: of the widest one, and how narrow all cells can be. */
export interface CellWidths {
  readonly widest: number;
  readonly least: number;
}

export const noCell: CellWidths = { widest: 0, least: 0 };

/** `width`: of the terminal; the mark of a row takes one column. */
export function layoutOf(columns: readonly Column[], cells: readonly CellWidths[], width: number): Layout {
  const all = columns.map((column, index) => new Measured(column, index, cells[index] ?? noCell));
  const room = width - 1;
  const plain = all.map(({ index, column, widest }) => ({
    index,
    title: column.title,
    width: Math.max(widest, column.title.length),
  }));
  const none = { below: [], empty: new Set<number>() };
  if (total(plain.map((each) => each.width), 2) <= room) return { beside: plain, gap: "  ", isFull: false, ...none };
  const filled = all.filter(({ column, widest }) => widest > 0 || column.keptEmpty === true);
  const empty = new Set(all.filter((each) => !filled.includes(each)).map(({ index }) => index));
  const kept = withoutDispensable(filled, room);
  const beside = [...kept];
  while (beside.length > 1 && total(beside.map(({ least }) => least), 1) > room) beside.pop();
  const gap = total(beside.map(({ natural }) => natural), 2) <= room ? 2 : 1;
  const placed = narrowed(beside, room, gap);
  return {
    beside: placed,
    below: kept.slice(beside.length).map(({ index }) => index),
    empty,
    gap: " ".repeat(gap),
    isFull: total(placed.map((each) => each.width), gap) >= room,
  };
}

class Measured {
  readonly fit: Fit;
  readonly short: string;
  readonly widest: number;
  /** The width of all cells whole, and the least width. */
  readonly natural: number;
  readonly least: number;

  constructor(readonly column: Column, readonly index: number, { widest, least }: CellWidths) {
    this.fit = fitOf(column);
    this.short = column.short ?? column.title;
    this.widest = widest;
    this.natural = Math.max(widest, this.short.length);
    this.least = Math.max(least, this.short.length);
  }
}

function withoutDispensable(columns: readonly Measured[], room: number): Measured[] {
  const width = ({ least, natural }: Measured) => Math.max(least, Math.min(natural, comfortable));
  const order = new Set(columns.flatMap(({ column }) => column.dispensable ?? []).sort((a, b) => a - b));
  let kept = [...columns];
  for (const number of order) {
    if (total(kept.map(width), 1) <= room) break;
    kept = kept.filter(({ column }) => column.dispensable !== number);
  }
  return kept;
}

/** Takes from the widest column of each step in turn, until all columns fit. */
function narrowed(columns: readonly Measured[], room: number, gap: number): Placed[] {
  const placed = columns.map((each) => ({ each, width: each.natural }));
  const excess = () => total(placed.map(({ width }) => width), gap) - room;
  for (const [fits, least] of steps) {
    const some = placed.filter(({ each }) => fits.includes(each.fit));
    for (let over = excess(); over > 0; over--) {
      const widest = some.filter(({ each, width }) => width > Math.max(each.least, least))
        .reduce<(typeof some)[number] | undefined>((a, b) => a === undefined || b.width > a.width ? b : a, undefined);
      if (widest === undefined) break;
      widest.width--;
    }
  }
  let spare = -excess();
  return placed.map(({ each: { column, index, short }, width }) => {
    // A whole title stands where there is room for it.
    const longer = column.title.length - width;
    if (longer <= 0) return { index, title: column.title, width };
    if (longer > spare) return { index, title: short, width };
    spare -= longer;
    return { index, title: column.title, width: column.title.length };
  });
}

function total(widths: readonly number[], gap: number): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, widths.length - 1);
}

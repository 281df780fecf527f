/** Prints rows of values as a table, as lines separated by `|` like `sqlite3`, as CSV, or as JSON. Rows stream. */

import type { Io } from "../command.ts";
import type { Fit } from "./shorten.ts";
import { printTable } from "./table.ts";

export type Value = null | number | bigint | string | Uint8Array;

export interface Rows {
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly Value[]>;
}

export const rowFormats = ["table", "list", "csv", "json"] as const;
export type RowFormat = typeof rowFormats[number];

export interface RowOptions {
  readonly format: RowFormat;
  /** The names of the columns come first, in the formats list and csv. */
  readonly headers: boolean;
}

/** How values of the views become shorter, by the name of their column. */
const fits: Readonly<Record<string, Fit>> = {
  ...named("address", "peer", "prefix", "next_hop", "remote_ip", "local_ip"),
  ...named("path", "as_path"),
  ...named("list", "communities", "large_communities", "ext_communities"),
  ...named("time", "received_at", "valid_from", "valid_to", "at", "since", "eor_at", "stale_until"),
};

function named(fit: Fit, ...columns: readonly string[]): Record<string, Fit> {
  return Object.fromEntries(columns.map((column) => [column, fit]));
}

export function printRows({ columns, rows }: Rows, { format, headers }: RowOptions, io: Io): void {
  switch (format) {
    case "table": {
      const titles = columns.map((title) => ({ title, keptEmpty: true, fit: fits[title] ?? "end" }));
      printTable(titles, tableRows(rows), io);
      break;
    }
    case "list":
      if (headers) io.write(columns.join("|") + "\n");
      for (const row of rows) io.write(row.map(valueText).join("|") + "\n");
      break;
    case "csv":
      if (headers) io.write(columns.map(csvText).join(",") + "\n");
      for (const row of rows) io.write(row.map((value) => csvText(valueText(value))).join(",") + "\n");
      break;
    case "json": {
      const keys = columns.map((column) => JSON.stringify(column));
      printJsonList(
        mapRows(rows, (row) => `{${row.map((value, i) => `${keys[i]}:${jsonValue(value)}`).join(",")}}`),
        io,
      );
      break;
    }
    default:
      format satisfies never;
  }
}

/** Prints a JSON list with one item on each line, so that a reader can process each line when it arrives. */
export function printJsonList(items: Iterable<string>, io: Io): void {
  let separator = "[\n";
  for (const item of items) {
    io.write(separator + item);
    separator = ",\n";
  }
  io.write(separator === "[\n" ? "[]\n" : "\n]\n");
}

function* tableRows(rows: Iterable<readonly Value[]>): Generator<{ cells: string[] }> {
  for (const row of rows) yield { cells: row.map(valueText) };
}

function* mapRows<T, U>(rows: Iterable<T>, map: (row: T) => U): Generator<U> {
  for (const row of rows) yield map(row);
}

function valueText(value: Value): string {
  if (value === null) return "";
  return value instanceof Uint8Array ? value.toHex() : String(value);
}

/** RFC 4180. */
function csvText(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Integers beyond 2^53 keep all digits: JSON has no limit. */
function jsonValue(value: Value): string {
  if (typeof value === "bigint") return String(value);
  return JSON.stringify(value instanceof Uint8Array ? value.toHex() : value);
}

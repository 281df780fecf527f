/** What is wrong with a statement of the user, where it is, and what may be meant. */

import { nearest } from "../../../config/toml/errors.ts";
import { StoreError, StoreRefusal } from "../../../store/errors.ts";
import { displayWidth } from "../text/width.ts";

export interface SqlProblem {
  /** For example `no such column: nexthop; did you mean next_hop?`. */
  readonly text: string;
  /** The index in the statement; `undefined`: SQLite does not say where. */
  readonly at: number | undefined;
}

export interface SqlNames {
  readonly tables: readonly string[];
  readonly columns: readonly string[];
}

/** The error of SQLite that `prepare` throws for a text; `undefined`: it throws none. */
export type Prepare = (text: string) => string | undefined;

/** `undefined`: the error does not come from the statement. */
export function sqlProblem(
  statement: string,
  error: unknown,
  prepare: Prepare,
  names: () => SqlNames,
): SqlProblem | undefined {
  const reason = reasonOf(error);
  if (reason === undefined) return undefined;
  const [, token] = /^near "([^]*)": syntax error$/.exec(reason) ?? [];
  if (token !== undefined) {
    return { text: `syntax error near "${token}"`, at: syntaxErrorAt(statement, token, prepare) };
  }
  if (reason === "incomplete input") return { text: "the statement is incomplete", at: statement.length };
  const [, kind, name] = /^(?:no such|ambiguous) (table|column|function)(?: name)?: (\S+)$/.exec(reason) ?? [];
  if (kind === undefined || name === undefined) return { text: reason, at: undefined };
  const last = name.slice(name.lastIndexOf(".") + 1);
  const near = kind === "function" || reason.startsWith("ambiguous")
    ? undefined
    : nearest(last, [...kind === "table" ? names().tables : names().columns]);
  return { text: reason + (near === undefined ? "" : `; did you mean ${near}?`), at: wordAt(statement, last) };
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof StoreRefusal) return error.reason;
  // Such an error counts as damage of the database where bgpd wrote the statement.
  const cause = error instanceof StoreError && error.cause instanceof Error ? error.cause.message : "";
  return /^no such table: /.test(cause) ? cause : undefined;
}

/**
 * SQLite names the token, but not its place. The place is the first one behind which SQLite already gives that error:
 * a statement that is cut off earlier is incomplete.
 */
function syntaxErrorAt(statement: string, token: string, prepare: Prepare): number | undefined {
  for (let at = statement.indexOf(token); at !== -1; at = statement.indexOf(token, at + 1)) {
    if (prepare(statement.slice(0, at + token.length)) === `near "${token}": syntax error`) return at;
  }
  return undefined;
}

/** Where a name stands as a word of its own. */
function wordAt(statement: string, word: string): number | undefined {
  for (let at = statement.indexOf(word); at !== -1; at = statement.indexOf(word, at + 1)) {
    const isPart = /\w/.test(statement[at - 1] ?? " ") || /\w/.test(statement[at + word.length] ?? " ");
    if (!isPart) return at;
  }
  return undefined;
}

/** `, line 2, column 8`. A statement of one line only has a column. */
export function placeText(statement: string, at: number | undefined): string {
  if (at === undefined) return "";
  const before = statement.slice(0, at).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  return statement.includes("\n") ? `, line ${before.length}, column ${column}` : `, column ${column}`;
}

/** The line of the error, and below it a `^` at its place, in `columns` characters. */
export function caretLines(statement: string, at: number, columns: number): string[] {
  const start = statement.lastIndexOf("\n", at - 1) + 1;
  const line = statement.slice(start).split("\n", 1).join("").replaceAll("\t", " ");
  const width = Math.max(20, columns - 4);
  const from = Math.max(0, at - start - width + 10);
  return [`  ${line.slice(from, from + width)}`, `  ${" ".repeat(displayWidth(line.slice(from, at - start)))}^`];
}

/**
 * The questions of `examples/queries.sql` by name. The file has example values, so that people can paste its queries;
 * here they are parameters. The plans stay those of the file (a test compares them).
 */

import questions from "../../../examples/queries.sql" with { type: "text" };
import { nearest } from "../../config/toml/errors.ts";
import type { Millis } from "../../types/mod.ts";
import { StoreError } from "../errors.ts";
import type { Database, SqlRow, SqlValue } from "../sqlite.ts";
import { queryNames, type QueryParameter } from "./query_names.ts";

export interface NamedQuery {
  /** `prefix-routes` */
  readonly name: string;
  /** The question, as the file has it. */
  readonly question: string;
  /** An index answers it; otherwise it walks over whole tables. */
  readonly byIndex: boolean;
  readonly parameters: readonly QueryParameter[];
  /** With `?1`, `?2` for the parameters. */
  readonly sql: string;
}

export interface NamedAnswer {
  readonly columns: readonly string[];
  /** Integers come as `bigint`. */
  readonly rows: readonly SqlRow[];
  /** There are more rows than were asked for. */
  readonly truncated: boolean;
}

/** The queries in the order of the file. */
export const namedQueries: readonly NamedQuery[] = readQueries(questions);

function readQueries(text: string): NamedQuery[] {
  const pieces = new Map(
    text.split(/^(?=-- \d+\. )/m).slice(1).map((piece) => {
      const [first = "", ...lines] = piece.trimEnd().split("\n");
      const [, number, title = ""] = /^-- (\d+)\. (.*)$/.exec(first) ?? [];
      return [Number(number), { title, statements: lines.join("\n").split(/;\s*$/m) }];
    }),
  );
  return queryNames.map(({ number, name, statement = 0, parameters = [] }) => {
    const piece = pieces.get(number)!;
    let sql = piece.statements[statement]!.trim();
    for (const [i, { edits }] of parameters.entries()) {
      for (const [from, to] of edits) sql = sql.replaceAll(from, to.replaceAll("?", `?${i + 1}`));
    }
    // The hint in brackets and its sentence are for people who read the file.
    const question = piece.title.replace(/ ?\((?:by|walks)[^)]*\)$/, "");
    return { name, question, byIndex: piece.title.includes("(by index"), parameters, sql };
  });
}

/** Throws {@link StoreError} for an unknown name. */
export function findQuery(name: string): NamedQuery {
  const found = namedQueries.find((query) => query.name === name);
  if (found !== undefined) return found;
  const near = nearest(name, namedQueries.map((query) => query.name));
  throw new StoreError(`there is no query "${name}"${near === undefined ? "" : `; did you mean ${near}?`}`);
}

/**
 * The parameters as values. `time` reads a time. Throws {@link StoreError} for a missing, unknown or wrong one.
 */
export function queryValues(
  { name, parameters }: NamedQuery,
  given: ReadonlyMap<string, string>,
  time: (text: string) => Millis,
): SqlValue[] {
  const known = parameters.map((parameter) => parameter.name);
  for (const key of given.keys()) {
    if (known.includes(key)) continue;
    const takes = known.length === 0 ? "no parameters" : `the parameters ${known.join(", ")}`;
    throw new StoreError(`the query ${name} has no parameter "${key}"; it takes ${takes}`);
  }
  return parameters.map((parameter) => {
    const text = given.get(parameter.name) ?? parameter.default;
    if (text === undefined) {
      throw new StoreError(`the query ${name} needs ${parameter.name}: ${parameter.doc}, such as ${parameter.example}`);
    }
    const value = parameter.read(text.trim(), time);
    // A number would become REAL, and 3356.0 as text.
    if (value !== undefined) return typeof value === "number" ? BigInt(Math.trunc(value)) : value;
    throw new StoreError(`${parameter.name}: "${text}" is not ${parameter.doc}, such as ${parameter.example}`);
  });
}

/** Runs a query for `limit` rows at most. Afterwards no statement is open. */
export function runNamed(db: Database, query: NamedQuery, values: readonly SqlValue[], limit: number): NamedAnswer {
  const statement = db.prepare(query.sql).useBigInts();
  const rows: SqlRow[] = [];
  let truncated = false;
  for (const row of statement.iterate(...values)) {
    truncated = rows.length === limit;
    if (truncated) break;
    rows.push(row);
  }
  return { columns: statement.columns, rows, truncated };
}

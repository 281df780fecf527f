/** Answers of SQL: ready queries and free ones, with limits; and what can be asked. */

import { StoreError } from "../../../store/errors.ts";
import { namedQueries } from "../../../store/read/named_queries.ts";
import type { StoreReader } from "../../../store/read/reader.ts";
import { schemaComments } from "../../../store/read/schema_comments.ts";
import { sqlFunctions } from "../../../store/read/functions.ts";
import { nearest } from "../../../config/toml/errors.ts";
import { CommandError } from "../command.ts";
import { isBlank, splitStatements } from "../database/statements.ts";
import { sqlProblem } from "../database/sql_error.ts";
import { parseTime } from "../text/time.ts";

export interface SqlAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Why rows are missing. */
  readonly truncated: string | undefined;
  readonly seconds: number;
}

type Cell = null | number | bigint | string | Uint8Array;

/** Characters of an answer, and of one value: an assistant reads all of them. */
const mostCharacters = 200_000;
const mostOfValue = 4_000;
/** What SQLite may take, for sorting, too: temporary files could fill the disk of the router. */
const mostBytes = 256 * 1024 * 1024;

export function listQueries(): unknown[] {
  return namedQueries.map(({ name, question, byIndex, parameters }) => ({
    name,
    question,
    parameters: parameters.map((each) => ({
      name: each.name,
      doc: each.doc,
      example: each.example,
      ...each.default === undefined ? { required: true } : { default: each.default },
    })),
    speed: byIndex ? "milliseconds: an index answers it" : "up to seconds on a full table",
  }));
}

export async function answerNamed(
  reader: StoreReader,
  name: string,
  given: ReadonlyMap<string, string>,
  limit: number,
): Promise<SqlAnswer> {
  reader.limitMemory(mostBytes);
  const began = performance.now();
  const time = (text: string) => parseTime(text, Date.now());
  const { columns, rows } = await reader.named(name, given, { limit: limit + 1, time });
  return cut(columns, rows, limit, began);
}

/** One SELECT. Throws {@link CommandError} in words for any other statement, and for a mistake. */
export function answerSql(reader: StoreReader, text: string, limit: number): SqlAnswer {
  const statement = onlySelect(text);
  reader.limitMemory(mostBytes);
  const began = performance.now();
  try {
    const { columns, rows } = reader.sql(statement);
    return cut(columns, rows, limit, began);
  } catch (error) {
    throw explained(reader, statement, error);
  }
}

function onlySelect(text: string): string {
  const { whole, rest } = splitStatements(text);
  const [statement, ...others] = [...whole, ...isBlank(rest) ? [] : [rest]];
  if (statement === undefined) throw new CommandError("the query has no SQL statement");
  if (others.length > 0) throw new CommandError("give one SELECT statement: the query has several");
  const plain = statement.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)+/, "");
  const [first = ""] = /^\w*/.exec(plain) ?? [];
  if (/^(select|with|values|explain)$/i.test(first)) return statement;
  throw new CommandError(
    `only SELECT statements are run, not ${first.toUpperCase() || "this"}: nothing can be changed here`,
  );
}

/** Takes rows until a limit. */
function cut(
  columns: readonly string[],
  found: Iterable<readonly Cell[]>,
  limit: number,
  began: number,
): SqlAnswer {
  const rows: unknown[][] = [];
  let characters = 0;
  let truncated: string | undefined;
  for (const row of found) {
    if (rows.length === limit) truncated = `there are more rows: these are the first ${limit} (limit)`;
    else if (characters > mostCharacters) {
      truncated = `the answer is too long: these are the first ${rows.length} rows; select fewer columns`;
    }
    if (truncated !== undefined) break;
    const values = row.map(jsonValue);
    characters += values.reduce<number>((sum, value) => sum + String(value).length, 0);
    rows.push(values);
  }
  return { columns, rows, truncated, seconds: Math.round(performance.now() - began) / 1_000 };
}

/** Integers that JSON readers would round come as text; octets as hexadecimal digits. */
function jsonValue(value: Cell): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  const text = value instanceof Uint8Array ? value.subarray(0, mostOfValue).toHex() : value;
  if (typeof text !== "string" || text.length <= mostOfValue) return text;
  return `${text.slice(0, mostOfValue)}… (${text.length} characters)`;
}

/** An error of SQLite in words that say what to do. */
function explained(reader: StoreReader, statement: string, error: unknown): unknown {
  if (error instanceof StoreError && /out of memory|string or blob too big/.test(error.message)) {
    return new CommandError("the query needs too much memory: sort or join fewer rows");
  }
  if (error instanceof StoreError && /read-only/.test(error.message)) {
    return new CommandError("only SELECT statements are run: nothing can be changed here");
  }
  const names = () => ({
    tables: [...schemaComments().keys()],
    columns: [...schemaComments().values()].flatMap(({ meanings }) => [...meanings.keys()]),
  });
  const problem = sqlProblem(statement, error, (text) => prepareError(reader, text), names);
  return problem === undefined ? error : new CommandError(`${problem.text}; the tool schema describes the views`);
}

function prepareError(reader: StoreReader, text: string): string | undefined {
  try {
    reader.sql(text);
    return undefined;
  } catch (error) {
    return error instanceof StoreError && error.cause instanceof Error ? error.cause.message : undefined;
  }
}

/** All views, or one view or table with its columns. Throws {@link CommandError} for an unknown name. */
export function describeSchema(name: string | undefined): Readonly<Record<string, unknown>> {
  const all = schemaComments();
  if (name === undefined) {
    const views = [...all].filter(([, { kind }]) => kind === "view").map(([name, { about }]) => ({ name, about }));
    return { views, functions: sqlFunctions.map(([call, returns]) => ({ call, returns })) };
  }
  const found = all.get(name.toLowerCase());
  if (found === undefined) {
    const near = nearest(name, all.keys());
    throw new CommandError(`there is no view ${name}${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  return { name: name.toLowerCase(), kind: found.kind, about: found.about, columns: columnsOf(found.base, found) };
}

type Comment = ReturnType<typeof schemaComments> extends ReadonlyMap<string, infer One> ? One : never;

/** With those that a view has from another one. */
function columnsOf(base: string, { meanings }: Comment): Readonly<Record<string, string>> {
  const other = schemaComments().get(base);
  return { ...other && columnsOf(other.base, other), ...Object.fromEntries(meanings) };
}

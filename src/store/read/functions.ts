/**
 * SQL functions of `bgpd sql`. They return NULL for a text that is not an address or a prefix, as the functions of
 * SQLite do.
 */

import { PathExpression } from "../../policy/path_expression.ts";
import { parseAddress, parsePrefix, prefixContains } from "../../types/mod.ts";
import type { Database, SqlValue } from "../sqlite.ts";
import { StoreError } from "../errors.ts";
import { LongestMatch } from "./longest_match.ts";

/** The functions and what they return, for people. */
export const sqlFunctions: readonly (readonly [call: string, returns: string])[] = [
  ["ip(x)", "the octets of an address, in an order that sorts addresses; for a prefix one more octet with its length"],
  ["contains(outer, x)", "1 if the prefix outer contains the address or prefix x, otherwise 0"],
  [
    "path_matches(as_path, expression)",
    "1 if the AS path matches the expression, in the syntax of policies (_ is a boundary), otherwise 0. The time is" +
    " linear in the length of the path for every expression",
  ],
  ["lpm(address)", "the longest prefix with a best route that contains the address"],
];

/** The functions return integers as `bigint`, because SQLite would store a number as REAL. */
export function defineFunctions(db: Database): void {
  db.define("ip", (text) => ip(text));
  db.define("contains", (outer, inner) => contains(outer, inner));
  db.define("path_matches", (path, expression) => pathMatches(path, expression));
  const match = new LongestMatch(db, "best");
  // Not deterministic: the result changes with the table.
  db.define("lpm", (text) => typeof text === "string" ? match.find(text)?.prefix ?? null : null, {
    deterministic: false,
  });
}

/** An expression in the usual syntax of looking glasses. Throws {@link StoreError} with the reason. */
export function asPathExpression(text: string): PathExpression {
  try {
    return new PathExpression(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new StoreError(`"${text}" is not an AS path expression: ${error.message}`);
  }
}

/** A statement passes the same expression for every attribute set. */
let lastExpressionText = "";
let lastExpression = new PathExpression("");

function pathMatches(path: SqlValue, expression: SqlValue): SqlValue {
  if (typeof path !== "string" || typeof expression !== "string") return null;
  if (expression !== lastExpressionText) {
    lastExpression = asPathExpression(expression);
    lastExpressionText = expression;
  }
  return lastExpression.test(path) ? 1n : 0n;
}

function ip(text: SqlValue): SqlValue {
  if (typeof text !== "string") return null;
  if (!text.includes("/")) return parseAddress(text) ?? null;
  const prefix = parsePrefix(text);
  if (prefix === undefined) return null;
  const octets = new Uint8Array(prefix.octets.length + 1);
  octets.set(prefix.octets);
  octets[prefix.octets.length] = prefix.length;
  return octets;
}

/** A join passes the same outer prefix many times in a row. */
let lastText = "";
let lastPrefix: ReturnType<typeof parsePrefix>;

function contains(outer: SqlValue, inner: SqlValue): SqlValue {
  if (typeof outer !== "string" || typeof inner !== "string") return null;
  if (outer !== lastText) {
    lastText = outer;
    lastPrefix = parsePrefix(outer);
  }
  const prefix = parsePrefix(inner);
  if (lastPrefix === undefined || prefix === undefined) return null;
  return prefixContains(lastPrefix, prefix.octets, prefix.length) ? 1n : 0n;
}

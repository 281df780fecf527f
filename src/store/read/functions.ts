/**
 * SQL functions about addresses, on connections of `bgpd sql`. What is no address or prefix gives NULL, as SQLite's own
 * functions do.
 *
 * - `ip(x)`: octets that sort as addresses do: 4 or 16, and for a prefix one more with its length.
 * - `contains(outer, x)`: 1 where the prefix `outer` contains the address or prefix `x`, else 0.
 * - `path_matches(as_path, expression)`: 1 where the AS path matches the pattern, in the dialect of policies (`_` is a boundary). The
 *   time for it grows with the path, whatever the pattern.
 * - `lpm(address)`: the longest prefix with a best route that contains the address.
 */

import { PathExpression } from "../../policy/mod.ts";
import { parseAddress, parsePrefix, prefixContains } from "../../types/mod.ts";
import type { Database, SqlValue } from "../sqlite.ts";
import { StoreError } from "../errors.ts";
import { LongestMatch } from "./longest_match.ts";

/** Integers are `bigint` here: a number would become a REAL. */
export function defineFunctions(db: Database): void {
  db.define("ip", (text) => ip(text));
  db.define("contains", (outer, inner) => contains(outer, inner));
  db.define("path_matches", (path, expression) => pathMatches(path, expression));
  const match = new LongestMatch(db, "best");
  // Its answer changes with the table.
  db.define("lpm", (text) => typeof text === "string" ? match.find(text)?.prefix ?? null : null, false);
}

/** The usual dialect of looking glasses. Throws {@link StoreError} with the reason. */
export function asPathExpression(text: string): PathExpression {
  try {
    return new PathExpression(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new StoreError(`"${text}" is not an AS path expression: ${error.message}`);
  }
}

/** One statement asks with the same expression for every set. */
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

/** A join asks for the same outer prefix again and again. */
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

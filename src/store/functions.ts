/**
 * SQL functions about addresses, on connections of `bgpd sql`. What is no address or prefix gives NULL, as SQLite's own
 * functions do.
 *
 * - `ip(x)`: octets that sort as addresses do: 4 or 16, and for a prefix one more with its length.
 * - `contains(outer, x)`: 1 where the prefix `outer` contains the address or prefix `x`, else 0.
 * - `lpm(address)`: the longest prefix with a best route that contains the address.
 */

import { parseAddress, parsePrefix, prefixContains } from "../types/mod.ts";
import type { Database, SqlValue } from "./sqlite.ts";
import { LongestMatch } from "./longest_match.ts";

export function defineFunctions(db: Database): void {
  db.define("ip", (text) => ip(text));
  db.define("contains", (outer, inner) => contains(outer, inner));
  const match = new LongestMatch(db, "best");
  // Its answer changes with the table.
  db.define("lpm", (text) => typeof text === "string" ? match.find(text)?.prefix ?? null : null, false);
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
  return prefixContains(lastPrefix, prefix.octets, prefix.length) ? 1 : 0;
}

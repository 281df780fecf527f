/** Rows of an operator's query as what is wrong: each row is a subject. */

import type { SqlRow, SqlValue } from "../../store/mod.ts";
import type { Found, Wrong } from "./found.ts";

/** So long is a value that people read. */
const longestValue = 200;
const longestText = 500;

/** Columns with these names mean what they mean in the answers of the API; without `subject`, the first one is it. */
export function rowsFound(
  { columns, rows }: { readonly columns: readonly string[]; readonly rows: readonly SqlRow[] },
  most: number,
): Found {
  const names = columns.map((name) => name.toLowerCase());
  const wrong = new Map<string, Wrong>();
  for (const row of rows) {
    const value = (name: string) => row[names.indexOf(name)] ?? null;
    const subject = shown(names.includes("subject") ? value("subject") : row[0] ?? null);
    // A subject is wrong once.
    if (wrong.has(subject)) continue;
    if (wrong.size >= most) return { wrong: [...wrong.values()], unknown: "others" };
    const peer = value("peer"), origin = value("origin_as");
    wrong.set(subject, {
      subject,
      text: value("text") === null
        ? columns.map((name, i) => `${name} ${shown(row[i] ?? null)}`).join(", ").slice(0, longestText)
        : shown(value("text"), longestText),
      since: timeOf(value("since")),
      prefix: textOrNull(value("prefix")),
      peers: peer === null ? [] : [shown(peer)],
      origin: typeof origin === "bigint" ? Number(origin) : null,
      asPath: textOrNull(value("as_path")),
    });
  }
  return { wrong: [...wrong.values()], unknown: [] };
}

function textOrNull(value: SqlValue): string | null {
  return value === null ? null : shown(value);
}

function shown(value: SqlValue, longest = longestValue): string {
  const text = value === null ? "NULL" : value instanceof Uint8Array ? value.toHex() : String(value);
  return text.slice(0, longest);
}

/** ISO 8601 text, or milliseconds since 1970. */
function timeOf(value: SqlValue): number | null {
  const time = typeof value === "string" ? Date.parse(value) : value === null ? NaN : Number(value);
  return Number.isFinite(time) ? time : null;
}

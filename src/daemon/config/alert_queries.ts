/** Whether the database understands the queries of alerts: `bgpd check` asks it where it exists. */

import type { ConfigError, Written } from "../../config/mod.ts";
import { StoreError, WebReader } from "../../store/mod.ts";

/** The mistakes of `sql` in `[[alerts]]`, where they stand. Nothing is known without a database. */
export function alertQueryErrors({ top }: Written, database: string): ConfigError[] {
  const queries = (top.values.alerts ?? []).flatMap(({ entries }) => {
    const sql = entries.get("sql");
    return sql?.kind === "string" ? [sql] : [];
  });
  if (queries.length === 0) return [];
  let reader: WebReader;
  try {
    reader = new WebReader(database);
  } catch (error) {
    if (error instanceof StoreError) return [];
    throw error;
  }
  try {
    return queries.flatMap(({ value, at }) => {
      const mistake = reader.alerts.mistakeIn(value);
      return mistake === undefined ? [] : [{ ...at, message: `sql: ${mistake}` }];
    });
  } finally {
    reader.close();
  }
}

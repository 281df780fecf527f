/** Looks at a database as a whole, for `bgpd doctor`, whatever state its file is in. */

import { fileSize } from "../files.ts";
import { schemaVersion, versionOf } from "../schema_version.ts";
import type { InspectedContents, Inspection } from "./inspect_query.ts";
import { StoreReader } from "./reader.ts";

export interface DatabaseState extends InspectedContents {
  readonly exists: boolean;
  /** Why it cannot be opened; `undefined`: it was opened, or it is not there, or it has an older schema. */
  readonly error: string | undefined;
  readonly bytes: number;
  /** Of the write-ahead log. */
  readonly logBytes: number;
  readonly schema: number | undefined;
  readonly ourSchema: number;
}

const unread: InspectedContents = {
  damage: undefined,
  newestAt: undefined,
  lastRun: undefined,
  gaps: [],
  endings: new Map(),
};

/** Never throws. */
export function inspectDatabase(path: string, inspection: Inspection): DatabaseState {
  const schema = versionOf(path);
  const file = { bytes: fileSize(path), logBytes: fileSize(`${path}-wal`), schema, ourSchema: schemaVersion };
  if (!isThere(path)) return { ...unread, ...file, exists: false, error: undefined };
  // Only a writer migrates it.
  if (schema !== undefined && schema < schemaVersion) return { ...unread, ...file, exists: true, error: undefined };
  try {
    const reader = new StoreReader(path, { busyTimeoutMs: 2000 });
    try {
      return { ...reader.inspect(inspection), ...file, exists: true, error: undefined };
    } finally {
      reader.close();
    }
  } catch (error) {
    return { ...unread, ...file, exists: true, error: error instanceof Error ? error.message : String(error) };
  }
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

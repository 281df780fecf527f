/** The messages between the main thread and the worker of an archive. */

import type { FamilyMask, Millis } from "../../types/mod.ts";
import type { ArchiveTerms } from "./archive_files.ts";

export type ToArchive =
  | { readonly kind: "open"; readonly terms: ArchiveTerms; readonly now: Millis }
  /** Whole records. Answered by `appended` when they are written, however long that takes. */
  | { readonly kind: "append"; readonly records: Uint8Array<ArrayBuffer> }
  /** Time passes: a file of updates begins with each interval. What could not be written is tried again. */
  | { readonly kind: "tick"; readonly now: Millis }
  /** Writes the routes of the database as the file of this time. */
  | { readonly kind: "table"; readonly at: Millis; readonly table: TableQuestion }
  /** Answered by `closed`, when the records so far stand in a file. */
  | { readonly kind: "close" };

export interface TableQuestion {
  readonly database: string;
  /** Names of peers and groups; `undefined`: all peers. */
  readonly peers: readonly string[] | undefined;
  readonly families: FamilyMask;
}

export type FromArchive =
  | { readonly kind: "appended" }
  | { readonly kind: "finished"; readonly path: string; readonly octets: number }
  | { readonly kind: "deleted"; readonly paths: readonly string[] }
  /** Why nothing can be written now; `undefined`: it can be again. */
  | { readonly kind: "failing"; readonly reason: string | undefined }
  | { readonly kind: "closed" };

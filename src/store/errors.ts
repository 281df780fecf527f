/** The failures of a database. Each message is one sentence for people. */

/** The database cannot be used. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
}

/** Somebody else holds the lock. Nothing was changed; the same may be tried again soon. */
export class StoreBusy extends StoreError {
  override readonly name: string = "StoreBusy";
}

/** Another process holds the lock. */
export class StoreLocked extends StoreBusy {}

/**
 * The database cannot be written for now: the disk is full or fails, or the file may not be opened or written. The
 * transaction was rolled back; the same batch may be tried again later.
 */
export class StoreFull extends StoreError {
  override readonly name: string = "StoreFull";
}

/** Reading or writing the disk failed. If that lasts, the cause may be the file: its log may be truncated. */
export class StoreBroken extends StoreFull {}

/** The file is not a database, or it is damaged or altered. */
export class StoreCorrupt extends StoreError {
  override readonly name = "StoreCorrupt";
}

/** SQLite refused a statement, for a reason that no other class names. `reason` is the text of SQLite. */
export class StoreRefusal extends StoreError {
  readonly reason: string;

  constructor(path: string, reason: string, options: ErrorOptions) {
    super(`the database ${path} failed: ${reason}`, options);
    this.reason = reason;
  }
}

/** True where the same may be tried again later: the content of the file is sound. */
export function isTemporary(error: unknown): error is StoreBusy | StoreFull {
  return error instanceof StoreBusy || error instanceof StoreFull;
}

/**
 * True where the content of the file is not what a run relies on. A plain {@link StoreError} answers the caller; an
 * error of any other class comes from values that bgpd never writes.
 */
export function isUnusable(error: unknown): boolean {
  if (!(error instanceof StoreError)) return true;
  return error instanceof StoreCorrupt || error instanceof StoreRefusal;
}

/**
 * Translates an error of SQLite. `node:sqlite` of Deno 2.9 gives no error number, only the text of SQLite, which is
 * part of its interface and has not changed in twenty years.
 */
export function translate(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const cause = { cause: error };
  if (/database (table )?(schema )?is locked|checkpoint.*locked/.test(text)) {
    return new StoreLocked(`the database ${path} is locked by another process`, cause);
  }
  if (/database or disk is full/.test(text)) {
    return new StoreFull(`no space is left on the disk of the database ${path}`, cause);
  }
  if (/disk I\/O error/.test(text)) return new StoreBroken(`the disk failed under the database ${path}`, cause);
  if (/file is not a database/.test(text)) return new StoreCorrupt(`${path} is not a database`, cause);
  if (/malformed/.test(text)) return new StoreCorrupt(`the database ${path} is damaged`, cause);
  // Somebody dropped a table of the schema, or a query of an operator has a wrong name.
  if (/no such table/.test(text)) return new StoreCorrupt(`the database ${path} failed: ${text}`, cause);
  if (/readonly database/.test(text)) {
    return new StoreFull(`the database ${path} cannot be written: it is read-only`, cause);
  }
  if (/unable to open database file/.test(text)) return new StoreFull(`the database ${path} cannot be opened`, cause);
  return new StoreRefusal(path, text, cause);
}

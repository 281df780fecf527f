/** What can go wrong with a database, each as one sentence for people. */

/** The database cannot be used. `message` is one clear sentence. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
}

/** Someone else holds the lock at the moment: try the same again soon. Nothing was changed. */
export class StoreBusy extends StoreError {
  override readonly name: string = "StoreBusy";
}

/** It is another process that holds the lock. */
export class StoreLocked extends StoreBusy {}

/**
 * Nothing can be written for a while: the disk is full or broken, or the file may not be written or opened. The transaction
 * was rolled back; the same batch may be tried again later.
 */
export class StoreFull extends StoreError {
  override readonly name: string = "StoreFull";
}

/** Reading or writing failed below SQLite. Where that lasts, it may be the file, not the disk: its log may be cut off. */
export class StoreBroken extends StoreFull {}

/** The file is no database, a damaged one, or one that somebody altered. */
export class StoreCorrupt extends StoreError {
  override readonly name = "StoreCorrupt";
}

/** Nothing is known to be wrong with the file: SQLite would not do what it was asked. `words` are its own. */
export class StoreRefusal extends StoreError {
  readonly words: string;

  constructor(path: string, words: string, options: ErrorOptions) {
    super(`the database ${path} failed: ${words}`, options);
    this.words = words;
  }
}

/** True where the same may be tried again later: nothing is wrong with what stands in the file. */
export function isPassing(error: unknown): error is StoreBusy | StoreFull {
  return error instanceof StoreBusy || error instanceof StoreFull;
}

/**
 * True where the file does not hold what a run relies on, whatever that is. A plain {@link StoreError} is a sentence for who
 * asked; anything that is none came of values that no bgpd writes.
 */
export function isSurprise(error: unknown): boolean {
  if (!(error instanceof StoreError)) return true;
  return error instanceof StoreCorrupt || error instanceof StoreRefusal;
}

/**
 * Translates what SQLite threw. `node:sqlite` of Deno 2.9 gives no error number, only SQLite's own text, which is part of
 * its interface and has not changed in twenty years.
 */
export function translate(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const cause = { cause: error };
  if (/database (table )?(schema )?is locked|checkpoint.*locked/.test(text)) {
    return new StoreLocked(`the database ${path} is locked by another process`, cause);
  }
  if (/database or disk is full/.test(text)) {
    return new StoreFull(`no space is left to write the database ${path}`, cause);
  }
  if (/disk I\/O error/.test(text)) return new StoreBroken(`the disk failed under the database ${path}`, cause);
  if (/file is not a database/.test(text)) return new StoreCorrupt(`${path} is not a database`, cause);
  if (/malformed/.test(text)) return new StoreCorrupt(`the database ${path} is damaged`, cause);
  // Somebody took from the database what the schema has. In a query of theirs it is the name that is wrong.
  if (/no such table/.test(text)) return new StoreCorrupt(`the database ${path} failed: ${text}`, cause);
  if (/readonly database/.test(text)) {
    return new StoreFull(`the database ${path} cannot be written: it is read-only`, cause);
  }
  if (/unable to open database file/.test(text)) return new StoreFull(`the database ${path} cannot be opened`, cause);
  return new StoreRefusal(path, text, cause);
}

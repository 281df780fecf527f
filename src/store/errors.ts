/** What can go wrong with a database, each as one sentence for people. */

/** The database cannot be used. `message` is one clear sentence. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
}

/** Someone else holds the lock at the moment: try the same again soon. Nothing was changed. */
export class StoreBusy extends StoreError {
  override readonly name = "StoreBusy";
}

/** The disk is full or broken. The transaction was rolled back; the same batch may be tried again when there is room. */
export class StoreFull extends StoreError {
  override readonly name = "StoreFull";
}

/** The file is no database, or a damaged one. */
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

/**
 * Translates what SQLite threw. `node:sqlite` of Deno 2.9 gives no error number, only SQLite's own text, which is part of
 * its interface and has not changed in twenty years.
 */
export function translate(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const cause = { cause: error };
  if (/database (table )?(schema )?is locked|checkpoint.*locked/.test(text)) {
    return new StoreBusy(`the database ${path} is locked by another process`, cause);
  }
  if (/database or disk is full/.test(text)) {
    return new StoreFull(`no space is left to write the database ${path}`, cause);
  }
  if (/disk I\/O error/.test(text)) return new StoreFull(`the disk failed under the database ${path}`, cause);
  if (/file is not a database/.test(text)) return new StoreCorrupt(`${path} is not a database`, cause);
  if (/malformed/.test(text)) return new StoreCorrupt(`the database ${path} is damaged`, cause);
  // Somebody took from the database what the schema has. In a query of theirs it is the name that is wrong.
  if (/no such table/.test(text)) return new StoreCorrupt(`the database ${path} failed: ${text}`, cause);
  if (/readonly database/.test(text)) {
    return new StoreError(`the database ${path} cannot be written: it is read-only`, cause);
  }
  if (/unable to open database file/.test(text)) return new StoreError(`the database ${path} cannot be opened`, cause);
  return new StoreRefusal(path, text, cause);
}

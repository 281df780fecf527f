/**
 * The schema version of a database, and whose database a file is. Both are read from the file header, so that a file can be
 * refused before SQLite opens it.
 */

/** The schema version that this program writes: `PRAGMA user_version`. */
export const schemaVersion = 6;

/** "bgpd" in four octets: `PRAGMA application_id`. The command `file` and bgpd recognise the database by it. */
export const applicationId = 0x62677064;

/** The sentence that refuses a file of another program or of a newer bgpd; `undefined` where this program can use it. */
export function refusalOf(path: string, id: number, version: number): string | undefined {
  if (id !== applicationId) return `${path} is a database of another program`;
  if (version <= schemaVersion) return undefined;
  return `${path} was written by a newer bgpd (schema ${version}, this one knows ${schemaVersion})`;
}

/**
 * The sentence that refuses to start on this file. `undefined`: the start is allowed; that includes a missing file, and a
 * damaged one, which bgpd renames.
 */
export function databaseRefusal(path: string): string | undefined {
  const header = headerOf(path);
  if (header === undefined) return undefined;
  // "application ID" and "user version" of the SQLite file format.
  return refusalOf(path, header.getUint32(68), header.getUint32(60));
}

/** The first 100 octets of a SQLite file; `undefined` for any other file. */
function headerOf(path: string): DataView | undefined {
  try {
    using file = Deno.openSync(path);
    const header = new Uint8Array(100);
    const length = file.readSync(header) ?? 0;
    const isDatabase = new TextDecoder().decode(header.subarray(0, 15)) === "SQLite format 3";
    return length < 100 || !isDatabase ? undefined : new DataView(header.buffer);
  } catch {
    return undefined;
  }
}

/**
 * The schema version of a database, and the program that a database belongs to. Both are in the header of the file, so
 * that bgpd can refuse a file before SQLite opens it.
 */

/** The schema version that this program writes: `PRAGMA user_version`. */
export const schemaVersion = 11;

/** "bgpd" in four octets: `PRAGMA application_id`. bgpd and the command `file` recognise the database by it. */
export const applicationId = 0x62677064;

/** Why a file of another program or of a newer bgpd is refused; `undefined`: this program can use it. */
export function refusalOf(path: string, id: number, version: number): string | undefined {
  if (id !== applicationId) return `${path} is a database of another program; name another file`;
  if (version <= schemaVersion) return undefined;
  const newer = `${path} was written by a newer bgpd (schema ${version}, this one knows ${schemaVersion})`;
  return `${newer}; install that bgpd, or name another file`;
}

/**
 * Why bgpd refuses to start on this file; `undefined`: it may start. A missing file is no reason to refuse; neither is
 * a damaged file, which bgpd renames.
 */
export function databaseRefusal(path: string): string | undefined {
  const header = headerOf(path);
  if (header === undefined) return undefined;
  // "application ID" and "user version" of the SQLite file format.
  return refusalOf(path, header.getUint32(68), header.getUint32(60));
}

/** The schema version of a database of ours, by its header; `undefined`: it is none, or it cannot be read. */
export function versionOf(path: string): number | undefined {
  const header = headerOf(path);
  return header?.getUint32(68) === applicationId ? header.getUint32(60) : undefined;
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

/** Findings about files: who may read and write them, and the database. */

import { formatBytes } from "../../cli/text/units.ts";
import { type Finding, ok, problem, warning } from "../finding.ts";

export interface FileFacts {
  /** What the file is: "configuration", "TCP-MD5 key of upstream", "API token", "database". */
  readonly what: string;
  readonly path: string;
  /** Permission bits; `undefined`: the file is not there, or this user may not look. */
  readonly mode: number | undefined;
  /** Nobody but its owner and its group should read it. */
  readonly isSecret: boolean;
}

const othersRead = 0o004, othersWrite = 0o002;

export function checkFiles(files: readonly FileFacts[]): Finding[] {
  const findings = files.flatMap(({ what, path, mode = 0, isSecret }): Finding[] => {
    if ((mode & othersWrite) !== 0) {
      return [problem("files", `every user of this machine may change the ${what} ${path}`, `chmod o-w ${path}`)];
    }
    if (isSecret && (mode & othersRead) !== 0) {
      return [warning("files", `every user of this machine may read the ${what} ${path}`, `chmod o-rwx ${path}`)];
    }
    return [];
  });
  return findings.length > 0
    ? findings
    : [ok("files", "only their owners may write the files of bgpd and read its keys")];
}

export interface DatabaseFacts {
  readonly path: string;
  /** False: bgpd has not created it yet. */
  readonly exists: boolean;
  /** Why it cannot be opened; `undefined`: it was opened, or it is not there. */
  readonly error: string | undefined;
  readonly bytes: number;
  readonly logBytes: number;
  readonly schema: number | undefined;
  readonly ourSchema: number;
  /** What `PRAGMA quick_check` found; empty: nothing wrong; `undefined`: it did not run, because the file is large. */
  readonly damage: readonly string[] | undefined;
}

/** A log that large is not emptied any more, because a reader keeps it in use. */
const largeLogBytes = 256 * 2 ** 20;

export function checkDatabase(facts: DatabaseFacts): Finding[] {
  const { path, exists, error, bytes, logBytes, schema, ourSchema, damage } = facts;
  if (!exists) return [ok("database", `${path} is not there yet: bgpd creates it at its first start`)];
  if (error !== undefined) {
    return [problem("database", error, "name the right file with the key database, or ask its owner for access")];
  }
  const findings: Finding[] = [];
  if (damage !== undefined && damage.length > 0) {
    const text = `${path} is damaged: ${damage[0]}`;
    const change =
      "restart bgpd: it renames the file and fills a new one; check the disk and the memory of the machine";
    findings.push(problem("database", text, change));
  }
  if (schema !== undefined && schema < ourSchema) {
    const text = `${path} has schema ${schema}, and this bgpd writes schema ${ourSchema}`;
    findings.push(warning("database", text, "start this bgpd once: it migrates the database; make a copy before"));
  }
  if (logBytes > largeLogBytes) {
    const text = `the log ${path}-wal has ${
      formatBytes(logBytes)
    }: a program has been reading the database for a long time`;
    findings.push(warning("database", text, `find the program and end its query: lsof ${path}`));
  }
  if (findings.length > 0) return findings;
  const size = `${path}: ${formatBytes(bytes)}, schema ${schema ?? ourSchema}`;
  const check = damage === undefined
    ? `; too large to look for damage here: sqlite3 ${path} 'PRAGMA quick_check'`
    : ", no damage";
  return [ok("database", size + check)];
}

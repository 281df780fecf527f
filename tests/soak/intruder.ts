/**
 * What another process of this machine does to the database of a daemon, as a process of its own, so that nothing in it
 * waits for the locks it meets:
 *
 *     intruder.ts write PATH SECONDS        holds a transaction that writes
 *     intruder.ts octets PATH SECONDS       holds the locks of SQLite in the shared memory, all of them
 *     intruder.ts announce PATH PREFIX…     inserts rows in announcements
 *     intruder.ts await PATH ROUTE PREFIX…  ends when the rows stand in announcements, and the route in rib
 *     intruder.ts tamper PATH KIND SEED ROUTE PREFIX…
 *                                           alters it (tests/fuzz/tampering.ts), then the same
 *
 * `holding` and `altered` on the standard output say when it is done.
 */
import { DatabaseSync } from "node:sqlite";
import { Random } from "../fuzz/random.ts";
import { tamperings } from "../fuzz/tampering.ts";
import { libcPaths } from "../../src/transport/mod.ts";

/** fcntl(2): F_OFD_SETLKW waits for it; a lock of the open file. */
const setLockAndWait = 38, writeLock = 1, readWrite = 2;
/** The octets of `-shm` that SQLite locks (sqlite.org/walformat, "File locks"). */
const firstOctet = 120n, octets = 8n;
const awaitMs = 30_000;

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function holdWrite(path: string, seconds: number): void {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec("BEGIN IMMEDIATE");
  console.log("holding");
  pause(1_000 * seconds);
  db.close();
}

function holdOctets(path: string, seconds: number): void {
  const libcPath = libcPaths.find((each) => Deno.statSync(each).isFile)!;
  const libc = Deno.dlopen(libcPath, {
    open: { parameters: ["buffer", "i32"], result: "i32" },
    fcntl: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  }).symbols;
  const file = libc.open(new TextEncoder().encode(`${path}-shm\0`), readWrite);
  const lock = new DataView(new ArrayBuffer(32));
  lock.setInt16(0, writeLock, true);
  lock.setBigInt64(8, firstOctet, true);
  lock.setBigInt64(16, octets, true);
  if (file < 0 || libc.fcntl(file, setLockAndWait, lock) !== 0) throw new Error("the octets cannot be locked");
  console.log("holding");
  pause(1_000 * seconds);
}

function announce(path: string, prefixes: readonly string[]): void {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  for (const prefix of prefixes) db.prepare("INSERT INTO announcements(prefix) VALUES(?)").run(prefix);
  db.close();
}

function holds(path: string, route: string, prefixes: readonly string[]): boolean {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 1_000 });
  try {
    const rows = new Set(db.prepare("SELECT prefix FROM announcements").all().map((row) => row["prefix"]));
    const isThere = db.prepare("SELECT 1 FROM rib WHERE prefix = ?").all(route).length > 0;
    return isThere && prefixes.every((prefix) => rows.has(prefix));
  } finally {
    db.close();
  }
}

function awaitRows(path: string, route: string, prefixes: readonly string[]): boolean {
  for (const end = performance.now() + awaitMs; performance.now() < end; pause(100)) {
    try {
      if (holds(path, route, prefixes)) return true;
    } catch {
      // It is not yet what it was.
    }
  }
  return false;
}

const [what, path, ...rest] = Deno.args as [string, string, ...string[]];
if (what === "write") holdWrite(path, Number(rest[0]));
else if (what === "octets") holdOctets(path, Number(rest[0]));
else if (what === "announce") announce(path, rest);
else {
  if (what === "tamper") {
    const [kind, seed] = rest.splice(0, 2);
    tamperings.find(({ name }) => name === kind)!.run(path, new Random(Number(seed)));
    console.log("altered");
  }
  if (!awaitRows(path, rest[0]!, rest.slice(1))) Deno.exit(1);
}

/** One daemon for one file, under every name of it; a user who may only read cannot keep a daemon from starting. */
import assert from "node:assert/strict";
import { Database } from "../../../src/store/sqlite.ts";
import { acquireLock, lockHolder, StoreError, StoreWriter } from "../../../src/store/mod.ts";
import { fileLocks } from "../../../src/transport/mod.ts";
import { parseLocks } from "../../../src/transport/file_locks.ts";
import { noon, withFolder, withWriter } from "./fixture.ts";

const options = { now: () => noon, locks: fileLocks };

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert(error instanceof StoreError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

function modeOf(path: string): string {
  return (Deno.lstatSync(path).mode! & 0o777).toString(8);
}

Deno.test("a lock file that is a symbolic link is refused, and its target is unchanged", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`, victim = `${folder}/precious`;
    Deno.writeTextFileSync(victim, "precious");
    Deno.symlinkSync(victim, `${path}.lock`);
    assert.equal(
      refusal(() => new StoreWriter(path, options)),
      `the database ${path} cannot be written: ${path}.lock is a symbolic link: remove it`,
    );
    assert.equal(Deno.readTextFileSync(victim), "precious");
    Deno.removeSync(`${path}.lock`);
    // And where it points to nothing yet, nothing is made.
    Deno.symlinkSync(`${folder}/nothing`, `${path}.lock`);
    assert.match(refusal(() => new StoreWriter(path, options)), /is a symbolic link: remove it$/);
    assert.throws(() => Deno.lstatSync(`${folder}/nothing`), Deno.errors.NotFound);
  }));

Deno.test("a lock file that is a hard link to a file of another user is not written", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`, victim = `${folder}/precious`;
    Deno.writeTextFileSync(victim, "precious");
    Deno.linkSync(victim, `${path}.lock`);
    new StoreWriter(path, options).close();
    assert.equal(Deno.readTextFileSync(victim), "precious");
  }));

Deno.test("a second daemon cannot open the same database through a symbolic link", () =>
  withWriter((_writer, path) => {
    const other = `${path}.other`;
    Deno.symlinkSync(path, other);
    assert.equal(
      refusal(() => new StoreWriter(other, options)),
      `another bgpd (pid ${Deno.pid}) already uses ${other}: ` +
        "stop it first, or apply the configuration with bgpd reload",
    );
    assert.equal(lockHolder(other), Deno.pid);
  }, options));

Deno.test("a second daemon cannot open the same database through a hard link", () =>
  withWriter((writer, path) => {
    const other = `${path}.other`;
    Deno.linkSync(path, other);
    assert.equal(
      refusal(() => new StoreWriter(other, options)),
      `another bgpd already uses the file ${other} under another name`,
    );
    writer.close();
    new StoreWriter(other, options).close();
  }, options));

Deno.test("a second daemon cannot open the same database after its lock file was removed", () =>
  withWriter((_writer, path) => {
    Deno.removeSync(`${path}.lock`);
    assert.match(refusal(() => new StoreWriter(path, options)), /^another bgpd already uses the file /);
  }, options));

Deno.test("owner and group may open database, log and shared memory; only the owner may open the lock", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const modes = () => ["", "-wal", "-shm", ".lock"].map((end) => modeOf(path + end));
    const writer = new StoreWriter(path, options);
    assert.deepEqual(modes(), ["640", "640", "640", "600"]);
    writer.close();
    Deno.chmodSync(path, 0o644);
    const next = new StoreWriter(path, { ...options, access: { mode: 0o660 } });
    assert.deepEqual(modes(), ["660", "660", "660", "600"]);
    const after = new StoreWriter(path, { ...options, access: { mode: 0o660 }, replaces: next });
    assert.deepEqual(modes(), ["660", "660", "660", "600"]);
    after.close();
  }));

Deno.test("a lock file of an older bgpd that others may read is replaced", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    Deno.writeTextFileSync(`${path}.lock`, "");
    Deno.chmodSync(`${path}.lock`, 0o644);
    // Whoever has it open already may lock it for as long as they like.
    using before = Deno.openSync(`${path}.lock`, { read: true });
    new StoreWriter(path, options).close();
    assert.equal(modeOf(`${path}.lock`), "600");
    before.lockSync(true);
    new StoreWriter(path, options).close();
  }));

Deno.test("the error names the process that holds the lock file, whatever program it is", () =>
  withFolder(async (folder) => {
    const path = `${folder}/bgpd.db`;
    const script = `const file = Deno.openSync("${path}.lock", { create: true, read: true, write: true });` +
      ` file.lockSync(true); console.log("locked"); setInterval(() => {}, 1000);`;
    const child = new Deno.Command(Deno.execPath(), { args: ["eval", script], stdout: "piped" }).spawn();
    const output = child.stdout.getReader();
    try {
      await output.read();
      assert.match(
        refusal(() => acquireLock(path, fileLocks)),
        new RegExp(`^process ${child.pid} \\(deno\\) holds .*\\.lock, the lock of `),
      );
    } finally {
      child.kill("SIGKILL");
      await output.cancel();
      await child.status;
    }
    acquireLock(path, fileLocks).release();
  }));

Deno.test("a new file takes the lock over, and the lock of the old file is released", () =>
  withWriter((lost, path) => {
    Deno.renameSync(path, `${path}.away`);
    const writer = new StoreWriter(path, { ...options, replaces: lost });
    Deno.linkSync(path, `${path}.other`);
    assert.match(refusal(() => new StoreWriter(`${path}.other`, options)), /under another name$/);
    const away = new Database(`${path}.away`);
    away.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    away.close();
    new StoreWriter(`${path}.away`, options).close();
    lost.close();
    assert.equal(lockHolder(path), Deno.pid);
    writer.close();
    assert.equal(lockHolder(path), undefined);
  }, options));

Deno.test("lines of /proc/locks", () => {
  const text = [
    "1: FLOCK  ADVISORY  WRITE 1234 fd:00:131 0 EOF",
    "2: POSIX  ADVISORY  READ  77 00:2f:9 1073741826 1073742335",
    "2: -> POSIX  ADVISORY  WRITE 78 00:2f:9 1073741826 1073742335",
    "3: OFDLCK ADVISORY  WRITE -1 08:01:5 120 120",
    "4: LEASE  ACTIVE    READ  5 08:01:6 0 EOF",
  ].join("\n");
  assert.deepEqual(
    parseLocks(text).map(({ pid, kind, writes, device, inode, from, to }) =>
      [pid, kind, writes, device, inode, from, to].join(" ")
    ),
    [
      "1234 flock true fd:00 131 0 Infinity",
      "77 fcntl false 00:2f 9 1073741826 1073742335",
      "-1 fcntl true 08:01 5 120 120",
    ],
  );
});

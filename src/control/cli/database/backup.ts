/** `bgpd backup FILE`: a consistent copy of the database while the daemon goes on writing. */

import { type Command, CommandError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { fileProblem, requireFolder } from "../files.ts";
import { formatBytes } from "../text/units.ts";

export const backupCommand: Command = {
  name: "backup",
  summary: "copy the database, also while bgpd runs; the copy is a consistent snapshot",
  arguments: [{ name: "<FILE>", doc: "the copy; this file must not exist yet" }],
  options: databaseOptions.filter(({ flags }) => flags !== "--json"),
  examples: [["bgpd backup /var/backups/bgpd.db", "write a copy that sqlite3 and bgpd can open"]],
  run(input, io) {
    const [target = ""] = input.words;
    requireFolder(target);
    if (exists(target)) {
      throw new CommandError(`${target} already exists; choose another name: a backup never overwrites a file`);
    }
    // SQLite would write the contents of these files into the copy when the copy is opened.
    for (const log of ["-wal", "-journal"].map((end) => target + end).filter(exists)) {
      throw new CommandError(
        `${log} of another database already exists and would damage this backup; remove it, or choose another name`,
      );
    }
    return withDatabase(input, io, async (reader) => {
      const start = performance.now();
      // An unfinished copy must not have the name of a whole one.
      const partial = `${target}.partial`;
      try {
        await reader.backup(partial);
        if (exists(target)) {
          throw new CommandError(`${target} already exists; choose another name: a backup never overwrites a file`);
        }
        Deno.renameSync(partial, target);
      } catch (error) {
        remove(partial);
        if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
          throw new CommandError(`cannot write ${target}: ${fileProblem(error)}`);
        }
        throw error;
      } finally {
        for (const end of ["-wal", "-shm", "-journal"]) remove(partial + end);
      }
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      io.message(`${target}: ${formatBytes(Deno.statSync(target).size)} in ${seconds} s`);
      return 0;
    });
  },
};

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new CommandError(`cannot write ${path}: ${fileProblem(error)}`);
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Usually the file does not exist.
  }
}

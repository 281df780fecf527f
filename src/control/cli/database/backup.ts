/** `bgpd backup FILE`: a copy of the database as it is at one moment, while the daemon goes on writing. */

import { type Command, CommandError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { fileProblem, requireFolder } from "../files.ts";
import { formatBytes } from "../text/units.ts";

export const backupCommand: Command = {
  name: "backup",
  summary: "copy the database while bgpd runs, routes and history as of one moment",
  arguments: [{ name: "<FILE>", doc: "the copy; there must be no such file yet" }],
  options: databaseOptions.filter(({ flags }) => flags !== "--json"),
  examples: [["bgpd backup /var/backups/bgpd.db", "a database of its own, for sqlite3 and for bgpd"]],
  run(input, io) {
    const [target = ""] = input.words;
    requireFolder(target);
    if (exists(target)) throw new CommandError(`${target} is there already; a backup never writes over a file`);
    // Whoever opened the copy would have these written into it.
    for (const log of ["-wal", "-journal"].map((end) => target + end).filter(exists)) {
      throw new CommandError(
        `${log} is there already, of another database; a backup of this name would become that one`,
      );
    }
    return withDatabase(input, io, async (reader) => {
      const start = performance.now();
      // Half a copy must not look like one.
      const partial = `${target}.partial`;
      try {
        await reader.backup(partial);
        if (exists(target)) throw new CommandError(`${target} is there already; a backup never writes over a file`);
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
    // Most often there is none.
  }
}

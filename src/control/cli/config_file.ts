/** A configuration that a command reads, with the files that it includes. */

import { resolve } from "../../transport/path.ts";
import { type ConfigResult, databaseOf, formatErrorOf, parseFiles } from "../../config/mod.ts";
import { readConfigFilesSync } from "../config_files.ts";
import { CommandError, type Io } from "./command.ts";
import { plural } from "./text/units.ts";

/**
 * Throws {@link CommandError} if the file cannot be read, or if the configuration has errors, which are printed before.
 * The hints are the ends of these two messages.
 */
export function readConfig(
  path: string,
  io: Io,
  { unreadable = "", errors = "" }: { readonly unreadable?: string; readonly errors?: string } = {},
): ConfigResult & { readonly kind: "config" } {
  const read = readConfigFilesSync(path);
  if (read.kind === "unreadable") {
    throw new CommandError(`cannot read ${resolve(path)}: ${read.reason}${unreadable}`);
  }
  const result = parseFiles(read.files);
  if (result.kind === "config") return result;
  for (const error of result.errors) io.message(formatErrorOf(error, read.files.files));
  throw new CommandError(`${path} has errors${errors}`);
}

/**
 * The path of the database that a configuration names. Errors elsewhere in the configuration are a message. Throws
 * {@link CommandError} if the file cannot be read (`hint` ends the message), or does not say which database it names.
 */
export function databaseOfConfig(path: string, io: Io, hint: string): string {
  const read = readConfigFilesSync(path);
  if (read.kind === "unreadable") throw new CommandError(`cannot read ${path}: ${read.reason}${hint}`);
  const { files } = read.files;
  const result = parseFiles(read.files);
  if (result.kind === "config") return result.config.database;
  const database = databaseOf(files);
  if (database === undefined) {
    for (const error of result.errors) io.message(formatErrorOf(error, files));
    throw new CommandError(`${path} has errors; -d DATABASE names the database without it`);
  }
  io.message(`${path} has ${plural(result.errors.length, "error")}; see bgpd check ${path}`);
  return database;
}

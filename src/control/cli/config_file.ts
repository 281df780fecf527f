/** A configuration that a command reads, with the files that it includes. */

import { type ConfigResult, formatErrorOf, parseFiles } from "../../config/mod.ts";
import { readConfigFilesSync } from "../config_files.ts";
import { CommandError, type Io } from "./command.ts";

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
  if (read.kind === "unreadable") throw new CommandError(`cannot read ${path}: ${read.reason}${unreadable}`);
  const result = parseFiles(read.files);
  if (result.kind === "config") return result;
  for (const error of result.errors) io.message(formatErrorOf(error, read.files.files));
  throw new CommandError(`${path} has errors${errors}`);
}

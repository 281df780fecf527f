/** Files that the command line names, with errors that say what is wrong with the file. */

import { dirname, resolve } from "../../transport/path.ts";
import { CommandError } from "./command.ts";

/** Throws {@link CommandError}; `hint` is the end of its message. */
export function readTextFile(path: string, hint = ""): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new CommandError(`cannot read ${resolve(path)}: ${fileProblem(error)}${hint}`);
  }
}

/** Throws {@link CommandError} if the folder of the file `path` does not exist. */
export function requireFolder(path: string): void {
  const folder = dirname(path);
  try {
    if (Deno.statSync(folder).isDirectory) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw new CommandError(`cannot write ${path}: ${fileProblem(error)}`);
    }
  }
  throw new CommandError(`cannot write ${path}: there is no folder ${folder}; make it: mkdir -p ${folder}`);
}

export function fileProblem(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "permission denied";
  }
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder, not a file";
  return error instanceof Error ? error.message : String(error);
}

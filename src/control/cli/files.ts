/** Files that the command line names, to read and to write, with errors a person can act on. */

import { dirname } from "node:path";
import { CommandError } from "./command.ts";

/** @param hint - said behind the problem, where something can be done that the person may not know of */
export function readTextFile(path: string, hint = ""): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${fileProblem(error)}${hint}`);
  }
}

/** Refuses a file to write where its folder is missing. */
export function requireFolder(path: string): void {
  const folder = dirname(path);
  try {
    if (Deno.statSync(folder).isDirectory) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw new CommandError(`cannot write ${path}: ${fileProblem(error)}`);
    }
  }
  throw new CommandError(`cannot write ${path}: there is no folder ${folder}`);
}

/** True where both paths lead to one file that is there. */
export function isSameFile(one: string, other: string): boolean {
  try {
    return Deno.realPathSync(one) === Deno.realPathSync(other);
  } catch {
    return false;
  }
}

export function fileProblem(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "permission denied";
  }
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return error instanceof Error ? error.message : String(error);
}

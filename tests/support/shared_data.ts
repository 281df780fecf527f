/**
 * Real inputs that nobody here wrote: `../shared/data` beside the project. They are read, never copied, and a test that
 * needs them skips loudly where they are absent.
 */
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

/** A file or folder below `../shared/data`. */
export function sharedPath(path: string): string {
  return folder + path;
}

/** True where every one of these is there; otherwise says on standard error what is skipped, and why. */
export function hasShared(title: string, ...paths: readonly string[]): boolean {
  const missing = paths.filter((path) => !exists(sharedPath(path)));
  if (missing.length > 0) console.error(`SKIPPED: ${title}: not here: ${missing.map(sharedPath).join(", ")}`);
  return missing.length === 0;
}

export function readSharedJson<T>(path: string): T {
  return JSON.parse(Deno.readTextFileSync(sharedPath(path)));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

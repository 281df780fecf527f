/**
 * Inputs of other projects: `../shared/data` beside the project. Tests read them and never copy them. Each is the
 * larger set beside files of the project's own; where it is absent, the tests that need it are skipped and say so.
 */
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

/** A file or folder below `../shared/data`. */
export function sharedPath(path: string): string {
  return folder + path;
}

const reported = new Set<string>();

/**
 * True where all of these are there; otherwise standard error names, once, what is skipped and which file is missing.
 */
export function hasShared(title: string, ...paths: readonly string[]): boolean {
  const missing = paths.filter((path) => !exists(sharedPath(path)));
  if (missing.length === 0) return true;
  const line = `SKIPPED: ${title}: not here: ${missing.map(sharedPath).join(", ")}`;
  if (!reported.has(line)) console.error(line);
  reported.add(line);
  return false;
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

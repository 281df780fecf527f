/** Named pipes (mkfifo(3)), which Deno cannot make. */

import { openLibc } from "./libc.ts";
import { cString } from "./proc.ts";

const signatures = {
  mkfifo: { parameters: ["buffer", "u32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Makes a named pipe. `undefined`: it is there; a text says why it could not be made. */
export function makePipe(path: string, mode: number): string | undefined {
  const libc = openLibc(signatures);
  if (typeof libc === "string") return "bgpd may not call libc; make it with mkfifo";
  if (libc.mkfifo(cString(path), mode) === 0) return undefined;
  return "the folder does not exist, or may not be written";
}

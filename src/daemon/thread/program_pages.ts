/**
 * The pages of the executable itself, which is Deno with V8: 100 MB. The start of bgpd touches 40 MB of them, and a
 * running bgpd a quarter of that. So bgpd lets go of all when the start is over, and when it is idle after much work.
 * Linux has these pages in its cache, and maps those that bgpd touches again, 16 at a time, within a microsecond.
 */

import { openLibc, readSystemFile, readSystemLink } from "../../transport/mod.ts";

/** `MADV_DONTNEED` of sys/mman.h: without this process's own changes, the next access reads the file. */
const dontNeed = 4;

/** A part of the executable in memory. */
export interface ProgramPart {
  readonly start: bigint;
  readonly bytes: bigint;
}

/**
 * The parts of `executable` that this process has not changed and cannot change, from the text of /proc/self/smaps.
 * Relocated pages are changed: without them the process would crash.
 */
export function unchangedParts(smaps: string, executable: string): ProgramPart[] {
  const mappings = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return mappings.flatMap((text) => {
    const [, start, end, path] = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ \S+ +(.*)\n/.exec(text) ?? [];
    if (start === undefined || end === undefined || path !== executable) return [];
    const isUnchanged = ["Private_Dirty", "Shared_Dirty", "Anonymous", "Swap", "Locked"]
      .every((key) => new RegExp(`^${key}: +0 kB$`, "m").test(text));
    return isUnchanged ? [{ start: BigInt(`0x${start}`), bytes: BigInt(`0x${end}`) - BigInt(`0x${start}`) }] : [];
  });
}

let letGo: () => void = () => {};

/** Finds the parts of the executable. Call it while libc may still be opened. */
export function findProgramPages(): void {
  const executable = readSystemLink("/proc/self/exe"), smaps = readSystemFile("/proc/self/smaps");
  const libc = openLibc({ madvise: { parameters: ["u64", "usize", "i32"], result: "i32" } });
  if (executable === undefined || smaps === undefined || typeof libc === "string") return;
  const parts = unchangedParts(smaps, executable);
  letGo = () => parts.forEach(({ start, bytes }) => libc.madvise(start, bytes, dontNeed));
}

/** Lets go of the pages of the executable: 30 MB after the start. */
export function letGoOfProgramPages(): void {
  letGo();
}

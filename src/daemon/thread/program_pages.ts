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
 * The parts of the image of `executable` that this process has not changed and cannot change, from the text of
 * /proc/self/smaps. Relocated pages are changed: without them the process would crash.
 *
 * V8 maps a part of the executable again for the code of each thread. Such a mapping ends with its thread, and its
 * addresses then belong to other memory, which must never be let go of. The image begins at offset 0 of the file, and
 * its offsets ascend with its addresses; the next mapping of a lower offset is no part of it.
 */
export function unchangedParts(smaps: string, executable: string): ProgramPart[] {
  const parts: ProgramPart[] = [];
  let before: number | undefined;
  for (const text of smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const [, start, end, access, offset, path] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) (\S+) \S+ \S+ +(.*)\n/.exec(text) ??
      [];
    if (start === undefined || end === undefined || offset === undefined || path !== executable) continue;
    const at = parseInt(offset, 16);
    if (before === undefined && at !== 0) continue;
    if (before !== undefined && at <= before) break;
    before = at;
    const isUnchanged = ["Private_Dirty", "Shared_Dirty", "Anonymous", "Swap", "Locked"]
      .every((key) => new RegExp(`^${key}: +0 kB$`, "m").test(text));
    if (!isUnchanged || !/^r-[x-]p$/.test(access ?? "")) continue;
    parts.push({ start: BigInt(`0x${start}`), bytes: BigInt(`0x${end}`) - BigInt(`0x${start}`) });
  }
  return parts;
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

/**
 * Settings of the memory allocator of glibc. By default each thread has an arena, which shrinks only from its end, and
 * after large blocks were freed (columns that grow), glibc puts the next large blocks into an arena, too. With a full
 * table 20 of 300 MB were holes in arenas. So bgpd asks for two arenas, which are enough for three threads, and for a
 * mapping of its own for each large block: the system gets it back when it is freed.
 */

import { openLibc } from "../../transport/mod.ts";

/** Parameters of `mallopt`, from malloc.h. */
const mmapThreshold = -3, arenaMax = -8;

/** The initial value of glibc. Setting it stops glibc from raising it when large blocks are freed. */
const largeBytes = 128 * 1024;
const arenas = 2;

let trim: ((padding: bigint) => number) | undefined;

/** Call it before any thread starts. False without glibc or without the permission: nothing changes then. */
export function keepMemoryTight(): boolean {
  const libc = openLibc({
    mallopt: { parameters: ["i32", "i32"], result: "i32" },
    malloc_trim: { parameters: ["usize"], result: "i32" },
  });
  if (typeof libc === "string") return false;
  trim = libc.malloc_trim;
  return libc.mallopt(mmapThreshold, largeBytes) === 1 && libc.mallopt(arenaMax, arenas) === 1;
}

/** Gives the free pages of the arenas of all threads back to the system: 75 MB after 100,000 announcements. */
export function returnFreePages(): void {
  trim?.(0n);
}

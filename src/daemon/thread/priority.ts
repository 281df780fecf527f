/**
 * Peers wait for KEEPALIVEs and changes, readers of the database can wait: the main thread and the RIB go before other programs
 * where the system allows it, which is to root and to holders of CAP_SYS_NICE; and everyone may have short turns.
 *
 * Short turns are what makes Linux from 6.12 on give a thread that wakes the processor at once: it takes it from who has
 * longer ones. Ten `sqlite3` that read the whole table over and over on two cores made a change take 12 ms, half of them;
 * with the priority alone 3.7 ms, as each thread on its way waited for a turn of 3 ms to end; with short turns 0.8 ms, as
 * without any readers.
 */

import { setPriority } from "node:os";
import { openLibc } from "../../transport/mod.ts";

export const niceness = -10;

/** The shortest that Linux gives. A thread that is alone on its processor keeps it nevertheless. */
const turnNanoseconds = 100_000n;

/** Numbers of system calls that libc has no function for, and the first version of their `struct sched_attr` (sched_setattr(2)). */
const [schedSetattr, schedGetattr] = Deno.build.arch === "aarch64" ? [274, 275] : [314, 315];
const attributeBytes = 48;
const runtimeOffset = 24;

/** This thread, and those it starts from now on. False: it may not go first; short turns it may have nevertheless. */
export function goFirst(): boolean {
  const may = raisePriority();
  takeShortTurns();
  return may;
}

function raisePriority(): boolean {
  try {
    setPriority(0, niceness);
    return true;
  } catch {
    return false;
  }
}

/** False where this is not Linux, or without the permission to call libc. Older kernels accept it without effect. */
export function takeShortTurns(): boolean {
  if (Deno.build.os !== "linux") return false;
  const libc = openLibc({ syscall: { parameters: ["i64", "i32", "buffer", "u32", "u32"], result: "i64" } });
  if (typeof libc === "string") return false;
  const attributes = new DataView(new ArrayBuffer(attributeBytes));
  // What else stands there, the niceness above all, is to stay.
  if (Number(libc.syscall(schedGetattr, 0, attributes, attributeBytes, 0)) !== 0) return false;
  attributes.setBigUint64(runtimeOffset, turnNanoseconds, true);
  return Number(libc.syscall(schedSetattr, 0, attributes, 0, 0)) === 0;
}

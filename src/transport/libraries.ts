/** Who may still call which functions of libraries. */

import { openLibcNow } from "./libc.ts";
import { openProcNow } from "./proc.ts";

/**
 * Gives up the permission to call libraries, for this thread and for threads that it starts. The functions that are
 * open can still be called, and no others: those that a running daemon needs are opened first.
 */
export function giveUpLibraries(): void {
  openLibcNow();
  openProcNow();
  Deno.permissions.revokeSync({ name: "ffi" });
}

/** Time for rows in the database. */

import type { Clock } from "../../transport/mod.ts";

/**
 * Wall-clock time in whole milliseconds that never goes back: where somebody sets the clock back, it stands still until the
 * wall has caught up, so that no interval in the history ends before it began. Whoever waits needs another clock.
 */
export function steadyWallClock(clock: Clock): () => number {
  let last = 0;
  return () => last = Math.max(last, Math.floor(clock.now()));
}

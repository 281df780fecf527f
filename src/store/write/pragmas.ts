/** Settings of the writing connection, with the figures behind them. */

const pageBytes = 4096;
/** Pages in the log from which on a checkpoint is worth it. */
export const checkpointPages = 1_000;
/** Pages from which on a checkpoint also empties the log: 128 MiB. */
export const truncatePages = 32_768;
/** Pages from which on each batch makes a checkpoint first: 256 MiB, which holds a first full table and its indexes. */
export const busyLogPages = 65_536;

/**
 * KiB. Changes all over a table of 200,000 routes took the same CPU time with twice as much; the system caches the
 * rest.
 */
const cacheKib = 8_000;

/**
 * While an index is created: SQLite sorts runs of the size of its page cache and then merges them, and runs that fit
 * the cache of the processor sort faster. 1.2M prefixes took 1.04 s with 16 MB, 0.70 s with 1 MB, 0.52 s with a second
 * thread.
 */
export const sortingPragmas = "PRAGMA cache_size = -1000; PRAGMA threads = 1";
export const servingPragmas = `PRAGMA cache_size = -${cacheKib}; PRAGMA threads = 0`;
export const writerPragmas = `PRAGMA journal_size_limit = ${truncatePages * pageBytes}; ${servingPragmas}`;

/** The log in octets. */
export function logBytesOf(pages: number): number {
  return pages * pageBytes;
}

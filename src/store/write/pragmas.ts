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
 * While an index is created: SQLite sorts runs of the size of its page cache and then merges them. Runs that fit the
 * cache of the processor sort faster. A second thread (PRAGMA threads) costs half as much CPU time again and saves next
 * to no time: the four indexes of 1.2M prefixes took 2.2 s of CPU time with it and 1.3 s without, 1.35 s of time either
 * way.
 */
export const sortingPragmas = "PRAGMA cache_size = -2000";
export const servingPragmas = `PRAGMA cache_size = -${cacheKib}`;
export const writerPragmas = `PRAGMA journal_size_limit = ${truncatePages * pageBytes}; ${servingPragmas}`;

/** The log in octets. */
export function logBytesOf(pages: number): number {
  return pages * pageBytes;
}

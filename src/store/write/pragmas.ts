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
 * KiB, while the first table arrives. Its rows come in the order of their keys, so they need the last pages of each
 * table and no others: a full table took the same CPU time with 8,000.
 */
const tableCacheKib = 2_000;

/**
 * While an index is created: SQLite sorts runs of the size of its page cache and then merges them. Runs that fit the
 * cache of the processor sort faster. A second thread (PRAGMA threads) costs half as much CPU time again and saves next
 * to no time: the four indexes of 1.2M prefixes took 2.2 s of CPU time with it and 1.3 s without, 1.35 s of time either
 * way.
 */
export const sortingPragmas = "PRAGMA temp_store = DEFAULT; PRAGMA cache_size = -2000";
/**
 * A statement that may fail in the middle keeps the former content of its pages until its end: more than 64 KiB go to a
 * temporary file, unless temporary files are in memory. Under changes all over the table that file took a fifth of the
 * CPU time and as many written octets as the log. While a run opens and loads the database, temporary files are files:
 * a query may sort all routes.
 */
const writingPragmas = "PRAGMA temp_store = MEMORY";
/** While the indexes of the first table are missing. */
export const tablePragmas = `PRAGMA cache_size = -${tableCacheKib}; ${writingPragmas}`;
/** Once all indexes are there. */
export const servingPragmas = `PRAGMA cache_size = -${cacheKib}; ${writingPragmas}`;
export const writerPragmas = `PRAGMA journal_size_limit = ${
  truncatePages * pageBytes
}; PRAGMA cache_size = -${cacheKib}`;

/** The log in octets. */
export function logBytesOf(pages: number): number {
  return pages * pageBytes;
}

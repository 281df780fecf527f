/**
 * Test files in batches, each for a process of its own.
 *
 * `deno test --parallel` starts files in an order of its own: a property test of twenty seconds that comes last leaves
 * the other cores idle. Here the slow files start first, each in a batch alone, and small batches fill the cores at the
 * end.
 */

/** A start of Deno takes as long as some ten small tests, so that most files share a process. */
const mostFilesInBatch = 8;

/** Files that take many seconds, by the kind of test that they hold. */
const slow = /_property_test\.ts$|^tests\/(?:simulation|fuzz)\//;

/** Takes paths of test files in any order. */
export function inBatches(files: readonly string[]): string[][] {
  const sorted = files.toSorted();
  const others = sorted.filter((file) => !slow.test(file));
  return [...sorted.filter((file) => slow.test(file)).map((file) => [file]), ...striped(others)];
}

/**
 * Neighbours are alike: the files of one folder wait for timers and locks, those of another need the processor. A batch
 * takes files from everywhere, so that the batches of one moment do not all wait at once.
 */
function striped(files: readonly string[]): string[][] {
  const count = Math.ceil(files.length / mostFilesInBatch);
  return Array.from({ length: count }, (_, first) => files.filter((_, i) => i % count === first));
}

/** Live tests that take a minute or more: they start first. */
const slowLive = /\/(?:graceful|matrix|mrt_files)_test\.ts$/;

/** Live tests whose processes share the modules of up to eight files. */
export function liveBatches(files: readonly string[]): string[][] {
  const sorted = files.toSorted();
  const others = sorted.filter((file) => !slowLive.test(file));
  return [...sorted.filter((file) => slowLive.test(file)).map((file) => [file]), ...striped(others)];
}

/** All test files below a folder of the project, with their paths relative to the project. */
export async function testFiles(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const entry of Deno.readDir(`${root}/${folder}`)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) found.push(...await testFiles(root, path));
      else if (entry.name.endsWith("_test.ts")) found.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}

/** Calls `run` for every item, `jobs` of them at a time, and gives the results in the order of the items. */
export async function inParallel<T, R>(items: readonly T[], jobs: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await run(items[at]!);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
}

/** Reads the output of `deno test`: its summary, and the files whose tests failed. */

/** The counts of one run, or of several together. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Tests that did not run because something they need is missing, such as another daemon. */
  readonly skipped: number;
  /** Tests that failed and passed at the second try; they count as passed, too. */
  readonly unsteady: number;
}

export function addTallies(tallies: readonly Tally[]): Tally {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    unsteady: sum(({ unsteady }) => unsteady),
  };
}

/** The summary line of `deno test`; `undefined` for every other line. After a type error there is no summary. */
export function readSummary(line: string): Tally | undefined {
  const plain = withoutColours(line);
  const match = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/.exec(plain);
  if (match === null) return undefined;
  const skipped = /\| (\d+) ignored/.exec(plain)?.[1] ?? 0;
  return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(skipped), unsteady: 0 };
}

/** The two lines that end a run. The last one has the same form always, for scripts. */
export function summaryLines({ passed, failed, skipped, unsteady }: Tally): readonly [string, string] {
  return [`${unsteady} unsteady, ${skipped} skipped`, `${passed} passed, ${failed} failed`];
}

/** Collects the files whose tests failed, from the lines of a `deno test` that runs one file after the other. */
export class FailedFiles {
  readonly found = new Set<string>();
  #file = "";

  read(line: string): void {
    const plain = withoutColours(line);
    this.#file = /^running \d+ tests? from \.\/(\S+)$/.exec(plain)?.[1] ?? this.#file;
    // A step that is written in another file names that file where it failed.
    if (/ \.\.\. FAILED \(.*\)$/.test(plain) && this.#file !== "") this.found.add(this.#file);
  }
}

// deno-lint-ignore no-control-regex
const withoutColours = (line: string) => line.replaceAll(/\x1b\[[0-9;]*m/g, "").trim();

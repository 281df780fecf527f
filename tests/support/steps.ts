/** Runs slow cases of one test, which mostly wait, a few at a time. */

export interface Case {
  readonly title: string;
  run(): Promise<void>;
}

/** Runs each case as a step of `t`, at most `limit` at once; all run even where some fail. */
export async function concurrently(t: Deno.TestContext, limit: number, cases: readonly Case[]): Promise<void> {
  const waiting = [...cases];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { title, run } = next;
      // Steps beside each other: Deno cannot tell whose timers and processes are whose.
      await t.step({ name: title, fn: run, sanitizeOps: false, sanitizeResources: false, sanitizeExit: false });
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

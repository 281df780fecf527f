/** Waits until something outside this process is true, for a limited time. */

/** How long anything may take that should come at once: a machine that does much else besides is no reason to fail. */
export const patienceMs = 60_000;

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  /** Checked at each try: where it says false, the thing cannot come any more and the wait is over. */
  readonly while?: () => boolean;
  /** Said when the patience ends, beside the last value or error seen. */
  readonly detail?: () => string;
}

/** Polls until `probe` returns something other than undefined, null or false, and gives that back. */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const { timeoutMs = patienceMs, intervalMs = 50, detail } = options;
  const start = performance.now();
  const end = start + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) {
        return value as Exclude<T, undefined | null | false>;
      }
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end || options.while?.() === false) break;
    await sleep(intervalMs);
  }
  const seen = last instanceof Error ? `${last.name}: ${last.message}` : Deno.inspect(last);
  const waited = Math.round(performance.now() - start);
  throw new Error(`waited ${waited} ms without success for ${what}; last: ${seen}${detail ? `\n${detail()}` : ""}`);
}

/** Resolves after a while, or at once when `signal` says so. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/**
 * How long something takes at best: measured until it is below the limit, some times at most. What a promise of speed
 * means on a machine that is busy with other things now and then; longer and longer rests let such a time pass.
 */
export async function atBest(
  limitMs: number,
  measure: (attempt: number) => Promise<number>,
  attempts = 10,
  restMs = 500,
): Promise<number> {
  let best = Infinity;
  for (let attempt = 0; attempt < attempts && best >= limitMs; attempt++) {
    if (attempt > 0) await sleep(restMs * attempt);
    best = Math.min(best, await measure(attempt));
  }
  return best;
}

/** When a daemon has nothing to do any more, seen from outside: its use of the processor stops. */

const sampleEveryMs = 25;
/** So long it must use next to nothing. */
const windowMs = 1000;
const mostSeconds = 0.06;

export interface CpuSample {
  /** Wall clock, milliseconds. */
  readonly at: number;
  /** CPU time so far, seconds. */
  readonly seconds: number;
}

/** The first sample at or after `since` that begins a quiet second; `undefined`: there is none yet. */
export function quietAt(samples: readonly CpuSample[], since: number): number | undefined {
  let end = 0;
  for (const { at, seconds } of samples) {
    if (at < since) continue;
    while (end < samples.length && samples[end]!.at < at + windowMs) end++;
    if (end === samples.length) return undefined;
    if (samples[end]!.seconds - seconds <= mostSeconds) return at;
  }
  return undefined;
}

/** Takes a sample now and then until it is stopped. */
export class CpuSampler {
  readonly #samples: CpuSample[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(seconds: () => number) {
    this.#timer = setInterval(() => this.#samples.push({ at: Date.now(), seconds: seconds() }), sampleEveryMs);
  }

  quietAt(since: number): number | undefined {
    return quietAt(this.#samples, since);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

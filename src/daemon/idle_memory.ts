/**
 * Memory that a crowd has left behind. V8 collects when it needs room, and a daemon that idles needs none: after thousands of
 * connections that said nothing 120 MB stayed for good. So the main thread looks now and then whether much has gathered.
 */

const everyMs = 15_000;
/** A collection of the main thread takes some 20 ms: so much has to have gathered. */
const gatheredBytes = 24 * 2 ** 20;

export class IdleMemory {
  #interval: ReturnType<typeof setInterval> | undefined;
  /** In use after the last collection. */
  #kept = 0;

  begin(): void {
    const { gc } = globalThis as { gc?: () => void };
    // Without the flag --expose-gc V8 decides alone.
    if (gc === undefined) return;
    this.#kept = used();
    this.#interval = setInterval(() => {
      if (used() - this.#kept < gatheredBytes) return;
      gc();
      this.#kept = used();
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.#interval);
  }
}

function used(): number {
  const { heapTotal, external } = Deno.memoryUsage();
  return heapTotal + external;
}

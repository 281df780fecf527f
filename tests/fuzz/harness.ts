/**
 * The laws of every decoder under any octets: it never throws, never reads beyond its frame, and ends. A target adds
 * laws of its own, such as `decode(encode(x)) = x`. An input that breaks a law is a crash. The harness makes it as
 * small as it can.
 */

/** One decoder under test. */
export interface Target {
  readonly name: string;
  /** True for inputs it is made for; without it, for all. */
  accepts?(input: Uint8Array): boolean;
  /**
   * Reads `bytes[start, end)`, throws where a law is broken, and says what it read, so that runs with other
   * surroundings can be compared.
   */
  run(bytes: Uint8Array, start: number, end: number): string;
}

export interface Crash {
  readonly target: string;
  readonly input: Uint8Array;
  readonly error: string;
}

/** Octets before and behind the input. */
const margin = 24;
/** Long enough for a machine with other things to do: inputs are messages, not files. */
const slowMs = 5000;

/** Two surroundings that have no octet in common. */
const poisons = [0x00, 0xff] as const;

/** The law that was broken, if one was. */
export function examine(target: Target, input: Uint8Array): string | undefined {
  // A machine that stands still for a while makes an input slow, but not three times.
  for (let attempt = 1;; attempt++) {
    const { error, tookMs } = examineOnce(target, input);
    if (error !== undefined || tookMs <= slowMs) return error;
    if (attempt === 3) return `takes ${Math.round(tookMs)} ms`;
  }
}

function examineOnce(target: Target, input: Uint8Array): { error?: string; tookMs: number } {
  const results: string[] = [];
  const began = performance.now();
  const end = (error?: string) => ({ ...error === undefined ? {} : { error }, tookMs: performance.now() - began });
  for (const poison of poisons) {
    const bytes = new Uint8Array(input.length + 2 * margin).fill(poison);
    bytes.set(input, margin);
    try {
      results.push(target.run(bytes, margin, margin + input.length));
    } catch (error) {
      return end(error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ""}` : String(error));
    }
  }
  return results[0] === results[1] ? end() : end(`reads past its frame:\n  ${results[0]}\n  ${results[1]}`);
}

/** Runs all targets that take the input. */
export function examineAll(targets: readonly Target[], input: Uint8Array): Crash | undefined {
  for (const target of targets) {
    if (target.accepts?.(input) === false) continue;
    const error = examine(target, input);
    if (error !== undefined) return { target: target.name, input, error };
  }
  return undefined;
}

/** The same crash with as few octets as can be found; the rest of them zero where that does not matter. */
export function minimise(target: Target, crash: Crash, repair: (input: Uint8Array) => Uint8Array): Crash {
  let best = crash;
  const tryOut = (candidate: Uint8Array): boolean => {
    const input = target.accepts?.(candidate) === false ? repair(candidate) : candidate;
    if (input.length > best.input.length || target.accepts?.(input) === false) return false;
    const error = examine(target, input);
    if (error === undefined) return false;
    best = { target: target.name, input, error };
    return true;
  };
  for (let size = crash.input.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at + size <= best.input.length;) {
      const without = Uint8Array.of(...best.input.subarray(0, at), ...best.input.subarray(at + size));
      if (!tryOut(without) && !tryOut(repair(without))) at += size;
    }
  }
  for (let at = 0; at < best.input.length; at++) {
    if (best.input[at] === 0) continue;
    const zeroed = best.input.slice();
    zeroed[at] = 0;
    tryOut(zeroed);
  }
  return best;
}

/** Octets as text, only to be compared: faster than hexadecimal. */
export function octetText(octets: Uint8Array): string {
  let text = "";
  for (let i = 0; i < octets.length; i++) text += String.fromCharCode(octets[i]!);
  return text;
}

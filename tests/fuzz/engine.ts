/** One run of the fuzzer: it mutates seeds and gives them to the targets until the time or the count is used up. */
import type { Campaign } from "./campaigns.ts";
import { type Crash, examineAll, minimise } from "./harness.ts";
import { Random } from "./random.ts";

export interface FuzzOptions {
  readonly seed: number;
  /** Stops after so many inputs … */
  readonly count?: number;
  /** … or so many milliseconds, but not before so many inputs. */
  readonly milliseconds?: number;
  readonly least?: number;
  /** Called now and then. */
  readonly onProgress?: (inputs: number) => void;
}

export interface FuzzResult {
  readonly inputs: number;
  readonly crash: Crash | undefined;
}

/** The most inputs kept beside the seeds because nothing like them was seen before. */
const mostKept = 4000;

/** Mutates the seeds and what came of them; stops at the first crash. */
export function fuzz(campaign: Campaign, options: FuzzOptions): FuzzResult {
  const { targets, seeds } = campaign;
  const random = new Random(options.seed);
  const corpus = [...seeds];
  const began = performance.now();
  const small = (crash: Crash) => minimise(targets.find(({ name }) => name === crash.target)!, crash, campaign.repair);
  let inputs = 0;
  const isOver = () =>
    inputs >= (options.count ?? Infinity) ||
    (inputs & 15) === 0 && inputs >= (options.least ?? 0) &&
      performance.now() - began >= (options.milliseconds ?? Infinity);
  for (const seed of seeds) {
    if (isOver()) break;
    inputs++;
    const crash = examineAll(targets, seed);
    if (crash !== undefined) return { inputs, crash: small(crash) };
  }
  while (!isOver()) {
    if (inputs % 50_000 === 0) options.onProgress?.(inputs);
    inputs++;
    const input = campaign.mutate(random, random.pick(corpus));
    const crash = examineAll(targets, input);
    if (crash !== undefined) return { inputs, crash: small(crash) };
    // Mutations of mutations lead away from what seeds look like.
    if (!random.chance(2) || input.length > 4096) continue;
    if (corpus.length - seeds.length < mostKept) corpus.push(input);
    else corpus[seeds.length + random.below(mostKept)] = input;
  }
  return { inputs, crash: undefined };
}

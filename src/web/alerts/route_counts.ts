/** `route-count`: how many routes peers had some time ago, and which have many more or less now. */

import type { AlertSettings } from "../../config/mod.ts";
import type { CountSample, PeerFamily } from "../../store/mod.ts";
import type { Millis } from "../../types/mod.ts";
import type { Found, Wrong } from "./found.ts";
import { asOf, isComplete } from "./look.ts";

/** So many samples of a subject fill the window. */
const samplesOfWindow = 60;
const shortestMs: Millis = 1_000;

export class RouteCounts {
  readonly #percent: number;
  readonly #windowMs: Millis;
  /** The oldest first; at most one is older than the window. */
  readonly #samples = new Map<string, CountSample[]>();

  /** `samples`: those of before a restart, the oldest first. */
  constructor(
    { percent, windowSeconds }: Pick<AlertSettings, "percent" | "windowSeconds">,
    samples: readonly CountSample[] = [],
  ) {
    this.#percent = percent;
    this.#windowMs = windowSeconds * 1000;
    for (const sample of samples) this.#listOf(sample.subject).push(sample);
  }

  /** How far apart samples are. */
  get everyMs(): Millis {
    return Math.max(shortestMs, this.#windowMs / samplesOfWindow);
  }

  /** Evaluates what a look found. `samples`: new ones to keep. Samples before `keptFrom` are not needed any more. */
  take(
    families: readonly PeerFamily[],
    now: Millis,
  ): { readonly found: Found; readonly samples: readonly CountSample[]; readonly keptFrom: Millis } {
    const wrong: Wrong[] = [], unknown: string[] = [], samples: CountSample[] = [];
    for (const family of families) {
      const subject = `${family.peer} ${family.family}`;
      // While a table arrives, its number of routes says nothing.
      if (!family.isEstablished || !isComplete(family, now)) {
        unknown.push(subject);
        continue;
      }
      const list = this.#listOf(subject);
      while (list[1] !== undefined && list[1].at <= now - this.#windowMs) list.shift();
      const before = list[0];
      const evaluated = before === undefined ? undefined : this.#evaluate(subject, family, before, now);
      if (evaluated !== undefined) wrong.push(evaluated);
      const last = list.at(-1);
      if (last !== undefined && now - last.at < this.everyMs && now >= last.at) continue;
      const sample = { subject, at: now, routes: family.routes };
      list.push(sample);
      samples.push(sample);
    }
    const present = new Set(families.map(({ peer, family }) => `${peer} ${family}`));
    for (const subject of this.#samples.keys()) if (!present.has(subject)) this.#samples.delete(subject);
    // One sample that is older than the window is the one to compare with, unless the process did not run for long.
    return { found: { wrong, unknown }, samples, keptFrom: now - this.#windowMs - 10 * this.everyMs };
  }

  #evaluate(
    subject: string,
    { peer, peerAs, family, routes }: PeerFamily,
    before: CountSample,
    now: Millis,
  ): Wrong | undefined {
    const difference = routes - before.routes;
    const percent = Math.abs(difference) * 100 / before.routes;
    if (before.routes === 0 || percent <= this.#percent) return undefined;
    const seconds = Math.round((now - before.at) / 1000);
    return {
      subject,
      text: `${peer}${asOf(peerAs)} has ${routes} routes of ${family}, ${Math.round(percent)} % ` +
        `${difference < 0 ? "less" : "more"} than the ${before.routes} of ${seconds} seconds before`,
      since: null,
      prefix: null,
      peers: [peer],
      origin: null,
      asPath: null,
    };
  }

  #listOf(subject: string): CountSample[] {
    const list = this.#samples.get(subject) ?? [];
    this.#samples.set(subject, list);
    return list;
  }
}

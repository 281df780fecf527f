/**
 * The decision process in words: why the best route of a prefix is the best, and which step took each other one away. For
 * people, from routes as the database has them; nothing here is fast.
 *
 * `decision.ts` decides a million prefixes on columns; this reads the same steps (RFC 4271 §9.1.2.2, RFC 4456 §9,
 * RFC 5004) from a table, one row each, and notes who leaves at which. A property holds the two together: same winner, same
 * step, whatever the candidates.
 */

import { type Origin, originName } from "../../message/mod.ts";
import { formatAddress, formatIpv4Number } from "../../types/mod.ts";
import { AttributeKeys } from "../table/attribute_keys.ts";
import { DecisionStep, decisionStepNames } from "./decision.ts";
import { Ineligible } from "../in/import/eligibility.ts";
import { compareAddresses } from "./ranking.ts";

/** A route that can be chosen: eligible, of a session that is up. */
export interface Candidate {
  /** 0: this speaker itself. */
  readonly peerId: number;
  /** Learned from a peer of our own AS. */
  readonly internal: boolean;
  /** Learned from a peer of another member AS of our confederation. */
  readonly confederation?: boolean;
  /** The peer's BGP Identifier. */
  readonly routerId: number;
  /** The peer's; 4 or 16 octets. */
  readonly address: Uint8Array;
  /** -1: none. */
  readonly pathId: number;
  /** The canonical attribute set, after import policy. */
  readonly wire: Uint8Array;
}

/** What became of one candidate. */
export interface Verdict {
  /** The step that left it alone, or the one that took it away. */
  readonly step: DecisionStep;
  /** What it has there, for people; empty where the step has no value. */
  readonly value: string;
  /** What stood against it: the winner's value, or for the winner that of the best among those the step took away. */
  readonly against: string;
  /** Whose value that is: the index of a candidate, or -1. */
  readonly by: number;
  /** All of it in a sentence. */
  readonly text: string;
}

export interface Explanation {
  /** Index of the best candidate, or -1. */
  readonly winner: number;
  readonly step: DecisionStep;
  /** In the order of the candidates. */
  readonly verdicts: readonly Verdict[];
}

/** Why a route is no candidate, in a sentence. `word`: what the database says of the reason. */
export function explainIneligible(reason: number, word: string): string {
  // Beyond the fixed numbers it is a rule of import policy that rejects it: "policy customer-in, rule no bogons".
  return `no candidate: ${word}${reason < policyReasons ? ineligibleReasons[reason] ?? "" : " rejects it"}`;
}

/** Numbers from here on are the rules of policies. */
const policyReasons = 64;

/** What is behind the words of eligibility.ts. */
const ineligibleReasons: Readonly<Record<number, string>> = {
  [Ineligible.ownAsn]: ", a loop (RFC 4271 §9.1.2)",
  [Ineligible.ownOriginatorId]: ", a loop within the AS (RFC 4456 §8)",
  [Ineligible.ownClusterId]: ", a loop of route reflectors (RFC 4456 §8)",
  [Ineligible.ownNextHop]: ", it leads back here (RFC 4271 §5.1.3)",
  [Ineligible.notImported]: ': the peer has import = "none", or no import policy under strict RFC 8212',
  [Ineligible.importPolicy]: " rejects it",
  [Ineligible.maxPrefixes]: ": the peer has more routes than it may",
  [Ineligible.asSet]: " (RFC 9774 §3)",
  [Ineligible.linkLocalNextHop]: ": nobody knows of which link, as this session is not on one (RFC 2545 §3)",
  [Ineligible.loopbackNextHop]: ": import policy set it, and this session does not run over a loopback address",
  [Ineligible.martian]: ", no destination of unicast routing (RFC 4271 §6.3)",
  [Ineligible.otcLeak]: ": ONLY_TO_CUSTOMER forbids this way (RFC 9234 §5)",
};

/** One row of the table: those of `alive` that stay. Candidates are indices. */
interface Step {
  readonly step: DecisionStep;
  keep(alive: readonly number[]): readonly number[];
  /** What a candidate has there. */
  value(candidate: number): string;
}

/** A candidate that is out: the step, and who was left. */
interface Exit {
  readonly step: Step;
  readonly kept: readonly number[];
}

/** `current`: the candidate that was best until now, or -1. */
export function explain(candidates: readonly Candidate[], current: number): Explanation {
  if (candidates.length === 0) return { winner: -1, step: DecisionStep.none, verdicts: [] };
  const keys = keysOf(candidates);
  const exits: (Exit | undefined)[] = candidates.map(() => undefined);
  let alive: readonly number[] = candidates.map((_, i) => i);
  let decider: Step | undefined;
  for (const step of stepsOf(candidates, keys, current)) {
    if (alive.length === 1) break;
    const kept = step.keep(alive);
    if (kept.length === alive.length) continue;
    const stay = new Set(kept);
    for (const each of alive) if (!stay.has(each)) exits[each] = { step, kept };
    alive = kept;
    decider = step;
  }
  const [winner = -1] = alive;
  const words = new Words(candidates, keys);
  const verdicts = exits.map((exit, i) =>
    exit === undefined ? words.won(i, decider, exits) : words.lost(i, exit, winner)
  );
  return { winner, step: decider?.step ?? DecisionStep.onlyRoute, verdicts };
}

/** The decision process, as it is read: the header of decision.ts has the reasons. */
function stepsOf(candidates: readonly Candidate[], keys: AttributeKeys, current: number): Step[] {
  const at = (i: number) => candidates[i]!;
  const lowest = (key: (i: number) => number) => (alive: readonly number[]) => {
    const best = alive.reduce((least, i) => Math.min(least, key(i)), Infinity);
    return alive.filter((i) => key(i) === best);
  };
  const identifier = (i: number) => identifierOf(at(i), keys, i);
  return [
    {
      step: DecisionStep.local,
      keep: (alive) => {
        const own = alive.find((i) => at(i).peerId === 0);
        return own === undefined ? alive : [own];
      },
      value: (i) => at(i).peerId === 0 ? "originated here" : "received",
    },
    {
      step: DecisionStep.longLivedStale,
      keep: lowest((i) => keys.longLivedStale[i]!),
      value: (i) => keys.longLivedStale[i] === 0 ? "not stale" : "long-lived stale",
    },
    { step: DecisionStep.localPref, keep: lowest((i) => -keys.localPref[i]!), value: (i) => String(keys.localPref[i]) },
    {
      // RFC 7311 §4.2: where a route has it, those without are out.
      step: DecisionStep.aigp,
      keep: lowest((i) => keys.aigp?.[i] ?? Infinity),
      value: (i) => Number.isFinite(keys.aigp?.[i] ?? Infinity) ? String(keys.aigp![i]) : "none",
    },
    {
      step: DecisionStep.asPathLength,
      keep: lowest((i) => keys.pathLength[i]!),
      value: (i) => String(keys.pathLength[i]),
    },
    {
      step: DecisionStep.origin,
      keep: lowest((i) => keys.origin[i]!),
      value: (i) => originName(keys.origin[i] as Origin),
    },
    {
      step: DecisionStep.med,
      keep: (alive) => {
        const lowest = new Map<number, number>();
        for (const i of alive) {
          lowest.set(keys.neighbourAs[i]!, Math.min(lowest.get(keys.neighbourAs[i]!) ?? Infinity, keys.med[i]!));
        }
        return alive.filter((i) => keys.med[i] === lowest.get(keys.neighbourAs[i]!));
      },
      value: (i) => String(keys.med[i]),
    },
    {
      step: DecisionStep.ebgpOverIbgp,
      keep: lowest((i) => isInside(at(i)) ? 1 : 0),
      value: (i) => at(i).internal ? "iBGP" : at(i).confederation === true ? "confederation eBGP" : "eBGP",
    },
    {
      // RFC 5004 §3: among eBGP routes, and for a route that has come this far; routes of its own speaker go on with it.
      step: DecisionStep.oldest,
      keep: (alive) =>
        !alive.includes(current) || isInside(at(current))
          ? alive
          : alive.filter((i) => identifier(i) === identifier(current)),
      value: () => "",
    },
    { step: DecisionStep.routerId, keep: lowest(identifier), value: (i) => formatIpv4Number(identifier(i)) },
    {
      step: DecisionStep.clusterListLength,
      keep: lowest((i) => keys.clusterListLength[i]!),
      value: (i) => String(keys.clusterListLength[i]),
    },
    {
      step: DecisionStep.peerAddress,
      keep: (alive) => {
        const order = (i: number, j: number) => compareAddresses(at(i).address, at(j).address);
        const first = alive.reduce((least, i) => order(i, least) < 0 ? i : least);
        return alive.filter((i) => order(i, first) === 0);
      },
      value: (i) => formatAddress(at(i).address),
    },
    {
      step: DecisionStep.pathId,
      keep: lowest((i) => at(i).pathId),
      value: (i) => String(at(i).pathId),
    },
    {
      step: DecisionStep.peerId,
      keep: (alive) => lowest((i) => at(i).peerId)(alive).slice(0, 1),
      value: (i) => String(at(i).peerId),
    },
  ];
}

/** RFC 5065 §5.3: what members of a confederation say counts as what members of the AS say. */
function isInside({ internal, confederation }: Candidate): boolean {
  return internal || confederation === true;
}

function identifierOf({ routerId }: Candidate, keys: AttributeKeys, i: number): number {
  return keys.hasOriginatorId[i] === 0 ? routerId : keys.originatorId[i]!;
}

function keysOf(candidates: readonly Candidate[]): AttributeKeys {
  const keys = new AttributeKeys();
  if (candidates.length > keys.med.length) keys.grow(candidates.length);
  candidates.forEach(({ wire }, i) => keys.read(i, wire, 0, wire.length));
  return keys;
}

/** Sentences. */
class Words {
  readonly #candidates: readonly Candidate[];
  readonly #keys: AttributeKeys;
  /** By neighbouring AS: the first route that MED left. */
  #keptByMed: Map<number, number> | undefined;

  constructor(candidates: readonly Candidate[], keys: AttributeKeys) {
    this.#candidates = candidates;
    this.#keys = keys;
  }

  won(winner: number, decider: Step | undefined, exits: readonly (Exit | undefined)[]): Verdict {
    if (decider === undefined) {
      const text = this.#candidates[winner]!.peerId === 0 ? "the only route, originated here" : "the only route";
      return { step: DecisionStep.onlyRoute, value: "", against: "", by: -1, text };
    }
    // The best of those that came as far as this one.
    const others = exits.flatMap((exit, i) => exit?.step === decider ? [i] : []);
    const [by = -1] = decider.step === DecisionStep.oldest ? others : decider.keep(others);
    const value = decider.value(winner);
    const against = decider.value(by);
    return { step: decider.step, value, against, by, text: this.#wonBy(decider, winner, by) };
  }

  lost(candidate: number, { step, kept }: Exit, winner: number): Verdict {
    // A MED is lost to a route of the same neighbour, which need not be the best in the end.
    const { neighbourAs } = this.#keys;
    const by = step.step === DecisionStep.med && neighbourAs[winner] !== neighbourAs[candidate]
      ? this.#leftByMed(kept).get(neighbourAs[candidate]!) ?? winner
      : winner;
    const who = by === winner ? "best" : formatAddress(this.#candidates[by]!.address);
    const text = this.#lostBy(step, candidate, by, who);
    return { step: step.step, value: step.value(candidate), against: step.value(by), by, text };
  }

  #leftByMed(kept: readonly number[]): Map<number, number> {
    this.#keptByMed ??= new Map([...kept].reverse().map((i) => [this.#keys.neighbourAs[i]!, i]));
    return this.#keptByMed;
  }

  #wonBy({ step, value }: Step, winner: number, other: number): string {
    switch (step) {
      case DecisionStep.local:
        return "originated here: that comes before all that peers say";
      case DecisionStep.longLivedStale:
        return "not long-lived stale, as the others are (RFC 9494)";
      case DecisionStep.oldest:
        return "oldest: as good as others up to here, and best before them (RFC 5004)";
      case DecisionStep.ebgpOverIbgp:
        return `learned over eBGP, next over ${value(other)}`;
      default:
        return `${this.#noun(step, winner)} ${value(winner)}, next has ${this.#named(step, other)}${value(other)}${
          this.#scope(step, winner)
        }`;
    }
  }

  #lostBy({ step, value }: Step, candidate: number, by: number, who: string): string {
    switch (step) {
      case DecisionStep.local:
        return "received; best is originated here";
      case DecisionStep.longLivedStale:
        return "long-lived stale, best is not (RFC 9494)";
      case DecisionStep.oldest:
        return "as good up to here, but best was there first (oldest, RFC 5004)";
      case DecisionStep.ebgpOverIbgp:
        return `learned over ${value(candidate)}, best over eBGP`;
      default:
        return `${this.#noun(step, candidate)} ${value(candidate)}, ${who} has ${this.#named(step, by)}${value(by)}${
          this.#scope(step, candidate)
        }`;
    }
  }

  /** What the value is: an ORIGINATOR_ID stands in for the router id (RFC 4456 §9), an absent LOCAL_PREF counts 100. */
  #noun(step: DecisionStep, candidate: number): string {
    if (step === DecisionStep.routerId && this.#keys.hasOriginatorId[candidate] !== 0) return "originator id";
    return decisionStepNames[step]!;
  }

  #named(step: DecisionStep, candidate: number): string {
    return step === DecisionStep.routerId && this.#keys.hasOriginatorId[candidate] !== 0 ? "originator id " : "";
  }

  #scope(step: DecisionStep, candidate: number): string {
    if (step !== DecisionStep.med) return "";
    const neighbour = this.#keys.neighbourAs[candidate];
    return neighbour === 0 ? " (both from our own AS)" : ` (both from AS ${neighbour})`;
  }
}

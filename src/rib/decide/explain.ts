/**
 * The decision process as sentences: why the best route of a prefix is the best route, and which step removed each
 * other route. It serves people, works on routes as the database has them, and need not be fast.
 *
 * `decision.ts` decides a million prefixes on columns. This file keeps the same steps as a table with one row per step,
 * and notes which candidate leaves at which step. A property test holds the two together: same winner, same step,
 * whatever the candidates.
 */

import { type Origin, originName } from "../../message/mod.ts";
import { formatAddress, formatIpv4Number, type SetSlot } from "../../types/mod.ts";
import { AttributeKeys } from "../table/attribute_keys.ts";
import { grownTo } from "../table/columns.ts";
import { DecisionStep, decisionStepNames } from "./decision.ts";
import { Ineligible } from "../in/import/eligibility.ts";
import { compareAddresses, identifierOf, isInternal } from "./ranking.ts";

/** A route that can become the best route: eligible, and of a session that is up. */
export interface Candidate {
  /** 0: this speaker itself. */
  readonly peerId: number;
  /** Learned from a peer of our own AS. */
  readonly internal: boolean;
  /** Learned from a peer of another member AS of our confederation. */
  readonly confederation?: boolean;
  /** The peer's BGP Identifier. */
  readonly routerId: number;
  /** The peer's address: 4 or 16 octets. */
  readonly address: Uint8Array;
  /** -1: none. */
  readonly pathId: number;
  /** The canonical attribute set, after import policy. */
  readonly wire: Uint8Array;
}

/** What the decision process did with one candidate. */
export interface Verdict {
  /** For the best route the step that decided; for another one the step that removed it. */
  readonly step: DecisionStep;
  /** The candidate's value in that step, as text; empty where the step compares no value. */
  readonly value: string;
  /**
   * The value it was compared with. For the best route: that of the best candidate among those that the step removed.
   * For another one: that of the route it lost to.
   */
  readonly against: string;
  /** The index of the candidate that has the value `against`, or -1. */
  readonly by: number;
  /** All of it in one sentence. */
  readonly text: string;
}

export interface Explanation {
  /** Index of the best candidate, or -1. */
  readonly winner: number;
  readonly step: DecisionStep;
  /** In the order of the candidates. */
  readonly verdicts: readonly Verdict[];
}

/** Why a route is not a candidate, in one sentence. `word`: the name of the reason, as the database has it. */
export function explainIneligible(reason: number, word: string): string {
  // Above the fixed numbers the reason is a rule of import policy: "policy customer-in, rule no bogons".
  return `no candidate: ${
    reason < policyReasons ? word + (ineligibleReasons[reason] ?? "") : `import policy rejects it: ${word}`
  }`;
}

/** Reasons from this number on are rules of policies. */
const policyReasons = 64;

/** What follows the names of `in/import/eligibility.ts`. */
const ineligibleReasons: Readonly<Record<number, string>> = {
  [Ineligible.ownAsn]: ", a loop (RFC 4271 §9.1.2)",
  [Ineligible.ownOriginatorId]: ", a loop within the AS (RFC 4456 §8)",
  [Ineligible.ownClusterId]: ", a loop of route reflectors (RFC 4456 §8)",
  [Ineligible.ownNextHop]: ", it leads back here (RFC 4271 §5.1.3)",
  [Ineligible.notImported]: ': the peer has import = "none", or no import policy under strict RFC 8212',
  [Ineligible.importPolicy]: " rejects it",
  [Ineligible.maxPrefixes]: ": the peer exceeds its maximum-prefix limit",
  [Ineligible.asSet]: " (RFC 9774 §3)",
  [Ineligible.linkLocalNextHop]: ": this session does not run over a link, so the link is unknown (RFC 2545 §3)",
  [Ineligible.loopbackNextHop]: ": import policy set it, and this session does not run over a loopback address",
  [Ineligible.martian]: ", which cannot be a unicast destination (RFC 4271 §6.3)",
  [Ineligible.flowNoDestination]: " (RFC 8955 §6 a)",
  [Ineligible.flowNoRoute]: ": no unicast route covers it (RFC 8955 §6 b)",
  [Ineligible.flowOtherOriginator]: ": its best unicast route is from another router (RFC 8955 §6 b)",
  [Ineligible.flowOtherAs]: ": its best unicast route is from another neighbouring AS (RFC 9117 §4.2)",
  [Ineligible.flowMoreSpecific]: ": a more specific unicast route is from another neighbouring AS (RFC 8955 §6 c)",
  [Ineligible.rpkiInvalid]: ': no VRP that covers the prefix allows the origin (RFC 6811), and rpki = "reject-invalid"',
  [Ineligible.aspaInvalid]: ': ASPAs show a route leak or another wrong path, and aspa = "reject-invalid"',
  [Ineligible.esiAndGateway]: ": a prefix leads to a segment or to a gateway, not to both (RFC 9136 §3.1)",
  [Ineligible.otcLeak]: ": ONLY_TO_CUSTOMER forbids the peer to announce it (RFC 9234 §5)",
};

/** One row of the table of steps. Candidates are indices. */
interface Step {
  readonly step: DecisionStep;
  /** Those of `alive` that tie in this step. */
  keep(alive: readonly number[]): readonly number[];
  /** The value of a candidate in this step, as text. */
  value(candidate: number): string;
}

/** How a candidate left: the step, and the candidates that the step kept. */
interface Exit {
  readonly step: Step;
  readonly kept: readonly number[];
}

/** `current`: the candidate that is the best route so far, or -1. */
export function explain(candidates: readonly Candidate[], current: number): Explanation {
  if (candidates.length === 0) return { winner: -1, step: DecisionStep.none, verdicts: [] };
  const keys = keysOf(candidates);
  const exits: (Exit | undefined)[] = candidates.map(() => undefined);
  let alive: readonly number[] = candidates.map((_, i) => i);
  let decider: Step | undefined;
  for (const step of decisionSteps(candidates, keys, current)) {
    if (alive.length === 1) break;
    const kept = step.keep(alive);
    if (kept.length === alive.length) continue;
    const stay = new Set(kept);
    for (const each of alive) if (!stay.has(each)) exits[each] = { step, kept };
    alive = kept;
    decider = step;
  }
  const [winner = -1] = alive;
  const sentences = new Sentences(candidates, keys);
  const verdicts = exits.map((exit, i) =>
    exit === undefined ? sentences.won(i, decider, exits) : sentences.lost(i, exit, winner)
  );
  return { winner, step: decider?.step ?? DecisionStep.onlyRoute, verdicts };
}

/** The steps in their order; the header of `decision.ts` gives the source of each. */
export function decisionSteps(candidates: readonly Candidate[], keys: AttributeKeys, current: number): Step[] {
  return [
    ...stepsBeforePath(candidates, keys),
    ...stepsOfPath(candidates, keys),
    oldestStep(candidates, keys, current),
    ...stepsOfPeer(candidates, keys),
  ];
}

/** Keeps the candidates with the lowest key. */
function lowest(key: (candidate: number) => number): Step["keep"] {
  return (alive) => {
    const best = alive.reduce((least, i) => Math.min(least, key(i)), Infinity);
    return alive.filter((i) => key(i) === best);
  };
}

function stepsBeforePath(candidates: readonly Candidate[], keys: AttributeKeys): Step[] {
  const isLocal = (i: number) => candidates[i]!.peerId === 0;
  const aigp = (i: number) => keys.aigp?.[i] ?? Infinity;
  return [
    {
      step: DecisionStep.local,
      keep: (alive) => {
        const own = alive.find(isLocal);
        return own === undefined ? alive : [own];
      },
      value: (i) => isLocal(i) ? "originated here" : "received",
    },
    {
      step: DecisionStep.longLivedStale,
      keep: lowest((i) => keys.longLivedStale[i]!),
      value: (i) => keys.longLivedStale[i] === 0 ? "not stale" : "long-lived stale",
    },
    {
      step: DecisionStep.mobility,
      keep: lowest((i) => -(keys.mobility?.[i] ?? 0)),
      value: (i) => mobilityText(keys.mobility?.[i] ?? 0),
    },
    { step: DecisionStep.localPref, keep: lowest((i) => -keys.localPref[i]!), value: (i) => String(keys.localPref[i]) },
    {
      step: DecisionStep.aigp,
      keep: lowest(aigp),
      value: (i) => Number.isFinite(aigp(i)) ? String(aigp(i)) : "none",
    },
  ];
}

/** RFC 7432 §15.2: a static MAC address does not move. */
function mobilityText(sequence: number): string {
  return sequence === 2 ** 32 ? "static" : String(sequence);
}

function stepsOfPath(candidates: readonly Candidate[], keys: AttributeKeys): Step[] {
  return [
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
        const lowestMed = new Map<number, number>();
        for (const i of alive) {
          const neighbour = keys.neighbourAs[i]!;
          lowestMed.set(neighbour, Math.min(lowestMed.get(neighbour) ?? Infinity, keys.med[i]!));
        }
        return alive.filter((i) => keys.med[i] === lowestMed.get(keys.neighbourAs[i]!));
      },
      value: (i) => String(keys.med[i]),
    },
    {
      step: DecisionStep.ebgpOverIbgp,
      keep: lowest((i) => isInternal(candidates[i]!) ? 1 : 0),
      value: (i) => {
        const { internal, confederation } = candidates[i]!;
        return internal ? "iBGP" : confederation === true ? "confederation eBGP" : "eBGP";
      },
    },
  ];
}

/** RFC 5004 §3: the step applies to eBGP routes. Routes of the current best route's router go on to the next step. */
function oldestStep(candidates: readonly Candidate[], keys: AttributeKeys, current: number): Step {
  const identifier = (i: number) => identifierOf(keys, i as SetSlot, candidates[i]!);
  return {
    step: DecisionStep.oldest,
    keep: (alive) =>
      !alive.includes(current) || isInternal(candidates[current]!)
        ? alive
        : alive.filter((i) => identifier(i) === identifier(current)),
    value: () => "",
  };
}

function stepsOfPeer(candidates: readonly Candidate[], keys: AttributeKeys): Step[] {
  const identifier = (i: number) => identifierOf(keys, i as SetSlot, candidates[i]!);
  return [
    { step: DecisionStep.routerId, keep: lowest(identifier), value: (i) => formatIpv4Number(identifier(i)) },
    {
      step: DecisionStep.clusterListLength,
      keep: lowest((i) => keys.clusterListLength[i]!),
      value: (i) => String(keys.clusterListLength[i]),
    },
    {
      step: DecisionStep.peerAddress,
      keep: (alive) => {
        const order = (i: number, j: number) => compareAddresses(candidates[i]!.address, candidates[j]!.address);
        const first = alive.reduce((least, i) => order(i, least) < 0 ? i : least);
        return alive.filter((i) => order(i, first) === 0);
      },
      value: (i) => formatAddress(candidates[i]!.address),
    },
    {
      step: DecisionStep.pathId,
      keep: lowest((i) => candidates[i]!.pathId),
      value: (i) => String(candidates[i]!.pathId),
    },
    {
      step: DecisionStep.peerId,
      keep: (alive) => lowest((i) => candidates[i]!.peerId)(alive).slice(0, 1),
      value: (i) => String(candidates[i]!.peerId),
    },
  ];
}

function keysOf(candidates: readonly Candidate[]): AttributeKeys {
  const keys = new AttributeKeys();
  if (candidates.length > keys.med.length) keys.moveColumns(grownTo(candidates.length));
  candidates.forEach(({ wire }, i) => keys.read(i as SetSlot, wire, 0, wire.length));
  return keys;
}

/** Puts the outcome for each candidate into a sentence. */
class Sentences {
  readonly #candidates: readonly Candidate[];
  readonly #keys: AttributeKeys;
  /** By neighbouring AS: the first route that the step `med` kept. */
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
    // The best of the candidates that the deciding step removed.
    const others = exits.flatMap((exit, i) => exit?.step === decider ? [i] : []);
    const [by = -1] = decider.step === DecisionStep.oldest ? others : decider.keep(others);
    const value = decider.value(winner);
    const against = decider.value(by);
    return { step: decider.step, value, against, by, text: this.#wonBy(decider, winner, by) };
  }

  lost(candidate: number, { step, kept }: Exit, winner: number): Verdict {
    // In the step `med` a route loses to a route of the same neighbour, which need not be the best route in the end.
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
        return "originated here: takes precedence over all received routes";
      case DecisionStep.longLivedStale:
        return "not long-lived stale, as the others are (RFC 9494)";
      case DecisionStep.oldest:
        return "oldest: ties with others up to this step, and was the best route before (RFC 5004)";
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
        return "ties up to this step, but best was the best route before (oldest, RFC 5004)";
      case DecisionStep.ebgpOverIbgp:
        return `learned over ${value(candidate)}, best over eBGP`;
      default:
        return `${this.#noun(step, candidate)} ${value(candidate)}, ${who} has ${this.#named(step, by)}${value(by)}${
          this.#scope(step, candidate)
        }`;
    }
  }

  /** The name of the value. ORIGINATOR_ID stands in for the router id (RFC 4456 §9). */
  #noun(step: DecisionStep, candidate: number): string {
    if (step === DecisionStep.routerId && this.#keys.hasOriginatorId[candidate] !== 0) return "originator id";
    return decisionStepNames[step]!;
  }

  #named(step: DecisionStep, candidate: number): string {
    return step === DecisionStep.routerId && this.#keys.hasOriginatorId[candidate] !== 0 ? "originator id " : "";
  }

  /** The routes between which MED was compared. */
  #scope(step: DecisionStep, candidate: number): string {
    if (step !== DecisionStep.med) return "";
    const neighbour = this.#keys.neighbourAs[candidate];
    return neighbour === 0 ? " (both from our own AS)" : ` (both from AS ${neighbour})`;
  }
}

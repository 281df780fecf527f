/** Candidates for one prefix, decided by the decision process alone. */
import { type AttributeSet, encodeAttributeSet, hashAttributes } from "../../../../src/message/mod.ts";
import { SingleAdjRibIn } from "../../../../src/rib/in/adj_rib_in_single.ts";
import { PathsAdjRibIn } from "../../../../src/rib/in/adj_rib_in_paths.ts";
import { AttributeTable } from "../../../../src/rib/table/attribute_table.ts";
import { Decision, type DecisionStep } from "../../../../src/rib/decide/decision.ts";
import { type MultipathChoice, multipathRule } from "../../../../src/rib/decide/multipath.ts";
import { attributes } from "../support.ts";
import type { PrefixSlot } from "../../../../src/types/mod.ts";

export interface Candidate {
  set?: Partial<AttributeSet>;
  path?: number[];
  internal?: boolean;
  /** Of another member AS of our confederation. */
  confederation?: boolean;
  routerId?: number;
  address?: number[];
  pathId?: number;
  /** In the database; in their order where nothing is said. */
  peerId?: number;
  /** Originated by this speaker. */
  local?: boolean;
}

/** The winner's index among the candidates, and the step. */
export function decide(
  candidates: readonly Candidate[],
  current = -1,
): [number, DecisionStep] {
  const [winner, step] = decideMultipath(candidates, current, undefined);
  return [winner, step];
}

/** All candidates, best first, as an update group with ADD-PATH asks for them. */
export function rank(candidates: readonly Candidate[], current = -1): number[] {
  const { decision, winner } = play(candidates, current, undefined);
  return candidates.map((_, place) => decision.nth(place, winner));
}

/** The winner, the step, and the indices of the multipath routes. */
export function decideMultipath(
  candidates: readonly Candidate[],
  current: number,
  choice: MultipathChoice | undefined,
): [number, DecisionStep, readonly number[]] {
  const { decision, winner } = play(candidates, current, choice);
  return [winner, decision.step, winner === -1 ? [] : decision.multipathOf(winner)];
}

function play(candidates: readonly Candidate[], current: number, choice: MultipathChoice | undefined) {
  const sets = new AttributeTable();
  const decision = new Decision(sets.keys);
  if (choice !== undefined) decision.multipath = multipathRule(choice, sets);
  decision.begin();
  candidates.forEach((candidate, i) => {
    const source = {
      peerId: candidate.local === true ? 0 : candidate.peerId ?? i + 1,
      internal: candidate.internal ?? false,
      confederation: candidate.confederation ?? false,
      routerId: candidate.routerId ?? 10,
      address: Uint8Array.from(candidate.address ?? [192, 0, 2, 10]),
    };
    const bytes = encodeAttributeSet(attributes(candidate.set ?? {}, candidate.path));
    const set = sets.intern(bytes, bytes.length, hashAttributes(bytes, 0, bytes.length));
    const slot = 0 as PrefixSlot;
    const pathId = candidate.pathId ?? -1;
    const routes = pathId === -1 ? new SingleAdjRibIn(source, sets) : new PathsAdjRibIn(source, sets);
    routes.announce(slot, pathId, set, set, 0, 0);
    decision.add(routes, routes.first(slot));
  });
  return { decision, winner: decision.decide(current) };
}

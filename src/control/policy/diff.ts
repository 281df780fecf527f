/**
 * Compares another configuration with the routes of the database: which routes would it newly accept, reject or
 * change? Each attribute set is evaluated once per class of prefixes, and the result is kept for all routes that
 * share the set. Routes stream, so a full table needs no more memory than a small one.
 */

import { decodeAttributeSet, encodeAttributeSet, formatAsPath, WellKnownCommunity } from "../../message/mod.ts";
import { routeClass } from "../../policy/mod.ts";
import { DrainMark, Ineligible } from "../../rib/mod.ts";
import type { ReceivedRoute, ReceivedRoutes, StoredPeer } from "../../store/mod.ts";
import { equalOctets, familyOf, formatPrefix } from "../../types/mod.ts";
import { differences } from "./differences.ts";
import type { Evaluation, ImportTrial } from "./import_trial.ts";

export type DiffKind = "accepted" | "rejected" | "changed";

/** One route of a comparison, as an example. */
export interface DiffRoute {
  readonly kind: DiffKind;
  readonly prefix: string;
  readonly pathId: number | null;
  readonly asPath: string;
  /** The policy and rule that decide in the new configuration; `null`: no policy. */
  readonly reason: string | null;
  /** Why the route is ineligible now. */
  readonly before: string | null;
  /** The attributes that would change. */
  readonly changes: readonly string[];
}

export interface PeerDiff {
  readonly routes: number;
  readonly counts: Readonly<Record<DiffKind, number>>;
  /** Routes that are ineligible for other reasons than policy, for example AS-path loops. */
  readonly others: number;
  readonly examples: readonly DiffRoute[];
}

/** Evaluations kept at a time. */
const keptEvaluations = 30_000;

interface Known extends Evaluation {
  /** The stored attribute set of the last comparison, and whether it was equal. */
  comparedWith: number;
  isSame: boolean;
}

/** `limit`: the greatest number of examples of each kind. */
export function diffPeer(stored: ReceivedRoutes, peer: StoredPeer, trial: ImportTrial, limit: number): PeerDiff {
  const { prefixClasses } = trial.policies;
  const counts = { accepted: 0, rejected: 0, changed: 0 };
  const examples: DiffRoute[] = [];
  const evaluations = new Map<number, Known>();
  let routes = 0, others = 0;
  for (const route of stored.of(peer.id)) {
    routes++;
    if (!byPolicy(route.ineligible)) {
      others++;
      continue;
    }
    const { family, words, length } = route;
    const prefixClass = trial.usesPrefix(family)
      ? prefixClasses.classOf(family, words[0], words[1], words[2], words[3], length)
      : 0;
    const validity = trial.usesValidity(family) ? route.validity : 0;
    const rejection = trial.rejection(route.validity);
    const key = ((route.receivedId * 0x10000 + prefixClass) * 0x10 + family) * 0x20 + validity +
      (rejection === undefined ? 0 : 0x10);
    let known = evaluations.get(key);
    if (known === undefined) {
      const wire = stored.wire(route.receivedId);
      const found = trial.evaluate(wire, family, routeClass(prefixClass, validity));
      const evaluation = found.accepted && rejection !== undefined
        ? { accepted: false, reason: rejection, bytes: undefined }
        : found;
      known = { ...evaluation, comparedWith: -1, isSame: false };
      if (evaluations.size === keptEvaluations) evaluations.clear();
      evaluations.set(key, known);
    }
    const kind = kindOf(route, known, stored);
    if (kind === undefined) continue;
    if (counts[kind]++ < limit) examples.push(example(kind, route, known, stored));
  }
  return { routes, counts, others, examples };
}

/** True if the route is eligible, or ineligible because of policy. */
function byPolicy(ineligible: number): boolean {
  return ineligible === Ineligible.none || ineligible === Ineligible.notImported ||
    ineligible === Ineligible.rpkiInvalid || ineligible === Ineligible.aspaInvalid ||
    ineligible >= firstRuleReason || ineligible === Ineligible.importPolicy;
}

/** Smaller numbers are fixed reasons; numbers from here on are rules of policies. */
const firstRuleReason = 64;

function kindOf(route: ReceivedRoute, known: Known, stored: ReceivedRoutes): DiffKind | undefined {
  const isEligible = route.ineligible === Ineligible.none;
  if (known.accepted !== isEligible) return known.accepted ? "accepted" : "rejected";
  if (!isEligible) return undefined;
  if (known.comparedWith !== route.attributeId) {
    known.comparedWith = route.attributeId;
    known.isSame = known.bytes === undefined
      ? route.attributeId === route.receivedId
      : equalOctets(known.bytes, stored.wire(route.attributeId));
    const wanted = known.bytes ?? stored.wire(route.receivedId);
    known.isSame ||= isMarked(stored.wire(route.attributeId), wanted);
  }
  return known.isSame ? undefined : "changed";
}

const drainMark = new DrainMark();

/**
 * True if only a mark differs. RFC 9494 §4.2: a long-lived stale route has one more community than policy gave it.
 * RFC 8326 §4.2: a route of a session that is drained has GRACEFUL_SHUTDOWN and the lowest LOCAL_PREF.
 */
function isMarked(stored: Uint8Array, wanted: Uint8Array): boolean {
  const drained = drainMark.apply(wanted, 0, wanted.length);
  if (equalOctets(stored, drained.bytes.subarray(0, drained.length))) return true;
  const set = decodeAttributeSet(stored);
  if (set.communities.pop() !== WellKnownCommunity.longLivedStale) return false;
  return equalOctets(encodeAttributeSet(set), encodeAttributeSet(decodeAttributeSet(wanted)));
}

function example(kind: DiffKind, route: ReceivedRoute, known: Known, stored: ReceivedRoutes): DiffRoute {
  const received = stored.wire(route.receivedId);
  // An accepted route is compared as it is stored; of a rejected route only the received attributes are stored.
  const before = kind === "changed" ? stored.wire(route.attributeId) : received;
  return {
    kind,
    prefix: prefixText(route),
    pathId: route.pathId === -1 ? null : route.pathId,
    asPath: formatAsPath(decodeAttributeSet(received).asPath),
    reason: known.reason ?? null,
    before: route.ineligible === Ineligible.none ? null : stored.reason(route.ineligible),
    changes: kind === "rejected" ? [] : differences(before, known.bytes ?? received),
  };
}

export function prefixText({ family, words, length }: ReceivedRoute): string {
  const octets = new Uint8Array(familyOf(family).addressBytes);
  const view = new DataView(octets.buffer);
  for (let at = 0; at < octets.length; at += 4) view.setInt32(at, words[at / 4] ?? 0);
  return formatPrefix({ octets, length });
}

/**
 * Another configuration against the routes as they stand in the database: which would it newly accept, which reject,
 * which change? Each attribute set is judged once per class of prefixes and kept for the routes that share it; routes
 * stream past, so that a full table needs no more memory than a small one.
 */

import { decodeAttributeSet, encodeAttributeSet, formatAsPath } from "../../message/mod.ts";
import { DrainMark, Ineligible } from "../../rib/mod.ts";
import type { ReceivedRoute, ReceivedRoutes, StoredPeer } from "../../store/mod.ts";
import { familyOf, formatPrefix } from "../../types/mod.ts";
import { differences } from "./differences.ts";
import type { ImportTrial, Judgement } from "./import_trial.ts";

export type DiffKind = "accepted" | "rejected" | "changed";

/** An example. */
export interface DiffRoute {
  readonly kind: DiffKind;
  readonly prefix: string;
  readonly pathId: number | null;
  readonly asPath: string;
  /** Who decides now; `null`: no policy. */
  readonly reason: string | null;
  /** Why it is no candidate as it stands. */
  readonly before: string | null;
  /** What would be other values. */
  readonly changes: readonly string[];
}

export interface PeerDiff {
  readonly routes: number;
  readonly counts: Readonly<Record<DiffKind, number>>;
  /** No candidates for other reasons than policy, whatever the policy: loops and the like. */
  readonly others: number;
  readonly examples: readonly DiffRoute[];
}

/** Judgements kept at a time. */
const keptJudgements = 30_000;

interface Known extends Judgement {
  /** The stored set it was last compared with, and whether it is the same. */
  comparedWith: number;
  isSame: boolean;
}

/** `limit`: examples of each kind. */
export function diffPeer(stored: ReceivedRoutes, peer: StoredPeer, trial: ImportTrial, limit: number): PeerDiff {
  const { prefixClasses } = trial.policies;
  const counts = { accepted: 0, rejected: 0, changed: 0 };
  const examples: DiffRoute[] = [];
  const judgements = new Map<number, Known>();
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
    const key = (route.receivedId * 0x10000 + prefixClass) * 0x10 + family;
    let known = judgements.get(key);
    if (known === undefined) {
      const wire = stored.wire(route.receivedId);
      known = { ...trial.judge(wire, family, prefixClass), comparedWith: -1, isSame: false };
      if (judgements.size === keptJudgements) judgements.clear();
      judgements.set(key, known);
    }
    const kind = kindOf(route, known, stored);
    if (kind === undefined) continue;
    if (counts[kind]++ < limit) examples.push(example(kind, route, known, stored));
  }
  return { routes, counts, others, examples };
}

/** A candidate, or none because policy said so. */
function byPolicy(ineligible: number): boolean {
  return ineligible === Ineligible.none || ineligible === Ineligible.notImported ||
    ineligible >= firstRuleReason || ineligible === Ineligible.importPolicy;
}

/** Smaller numbers are fixed reasons; larger ones are rules of policies. */
const firstRuleReason = 64;

function kindOf(route: ReceivedRoute, known: Known, stored: ReceivedRoutes): DiffKind | undefined {
  const stands = route.ineligible === Ineligible.none;
  if (known.accepted !== stands) return known.accepted ? "accepted" : "rejected";
  if (!stands) return undefined;
  if (known.comparedWith !== route.attributeId) {
    known.comparedWith = route.attributeId;
    known.isSame = known.bytes === undefined
      ? route.attributeId === route.receivedId
      : sameOctets(known.bytes, stored.wire(route.attributeId));
    const wanted = known.bytes ?? stored.wire(route.receivedId);
    known.isSame ||= isMarked(stored.wire(route.attributeId), wanted);
  }
  return known.isSame ? undefined : "changed";
}

const drainMark = new DrainMark();

/**
 * RFC 9494 §4.2: a long-lived stale route has a community more than policy gave it; RFC 8326 §4.2: one of a session
 * that is drained has another, and the lowest LOCAL_PREF.
 */
function isMarked(stands: Uint8Array, wanted: Uint8Array): boolean {
  const drained = drainMark.apply(wanted, 0, wanted.length);
  if (sameOctets(stands, drained.bytes.subarray(0, drained.length))) return true;
  const set = decodeAttributeSet(stands);
  if (set.communities.pop() !== longLivedStale) return false;
  return sameOctets(encodeAttributeSet(set), encodeAttributeSet(decodeAttributeSet(wanted)));
}

const longLivedStale = 0xffff0006;

function example(kind: DiffKind, route: ReceivedRoute, known: Known, stored: ReceivedRoutes): DiffRoute {
  const received = stored.wire(route.receivedId);
  // What stands is compared where it stands: a route that was rejected has only been received.
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
  for (let at = 0; at < octets.length; at += 4) view.setInt32(at, words[at / 4]!);
  return formatPrefix({ octets, length });
}

export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

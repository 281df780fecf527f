/**
 * Compares what two configurations advertise to a peer: which routes would the new one newly advertise, withdraw, or
 * advertise with other attributes?
 */

import { decodeAttributeSet, formatAsPath, formatDestination } from "../../message/mod.ts";
import type { AdvertisedRoute } from "../../rib/mod.ts";
import { equalOctets } from "../../types/mod.ts";
import type { DiffKind, DiffRoute } from "./diff.ts";
import { differences } from "./differences.ts";
import type { TrialSpeaker } from "./trial_speaker.ts";

export interface ExportDiff {
  /** Routes that the peer is advertised now. */
  readonly routes: number;
  /** accepted: newly advertised; rejected: withdrawn; changed: advertised with other attributes. */
  readonly counts: Readonly<Record<DiffKind, number>>;
  readonly examples: readonly DiffRoute[];
}

/** `limit`: the greatest number of examples of each kind. */
export function diffExport(before: TrialSpeaker, after: TrialSpeaker, peerId: number, limit: number): ExportDiff {
  const counts = { accepted: 0, rejected: 0, changed: 0 };
  const examples: DiffRoute[] = [];
  const found = (kind: DiffKind, was: AdvertisedRoute | undefined, is: AdvertisedRoute | undefined) => {
    if (counts[kind]++ >= limit) return;
    examples.push(exampleOf(kind, was, is, { before, after, peerId }));
  };
  const old = new Map<string, AdvertisedRoute>();
  for (const route of before.advertised(peerId)) old.set(keyOf(route), route);
  const routes = old.size;
  for (const route of after.advertised(peerId)) {
    const key = keyOf(route);
    const was = old.get(key);
    old.delete(key);
    if (was === undefined) found("accepted", undefined, route);
    else if (!equalOctets(was.wire ?? empty, route.wire ?? empty)) found("changed", was, route);
  }
  for (const route of old.values()) found("rejected", route, undefined);
  return { routes, counts, examples };
}

const empty = new Uint8Array(0);

/** Our path identifiers (RFC 7911) mean nothing beyond one session: there a path is its attributes. */
function keyOf(route: AdvertisedRoute): string {
  const { family, pathId, wire = empty } = route;
  const name = `${family} ${formatDestination(family, route)}`;
  return pathId === -1 ? name : `${name} ${wire.toHex()}`;
}

function exampleOf(
  kind: DiffKind,
  was: AdvertisedRoute | undefined,
  is: AdvertisedRoute | undefined,
  { before, after, peerId }: { before: TrialSpeaker; after: TrialSpeaker; peerId: number },
): DiffRoute {
  const route = is ?? was!;
  const wire = route.wire ?? empty;
  return {
    kind,
    prefix: formatDestination(route.family, route),
    pathId: route.pathId === -1 ? null : route.pathId,
    asPath: wire.length === 0 ? "" : formatAsPath(decodeAttributeSet(wire).asPath),
    reason: kind === "rejected" ? whyWithheld(after, peerId, route) : is?.reason ?? null,
    before: kind === "accepted" && before.has(peerId) ? whyWithheld(before, peerId, route) : null,
    changes: kind === "changed" ? differences(was?.wire ?? empty, is?.wire ?? empty) : [],
  };
}

/** Why the peer does not get any route for this prefix. */
function whyWithheld(speaker: TrialSpeaker, peerId: number, { family, prefix, key }: AdvertisedRoute): string | null {
  if (!speaker.has(peerId)) return "no session";
  const destination = prefix === undefined ? { key } : { prefix };
  for (const route of speaker.advertised(peerId, { kind: "exact", ...destination }, "unwritten")) {
    if (route.family === family && route.state === "withheld") return route.reason ?? null;
  }
  return "no route";
}

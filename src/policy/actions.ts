/** The actions of rules, compiled: one function for each, which changes the attributes of the route at hand. */

import { defaultLocalPref, SegmentType } from "../message/mod.ts";
import { equalRuns, familyOf, readUint32, writeUint32 } from "../types/mod.ts";
import type { Action, NextHopChoice, NumberChange } from "./policy_table.ts";
import type { CommunityMatcher } from "./community_matcher.ts";
import type { Sets } from "./conditions.ts";
import { uint32Max } from "./number_set.ts";
import type { PolicyRoute } from "./policy_route.ts";
import type { ValueSpan } from "./value_span.ts";

export type Change = (route: PolicyRoute) => void;

/** What a rule has set: the rules of export then leave it unchanged. */
export const Explicit = { med: 1, localPref: 2, nextHop: 4, nextHopSelf: 8 } as const;

export function compileAction(action: Action, sets: Sets): Change {
  switch (action.kind) {
    case "localPref":
      return localPrefChange(action.change);
    case "med":
      return medChange(action.change);
    case "origin": {
      const octets = Uint8Array.of(action.origin);
      return (route) => route.setOctets(route.origin, octets);
    }
    case "nextHop":
      return nextHopChange(action.to);
    case "prepend": {
      const { asns } = action;
      return (route) => prepend(route, asns.length, (index) => asns[index]!);
    }
    case "prependOwn": {
      const { times } = action;
      return (route) => prepend(route, times, () => route.context.peer.localAsn);
    }
    case "prependFirst": {
      const { times } = action;
      return (route) => {
        const asn = route.path.firstAsn;
        if (asn !== -1) prepend(route, times, () => asn);
      };
    }
    case "communities": {
      const octets = uint32Octets(action.values);
      return (route) => replaceList(route, route.communities, octets);
    }
    case "largeCommunities": {
      const octets = uint32Octets(action.values.flat());
      return (route) => replaceList(route, route.largeCommunities, octets);
    }
    case "extCommunities": {
      const octets = joined(action.values);
      return (route) => replaceList(route, route.extCommunities, octets);
    }
    case "removeCommunities": {
      const matcher = sets.communities(action.sets);
      return (route) => removeCommunities(route, matcher);
    }
    case "addCommunities":
      return addCommunities(action);
    case "atomicAggregate": {
      const nothing = new Uint8Array(0);
      return action.present
        ? (route) => route.setOctets(route.atomicAggregate, nothing)
        : (route) => route.remove(route.atomicAggregate);
    }
    case "removeAttributes": {
      const { codes } = action;
      return (route) => {
        for (const code of codes) if (route.hasAttribute(code)) route.removeAttribute(code);
      };
    }
    default:
      return action satisfies never;
  }
}

function localPrefChange(change: NumberChange): Change {
  return (route) => {
    route.explicit |= Explicit.localPref;
    route.setNumber(route.localPref, changed(route.number(route.localPref, defaultLocalPref), change));
  };
}

function medChange(change: NumberChange | { readonly kind: "none" }): Change {
  if (change.kind === "none") {
    return (route) => {
      route.explicit |= Explicit.med;
      route.remove(route.med);
    };
  }
  return (route) => {
    route.explicit |= Explicit.med;
    // RFC 4271 §9.1.2.2 c: a missing MED counts as the lowest value.
    route.setNumber(route.med, changed(route.number(route.med, 0), change));
  };
}

function addCommunities(action: Action & { kind: "addCommunities" }): Change {
  const standard = uint32Octets(action.standard);
  const large = uint32Octets(action.large.flat());
  const extended = joined(action.extended);
  return (route) => {
    addItems(route, route.communities, standard, 4);
    addItems(route, route.largeCommunities, large, 12);
    addItems(route, route.extCommunities, extended, 8);
  };
}

function changed(value: number, change: NumberChange): number {
  if (change.kind === "to") return change.value;
  return Math.min(uint32Max, Math.max(0, value + change.difference));
}

function nextHopChange(to: NextHopChoice): Change {
  switch (to.kind) {
    case "self":
      return (route) => {
        route.explicit = route.explicit & ~Explicit.nextHop | Explicit.nextHopSelf;
      };
    case "unchanged":
      return (route) => {
        route.explicit = route.explicit & ~Explicit.nextHopSelf | Explicit.nextHop;
      };
    case "peer":
      return (route) => setNextHop(route, route.context.peer.address);
    case "address":
      return (route) => {
        const size = familyOf(route.context.family).addressBytes;
        const address = to.addresses.find((octets) => octets.length === size);
        if (address !== undefined) setNextHop(route, address);
      };
  }
}

/** RFC 2545 §3: an IPv6 route has no IPv4 next hop. RFC 8950: an IPv4 route may have an IPv6 one. */
function setNextHop(route: PolicyRoute, address: Uint8Array): void {
  if (address.length < familyOf(route.context.family).addressBytes) return;
  route.explicit = route.explicit & ~Explicit.nextHopSelf | Explicit.nextHop;
  route.setOctets(route.nextHop, address);
}

/** RFC 4271 §5.1.2: before the path, in its first sequence; a segment has at most 255 ASNs. */
function prepend(route: PolicyRoute, count: number, asn: (index: number) => number): void {
  if (count === 0) return;
  const { bytes, start, end } = route.asPath;
  const size = end - start;
  const joins = size > 0 && bytes[start] === SegmentType.sequence && bytes[start + 1]! + count <= 255;
  const target = route.asPath.replace(size + 4 * count + (joins ? 0 : 2));
  target[0] = SegmentType.sequence;
  target[1] = count + (joins ? bytes[start + 1]! : 0);
  let to = 2;
  for (let i = 0; i < count; i++, to += 4) writeUint32(target, to, asn(i));
  for (let at = joins ? start + 2 : start; at < end; at++) target[to++] = bytes[at]!;
  route.path.forget();
  route.isChanged = true;
}

/** An empty list is malformed (RFC 7606 §4): the attribute is removed instead. */
function replaceList(route: PolicyRoute, span: ValueSpan, octets: Uint8Array): void {
  if (octets.length === 0) route.remove(span);
  else route.setOctets(span, octets);
}

function removeCommunities(route: PolicyRoute, matcher: CommunityMatcher): void {
  if (matcher.hasStandard) {
    keepItems(route, route.communities, 4, (bytes, at) => !matcher.standard(readUint32(bytes, at)));
  }
  if (matcher.hasLarge) keepItems(route, route.largeCommunities, 12, (bytes, at) => !matcher.large(bytes, at));
  if (matcher.hasExtended) keepItems(route, route.extCommunities, 8, (bytes, at) => !matcher.extended(bytes, at));
}

function keepItems(
  route: PolicyRoute,
  span: ValueSpan,
  size: number,
  keeps: (bytes: Uint8Array, at: number) => boolean,
) {
  const { bytes, start, end } = span;
  let kept = 0;
  for (let at = start; at < end; at += size) if (keeps(bytes, at)) kept += size;
  if (kept === end - start) return;
  if (kept === 0) return route.remove(span);
  const target = span.replace(kept);
  let to = 0;
  for (let at = start; at < end; at += size) {
    if (!keeps(bytes, at)) continue;
    for (let i = 0; i < size; i++) target[to++] = bytes[at + i]!;
  }
  route.isChanged = true;
}

/** Appends each item that the list does not have yet. */
function addItems(route: PolicyRoute, span: ValueSpan, items: Uint8Array, size: number): void {
  for (let from = 0; from < items.length; from += size) {
    const { bytes, start, end, isPresent, length } = span;
    let known = false;
    for (let at = start; isPresent && at < end && !known; at += size) known = equalRuns(bytes, at, items, from, size);
    if (known) continue;
    const before = isPresent ? length : 0;
    const target = span.replace(before + size);
    for (let i = 0; i < before; i++) target[i] = bytes[start + i]!;
    for (let i = 0; i < size; i++) target[before + i] = items[from + i]!;
    route.isChanged = true;
  }
}

function uint32Octets(values: readonly number[]): Uint8Array {
  const octets = new Uint8Array(4 * values.length);
  values.forEach((value, i) => writeUint32(octets, 4 * i, value));
  return octets;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const octets = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    octets.set(part, at);
    at += part.length;
  }
  return octets;
}

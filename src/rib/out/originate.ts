/** Routes of this speaker itself: those of the configuration, of commands, of the table `announcements`. */

import { type AttributeSet, encodeAttributeSet, hasAsSets } from "../../message/mod.ts";
import { type FamilyId, formatPrefix, type Prefix } from "../../types/mod.ts";

export interface OriginatedRoute {
  readonly family: FamilyId;
  readonly prefix: Prefix;
  /** The next hop `undefined` is this speaker itself, ORIGIN `undefined` is IGP. */
  readonly attributes: AttributeSet;
}

/** A route of ours with the name of who asked for it. */
export interface Origination {
  /** `"config:9.9.9.0/24"`, `"announcement:17"`: one route stands under a key at a time. */
  readonly key: string;
  /** To this peer only. `undefined`: it is part of the Loc-RIB, as a route of peer 0. */
  readonly peerId: number | undefined;
  readonly route: OriginatedRoute;
}

/** The canonical bytes, without a next hop where that is this speaker. */
export function originatedWire(route: OriginatedRoute): Uint8Array {
  return encodeAttributeSet({ ...route.attributes, origin: route.attributes.origin ?? 0 });
}

/** Routes that a session carries or does not carry alike: those of a family, with a next hop, with or without AS_SETs. */
export interface RouteKind {
  /** One of them. */
  readonly route: OriginatedRoute;
  readonly count: number;
}

/** The kinds of routes: a session is asked about each of them once, however many routes there are. */
export class RouteKinds {
  readonly #kinds = new Map<string, Set<OriginatedRoute>>();

  constructor(routes: Iterable<OriginatedRoute> = []) {
    for (const route of routes) this.add(route);
  }

  add(route: OriginatedRoute): void {
    const key = kindOf(route);
    const routes = this.#kinds.get(key);
    if (routes === undefined) this.#kinds.set(key, new Set([route]));
    else routes.add(route);
  }

  delete(route: OriginatedRoute): void {
    const key = kindOf(route);
    const routes = this.#kinds.get(key);
    if (routes?.delete(route) === true && routes.size === 0) this.#kinds.delete(key);
  }

  *[Symbol.iterator](): Generator<RouteKind, void, undefined> {
    for (const routes of this.#kinds.values()) {
      for (const route of routes) {
        yield { route, count: routes.size };
        break;
      }
    }
  }
}

function kindOf({ family, attributes: { nextHop, asPath } }: OriginatedRoute): string {
  return `${family} ${nextHop} ${hasAsSets(asPath)}`;
}

/** True where one of the routes has this address as its next hop. */
export function leadsTo(address: Uint8Array, kinds: Iterable<RouteKind>): boolean {
  for (const { route: { attributes: { nextHop } } } of kinds) {
    if (nextHop?.length === address.length && nextHop.every((octet, i) => octet === address[i])) return true;
  }
  return false;
}

/**
 * What is asked for, by key. Two keys may ask for one prefix: the last that came holds, and when it goes the one before
 * holds again.
 */
export class Originations {
  readonly #byKey = new Map<string, Origination>();
  /** Keys by destination, the one that holds last. */
  readonly #byPlace = new Map<string, string[]>();
  /** Of those for everyone. */
  readonly kindsForAll = new RouteKinds();

  /** Adds or replaces; gives the places whose route is another one now. */
  set(origination: Origination): Origination[] {
    const changed = this.delete(origination.key);
    this.#byKey.set(origination.key, origination);
    if (origination.peerId === undefined) this.kindsForAll.add(origination.route);
    const place = placeOf(origination);
    const keys = this.#byPlace.get(place);
    if (keys === undefined) this.#byPlace.set(place, [origination.key]);
    else keys.push(origination.key);
    return changed.some((each) => placeOf(each) !== place) ? [...changed, origination] : [origination];
  }

  /** Gives what was there under the key: see {@link holding} for what holds at its place now. */
  delete(key: string): Origination[] {
    const old = this.#byKey.get(key);
    if (old === undefined) return [];
    this.#byKey.delete(key);
    this.kindsForAll.delete(old.route);
    const place = placeOf(old);
    const keys = this.#byPlace.get(place)!.filter((each) => each !== key);
    if (keys.length === 0) this.#byPlace.delete(place);
    else this.#byPlace.set(place, keys);
    return [old];
  }

  /** The route that holds where this one is, or was. */
  holding(origination: Origination): OriginatedRoute | undefined {
    const key = this.#byPlace.get(placeOf(origination))?.at(-1);
    return key === undefined ? undefined : this.#byKey.get(key)!.route;
  }

  /** The routes that hold for one peer only. */
  ofPeer(peerId: number): OriginatedRoute[] {
    const found = new Map<string, OriginatedRoute>();
    for (const origination of this.#byKey.values()) {
      if (origination.peerId === peerId) found.set(placeOf(origination), this.holding(origination)!);
    }
    return [...found.values()];
  }
}

function placeOf({ peerId, route }: Origination): string {
  return `${peerId ?? ""} ${route.family} ${formatPrefix(route.prefix)}`;
}

/** Routes that this speaker originates: from the configuration, from commands, from the table `announcements`. */

import { type AttributeSet, encodeAttributeSet, formatDestination, hasAsSets } from "../../message/mod.ts";
import type { Destination, FamilyId } from "../../types/mod.ts";

export type OriginatedRoute = Destination & {
  readonly family: FamilyId;
  /** Next hop `undefined`: this speaker, or none where the family has none. ORIGIN `undefined`: IGP. */
  readonly attributes: AttributeSet;
};

/** A route with the key under which it was originated. */
export interface Origination {
  /** `"config:9.9.9.0/24"`, `"announcement:17"`: a key has one route at a time. */
  readonly key: string;
  /** The route is for this peer only. `undefined`: it is part of the Loc-RIB, as a route of peer 0. */
  readonly peerId: number | undefined;
  readonly route: OriginatedRoute;
}

const wires = new WeakMap<AttributeSet, Uint8Array>();

/**
 * The canonical bytes; without a next hop where this speaker is the next hop. Many routes share one attribute set,
 * whose bytes are made once.
 */
export function originatedWire({ attributes }: OriginatedRoute): Uint8Array {
  const known = wires.get(attributes);
  if (known !== undefined) return known;
  const wire = encodeAttributeSet({ ...attributes, origin: attributes.origin ?? 0 });
  wires.set(attributes, wire);
  return wire;
}

/** Routes that a session treats alike: same family, same next hop, with or without AS_SETs. */
export interface RouteKind {
  /** One of them. */
  readonly route: OriginatedRoute;
  readonly count: number;
}

/** The kinds of routes: each kind is checked once per session, however many routes there are. */
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

/** Whether one of the routes has this address as its next hop. */
export function leadsTo(address: Uint8Array, kinds: Iterable<RouteKind>): boolean {
  for (const { route: { attributes: { nextHop } } } of kinds) {
    if (nextHop?.length === address.length && nextHop.every((octet, i) => octet === address[i])) return true;
  }
  return false;
}

/**
 * Originated routes by key. Several keys may have a route for one prefix: the newest one is in force, and when it is
 * removed, the one before is in force again.
 */
export class OriginationTable {
  readonly #byKey = new Map<string, Origination>();
  /** Keys by destination; the last one is in force. */
  readonly #byDestination = new Map<string, string[]>();
  /** The kinds of routes for all peers. */
  readonly kindsForAll = new RouteKinds();

  /** Adds or replaces an origination. Returns those whose destination has another route now. */
  set(origination: Origination): Origination[] {
    const changed = this.delete(origination.key);
    this.#byKey.set(origination.key, origination);
    if (origination.peerId === undefined) this.kindsForAll.add(origination.route);
    const destination = destinationOf(origination);
    const keys = this.#byDestination.get(destination);
    if (keys === undefined) this.#byDestination.set(destination, [origination.key]);
    else keys.push(origination.key);
    return changed.some((each) => destinationOf(each) !== destination) ? [...changed, origination] : [origination];
  }

  /** Returns what the key had; {@link inForce} gives the route of its destination now. */
  delete(key: string): Origination[] {
    const old = this.#byKey.get(key);
    if (old === undefined) return [];
    this.#byKey.delete(key);
    this.kindsForAll.delete(old.route);
    const destination = destinationOf(old);
    const keys = this.#byDestination.get(destination)!.filter((each) => each !== key);
    if (keys.length === 0) this.#byDestination.delete(destination);
    else this.#byDestination.set(destination, keys);
    return [old];
  }

  /** The route that is in force for the destination of this one. */
  inForce(origination: Origination): OriginatedRoute | undefined {
    const key = this.#byDestination.get(destinationOf(origination))?.at(-1);
    return key === undefined ? undefined : this.#byKey.get(key)!.route;
  }

  /** The routes in force for one peer only. */
  ofPeer(peerId: number): OriginatedRoute[] {
    const found = new Map<string, OriginatedRoute>();
    for (const origination of this.#byKey.values()) {
      if (origination.peerId === peerId) found.set(destinationOf(origination), this.inForce(origination)!);
    }
    return [...found.values()];
  }
}

function destinationOf({ peerId, route }: Origination): string {
  return `${peerId ?? ""} ${route.family} ${formatDestination(route.family, route)}`;
}

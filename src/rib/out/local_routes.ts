/**
 * Routes that this speaker originates, in an Adj-RIB-In of their own, that of peer 0: they take part in the decision,
 * win it, and are stored like any route. Routes for a single peer are not in it: the Adj-RIB-Out of that peer adds
 * them.
 */

import { hashAttributes } from "../../message/mod.ts";
import type { FamilyId } from "../../types/mod.ts";
import type { RouteSource } from "../in/adj_rib_in.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import {
  type OriginatedRoute,
  originatedWire,
  type Origination,
  OriginationTable,
  type RouteKind,
} from "./originate.ts";
import type { PeerFamily } from "../in/peer_family.ts";
import type { Validation } from "../in/validation.ts";
import { internDestination } from "../table/destinations.ts";

export class LocalRoutes {
  readonly #sets: AttributeTable;
  readonly #source: RouteSource;
  readonly #now: () => number;
  readonly #familyOf: (family: FamilyId) => PeerFamily;
  readonly #validation: Validation;
  readonly #originations = new OriginationTable();

  constructor(
    sets: AttributeTable,
    source: RouteSource,
    now: () => number,
    familyOf: (family: FamilyId) => PeerFamily,
    validation: Validation,
  ) {
    this.#sets = sets;
    this.#source = source;
    this.#now = now;
    this.#familyOf = familyOf;
    this.#validation = validation;
  }

  /** Returns the peers whose routes for them only changed. */
  originate(list: readonly Origination[]): Set<number> {
    return this.#apply(list.flatMap((each) => this.#originations.set(each)));
  }

  unoriginate(keys: readonly string[]): Set<number> {
    return this.#apply(keys.flatMap((key) => this.#originations.delete(key)));
  }

  ofPeer(peerId: number): OriginatedRoute[] {
    return this.#originations.ofPeer(peerId);
  }

  get kindsForAll(): Iterable<RouteKind> {
    return this.#originations.kindsForAll;
  }

  #apply(changed: readonly Origination[]): Set<number> {
    const peers = new Set<number>();
    for (const origination of changed) {
      if (origination.peerId !== undefined) peers.add(origination.peerId);
      else this.#update(origination.route, this.#originations.inForce(origination));
    }
    return peers;
  }

  #update(destination: OriginatedRoute, route: OriginatedRoute | undefined): void {
    const family = this.#familyOf(destination.family);
    const now = this.#now();
    if (family.routes === undefined) family.open(this.#source, false, now);
    const { rib } = family;
    const slot = internDestination(rib.destinations, destination);
    if (route === undefined) {
      if (family.withdraw(slot, -1, now)) rib.touch(slot);
      return;
    }
    const wire = originatedWire(route);
    const set = this.#sets.intern(wire, wire.length, hashAttributes(wire, 0, wire.length));
    if (!family.announce(slot, -1, set, set, 0, family.stamp(now))) return;
    rib.touch(slot);
    if (this.#validation.isOn) family.validate(this.#validation, slot, -1, set);
  }
}

/**
 * Validates received routes with RPKI data: their origins (RFC 6811, RFC 8481) and their paths
 * (draft-ietf-sidrops-aspa-verification-28). The result is the *validity* of a route (`rpki/validity.ts`), computed
 * from the set as received. Nothing is validated before the first data are complete.
 */

import { AttributeCode, nextAttribute, valueStart } from "../../message/mod.ts";
import {
  Avs,
  avsFrom,
  avsOf,
  type OriginState,
  OriginStates,
  Ovs,
  ovsFrom,
  type PathDirection,
  PathVerifier,
  type RpkiData,
  validityOf,
} from "../../rpki/mod.ts";
import { type Asn, IPV4_UNICAST, IPV6_UNICAST, type PrefixSlot, type SetSlot } from "../../types/mod.ts";
import { ourOrigin } from "../table/attribute_keys.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { PrefixTable } from "../table/prefix_table.ts";
import type { Destinations } from "../table/destinations.ts";

/** What the validity of a route depends on besides its prefix and its attributes. */
export interface ValidationTerms {
  /** The origin of routes with an empty path (RFC 6811 §2). */
  readonly localAsn: Asn;
  /** How paths are verified; `undefined`: they are not, as the session has no role or is internal. */
  readonly direction: PathDirection | undefined;
  /** The AS that the path must begin with; 0: any, as route servers add none. */
  readonly neighborAsn: Asn;
  /** The state of the origin is taken from the extended community of an internal peer (RFC 8097). */
  readonly heedsCommunity: boolean;
}

/** The extended community of RFC 8097 §2: type 0x43 (non-transitive, opaque), subtype 0. */
const originStateCommunity = 0x4300;

/** How the states of paths stand in a column of the attribute table, by direction. */
const stateShift = { upstream: 0, downstream: 2 } as const;

export class Validation {
  readonly data: RpkiData;
  readonly #sets: AttributeTable;
  readonly #verifier: PathVerifier;
  /** The first data are complete. */
  isOn = false;

  constructor(data: RpkiData, sets: AttributeTable) {
    this.data = data;
    this.#sets = sets;
    this.#verifier = new PathVerifier(data.aspas);
  }

  /** Routes with these terms have a state. A speaker without RPKI data has only what internal peers tell (RFC 8097). */
  appliesTo(terms: ValidationTerms): boolean {
    return this.isOn || terms.heedsCommunity;
  }

  /** The validity of a route to this destination with this received set. */
  of(destinations: Destinations, slot: PrefixSlot, received: SetSlot, terms: ValidationTerms): number {
    if (!this.appliesTo(terms) || !(destinations instanceof PrefixTable)) return 0;
    const { family } = destinations;
    if (family !== IPV4_UNICAST && family !== IPV6_UNICAST) return 0;
    const stated = terms.heedsCommunity ? this.#statedOrigin(received) : undefined;
    if (!this.isOn) return validityOf(stated ?? Ovs.none, Avs.none);
    const origin = this.#sets.keys.originAs[received]!;
    const ovs = stated ?? this.originState(destinations, slot, origin === ourOrigin ? terms.localAsn : origin);
    return validityOf(ovs, this.#pathState(received, terms));
  }

  /** RFC 6811 §2. `asn`: the origin; 0: the path ends in an AS_SET. */
  originState(table: PrefixTable, slot: PrefixSlot, asn: Asn): Ovs {
    const { words, lengths } = table;
    const { vrps } = this.data;
    if (table.wordsPerPrefix === 1) return ovsFrom(vrps.ipv4.validate(words[slot]!, 0, 0, 0, lengths[slot]!, asn));
    const at = slot << 2;
    const [w0, w1, w2, w3] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
    return ovsFrom(vrps.ipv6.validate(w0, w1, w2, w3, lengths[slot]!, asn));
  }

  /** The known states of this set's path are out of date. */
  forgetPath(set: SetSlot): void {
    this.#sets.pathStates[set] = 0;
  }

  #pathState(received: SetSlot, { direction, neighborAsn }: ValidationTerms): Avs {
    if (direction === undefined || this.data.aspas.count === 0) return Avs.none;
    const { pathStates, keys } = this.#sets;
    // §5.5 and §5.6, step 2: the neighbour must be the first AS of the path.
    if (neighborAsn !== 0 && keys.neighbourAs[received] !== neighborAsn) return Avs.invalid;
    const shift = stateShift[direction];
    const known = (pathStates[received]! >>> shift) & 3;
    if (known !== 0) return known as Avs;
    const state = this.#verify(received, direction);
    pathStates[received]! |= state << shift;
    return state;
  }

  #verify(set: SetSlot, direction: PathDirection): Avs {
    const [bytes, start, end] = this.#attribute(set, AttributeCode.asPath);
    return avsFrom(this.#verifier.verify(bytes, start, end, direction, 0));
  }

  /** The state that the community of RFC 8097 §2 says; `undefined`: the set has none, or with another value. */
  #statedOrigin(set: SetSlot): Ovs | undefined {
    const [bytes, start, end] = this.#attribute(set, AttributeCode.extendedCommunities);
    let greatest = -1;
    for (let at = start; at < end; at += 8) {
      if (((bytes[at]! << 8) | bytes[at + 1]!) !== originStateCommunity) continue;
      const value = bytes[at + 7]!;
      // §2: of several ones the numerically greatest state counts, and one with an unknown value does not.
      if (value <= OriginStates.invalid) greatest = Math.max(greatest, value);
    }
    return greatest === -1 ? undefined : ovsFrom(greatest as OriginState);
  }

  #attribute(set: SetSlot, code: number): [bytes: Uint8Array, start: number, end: number] {
    const sets = this.#sets;
    const bytes = sets.chunk(set);
    const end = sets.offset(set) + sets.length(set);
    for (let at = sets.offset(set); at < end;) {
      const next = nextAttribute(bytes, at);
      if (bytes[at + 1] === code) return [bytes, valueStart(bytes, at), next];
      at = next;
    }
    return [bytes, end, end];
  }

  /** What policies ask about a route that leaves: the state of the origin with the path as it leaves (RFC 8893). */
  ofOutgoing(destinations: Destinations, slot: PrefixSlot, origin: Asn, received: number): number {
    if (!this.isOn || !(destinations instanceof PrefixTable)) return 0;
    const { family } = destinations;
    if (family !== IPV4_UNICAST && family !== IPV6_UNICAST) return 0;
    return validityOf(this.originState(destinations, slot, origin), avsOf(received));
  }
}

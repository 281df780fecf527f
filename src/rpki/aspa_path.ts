/**
 * The verification of an AS_PATH by ASPAs (draft-ietf-sidrops-aspa-verification-28 §5). A sound path climbs from the
 * origin to providers (the up-ramp), may cross one hop between peers, and descends to customers (the down-ramp). Each
 * ramp has two bounds: how far it goes at most, as far as no ASPA denies it, and at least, as far as ASPAs attest it.
 *
 * The draft counts from the origin: AS(1) is the origin, AS(N) the neighbour. The AS_PATH has the opposite order.
 */

import { type RoleName, SegmentType } from "../message/mod.ts";
import { type Asn, readUint32 } from "../types/mod.ts";
import { type AspaTable, type Authorization, Authorizations } from "./aspa_table.ts";
import { type PathState, PathStates } from "./states.ts";

/** Which procedure applies: §5.5 where only customers may stand in the path, §5.6 for a route of a provider. */
export type PathDirection = "upstream" | "downstream";

/** §6.3: our role in the session says where its routes come from. Without a role nobody knows: no verification. */
export function pathDirection(localRole: RoleName | undefined): PathDirection | undefined {
  if (localRole === undefined) return undefined;
  return localRole === "customer" ? "downstream" : "upstream";
}

/** Why a path is what it is; the draft asks for the reason of an invalid one (§6.6). */
export interface PathExplanation {
  readonly state: PathState;
  /** Only where the ASes of the path do not matter. */
  readonly fault?: PathFault;
  /** §5.2: from the neighbour to the origin, as people write it, without repetitions. */
  readonly path: readonly Asn[];
  /** The hops that end a ramp: the first one from the origin, and downstream the first one from the neighbour. */
  readonly hops: readonly PathHop[];
}

export type PathFault = "empty" | "neighbor" | "AS_SET";

/** What the ASPA of `customer` says about `provider`. */
export interface PathHop {
  readonly customer: Asn;
  readonly provider: Asn;
  readonly authorization: Authorization;
}

export class PathVerifier {
  readonly #aspas: AspaTable;
  /** §5.2: the path without repetitions, from the neighbour to the origin; its first {@link #count} members. */
  #path = new Uint32Array(64);
  #count = 0;

  constructor(aspas: AspaTable) {
    this.#aspas = aspas;
  }

  /**
   * The state of a path in canonical octets (ASNs of four octets). `neighborAsn` is the AS of the eBGP peer; 0 where
   * it need not be in the path: a route server adds no AS of its own, so its clients pass 0. Confederation segments are
   * left out: they name ASes of our own.
   */
  verify(bytes: Uint8Array, start: number, end: number, direction: PathDirection, neighborAsn: Asn): PathState {
    if (this.#read(bytes, start, end, neighborAsn) !== undefined) return PathStates.invalid;
    const count = this.#count;
    const isDownstream = direction === "downstream";
    const down = isDownstream ? this.#rampEnd("down", Authorizations.notProvider) : 0;
    if (this.#rampEnd("up", Authorizations.notProvider) + down < count) return PathStates.invalid;
    const leastDown = isDownstream ? this.#rampEnd("down", Authorizations.noAttestation) : 0;
    return this.#rampEnd("up", Authorizations.noAttestation) + leastDown < count
      ? PathStates.unknown
      : PathStates.valid;
  }

  explain(
    bytes: Uint8Array,
    start: number,
    end: number,
    direction: PathDirection,
    neighborAsn: Asn,
  ): PathExplanation {
    const state = this.verify(bytes, start, end, direction, neighborAsn);
    const fault = this.#read(bytes, start, end, neighborAsn);
    const path = [...this.#path.subarray(0, this.#count)];
    if (fault !== undefined) return { state, fault, path, hops: [] };
    // What an ASPA denies makes a path invalid, what no ASPA attests makes it unknown.
    const least = state === PathStates.invalid ? Authorizations.notProvider : Authorizations.noAttestation;
    const hops: PathHop[] = [];
    for (const ramp of direction === "downstream" ? ["up", "down"] as const : ["up"] as const) {
      const end = this.#rampEnd(ramp, least);
      if (state !== PathStates.valid && end < this.#count) hops.push(this.#hop(ramp, end));
    }
    return { state, path, hops };
  }

  /** Steps 1 to 3 of both procedures, and the path for the others. */
  #read(bytes: Uint8Array, start: number, end: number, neighborAsn: Asn): PathFault | undefined {
    let hasSet = false;
    let last = 0;
    this.#count = 0;
    for (let at = start; at < end;) {
      const type = bytes[at]!;
      const next = at + 2 + 4 * bytes[at + 1]!;
      if (type === SegmentType.set) hasSet = true;
      if (type === SegmentType.sequence) {
        for (at += 2; at < next; at += 4) {
          const asn = readUint32(bytes, at);
          if (asn !== last) this.#push(asn);
          last = asn;
        }
      }
      at = next;
    }
    if (this.#count === 0 && !hasSet) return "empty";
    const isFromNeighbor = neighborAsn === 0 || (this.#count > 0 && this.#path[0] === neighborAsn);
    return isFromNeighbor ? hasSet ? "AS_SET" : undefined : "neighbor";
  }

  #push(asn: Asn): void {
    if (this.#count === this.#path.length) {
      const longer = new Uint32Array(2 * this.#count);
      longer.set(this.#path);
      this.#path = longer;
    }
    this.#path[this.#count++] = asn;
  }

  /** §5.4: how many ASes a ramp has: up to the first hop whose authorization is `least` or worse; N without one. */
  #rampEnd(ramp: "up" | "down", least: Authorization): number {
    for (let length = 1; length < this.#count; length++) {
      const { customer, provider } = this.#ends(ramp, length);
      if (this.#aspas.authorized(customer, provider) >= least) return length;
    }
    return this.#count;
  }

  #hop(ramp: "up" | "down", length: number): PathHop {
    const { customer, provider } = this.#ends(ramp, length);
    return { customer, provider, authorization: this.#aspas.authorized(customer, provider) };
  }

  /** The hop after the first `length` ASes of a ramp: the up-ramp begins at the origin, the other at the neighbour. */
  #ends(ramp: "up" | "down", length: number): { customer: Asn; provider: Asn } {
    const at = ramp === "up" ? this.#count - length : length - 1;
    return { customer: this.#path[at]!, provider: this.#path[ramp === "up" ? at - 1 : at + 1]! };
  }
}

/**
 * Routes that stay in the Adj-RIB-In, for people to see, but take no part in the decision: loops, and next hops that lead
 * back to ourselves. It depends on the attribute set and on the class of session it came over, not on the prefix, so it
 * is looked at once per set.
 */

import { AttributeCode } from "../message/mod.ts";
import type { UpdateContext } from "../message/mod.ts";
import type { Asn } from "../types/mod.ts";
import { readUint32 } from "./attribute_keys.ts";

/** Why a route is ineligible; stands in the database, so append and never renumber. */
export const Ineligible = {
  none: 0,
  /** Our ASN in the AS_PATH (RFC 4271 §9.1.2). */
  ownAsn: 1,
  /** Our BGP Identifier as ORIGINATOR_ID (RFC 4456 §8). */
  ownOriginatorId: 2,
  /** Our cluster id in the CLUSTER_LIST (RFC 4456 §8). */
  ownClusterId: 3,
  /** The next hop is an address of ours (RFC 4271 §5.1.3). */
  ownNextHop: 4,
  /** Nothing of this peer is chosen: `import = "none"`, or RFC 8212 §2. */
  notImported: 5,
  /** Import policy rejects it, and it is not known which rule does. */
  importPolicy: 6,
  /** The peer has more routes than it may. */
  maxPrefixes: 7,
  /** An AS_SET or AS_CONFED_SET in the AS_PATH (RFC 9774 §3). */
  asSet: 8,
  /** A leak by the mark Only to Customer (RFC 9234 §5). */
  otcLeak: 9,
} as const;
export type Ineligible = typeof Ineligible[keyof typeof Ineligible];

/** How people read them, by number. */
export const ineligibleNames: readonly string[] = [
  "eligible",
  "own ASN in AS path",
  "own router id as originator",
  "own cluster id in cluster list",
  "own address as next hop",
  "not imported",
  "import policy",
  "over max prefixes",
  "AS set in AS path",
  "route leak (OTC)",
];

/** Who we are on a session. */
export interface Self {
  readonly asns: readonly Asn[];
  readonly routerId: number;
  readonly clusterId: number;
  /** 4 or 16 octets each. */
  readonly addresses: readonly Uint8Array[];
  /** Routes of the session take no part in the decision, whatever they are. */
  readonly importsNothing?: boolean;
}

/** The reason why routes with this canonical attribute set are ineligible, or 0. */
export function ineligibleReason(bytes: Uint8Array, start: number, length: number, self: Self): Ineligible {
  if (self.importsNothing === true) return Ineligible.notImported;
  const end = start + length;
  for (let at = start; at + 3 <= end;) {
    const extended = (bytes[at]! & 0x10) !== 0;
    const code = bytes[at + 1]!;
    const size = extended ? (bytes[at + 2]! << 8) | bytes[at + 3]! : bytes[at + 2]!;
    const value = at + (extended ? 4 : 3);
    at = value + size;
    switch (code) {
      case AttributeCode.asPath:
        if (pathHas(bytes, value, at, self.asns)) return Ineligible.ownAsn;
        break;
      case AttributeCode.nextHop:
        if (self.addresses.some((address) => isNextHop(bytes, value, size, address))) return Ineligible.ownNextHop;
        break;
      case AttributeCode.originatorId:
        if (readUint32(bytes, value) === self.routerId) return Ineligible.ownOriginatorId;
        break;
      case AttributeCode.clusterList:
        for (let id = value; id < at; id += 4) {
          if (readUint32(bytes, id) === self.clusterId) return Ineligible.ownClusterId;
        }
        return Ineligible.none;
      default:
        if (code > AttributeCode.clusterList) return Ineligible.none;
    }
  }
  return Ineligible.none;
}

function pathHas(bytes: Uint8Array, start: number, end: number, asns: readonly Asn[]): boolean {
  for (let at = start; at + 2 <= end;) {
    const next = at + 2 + 4 * bytes[at + 1]!;
    for (at += 2; at < next; at += 4) if (asns.includes(readUint32(bytes, at))) return true;
  }
  return false;
}

function isNextHop(bytes: Uint8Array, at: number, size: number, address: Uint8Array): boolean {
  // Of 32 octets the first 16 are the global address (RFC 2545 §3).
  if (address.length !== Math.min(size, 16)) return false;
  for (let i = 0; i < address.length; i++) if (bytes[at + i] !== address[i]) return false;
  return true;
}

/**
 * Numbers for all that the verdict on an attribute set depends on beside its bytes. Sessions of one class share verdicts;
 * 0 is no class: look anew each time.
 */
export class SessionClasses {
  readonly #numbers = new Map<string, number>();

  classOf(context: UpdateContext, self: Self): number {
    const key = [
      context.internal,
      context.localAsn,
      context.enforceFirstAs === true ? context.remoteAsn : "any",
      context.extendedNextHop,
      self.asns,
      self.routerId,
      self.clusterId,
      self.importsNothing === true,
      ...self.addresses,
    ].join("/");
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      // The column for it has 16 bits.
      if (number > 0xffff) return 0;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

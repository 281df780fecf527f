/**
 * An attribute set as a value: everything a route carries besides its prefix. For people, policy and configuration,
 * where speed does not matter; routing tables keep sets as octets in canonical wire form (`../attribute_set.ts`).
 */

import type { WireAttribute } from "./header.ts";

export interface AttributeSet {
  origin: Origin | undefined;
  /** Empty: a route of our own AS. */
  asPath: AsPathSegment[];
  /** 4 or 16 octets, or 32: global and link-local (RFC 2545 §3); 0 with FlowSpec. */
  nextHop: Uint8Array | undefined;
  med: number | undefined;
  localPref: number | undefined;
  atomicAggregate: boolean;
  aggregator: Aggregator | undefined;
  communities: number[];
  originatorId: number | undefined;
  clusterList: number[];
  /** 8 octets each. */
  extCommunities: Uint8Array[];
  /** 20 octets each. */
  ipv6ExtCommunities: Uint8Array[];
  largeCommunities: LargeCommunity[];
  /** What the NLRI says besides its destination: labels, ESI, gateway; octets of `nlri/value.ts`. */
  nlriValue: Uint8Array | undefined;
  aigp: bigint | undefined;
  otc: number | undefined;
  /** Attributes whose value this speaker does not read, as they came. */
  readonly unknown: WireAttribute[];
}

/** 0 IGP, 1 EGP, 2 INCOMPLETE. */
export type Origin = 0 | 1 | 2;

export interface AsPathSegment {
  readonly type: SegmentType;
  readonly asns: number[];
}

/** RFC 4271 §4.3, RFC 5065 §3. */
export const SegmentType = { set: 1, sequence: 2, confedSequence: 3, confedSet: 4 } as const;
export type SegmentType = typeof SegmentType[keyof typeof SegmentType];

export interface Aggregator {
  readonly asn: number;
  /** The router's BGP Identifier or address, a 32-bit number. */
  readonly address: number;
}

/** Three 32-bit numbers, the first by custom an ASN. */
export type LargeCommunity = [number, number, number];

export function emptyAttributeSet(): AttributeSet {
  return {
    origin: undefined,
    asPath: [],
    nextHop: undefined,
    med: undefined,
    localPref: undefined,
    atomicAggregate: false,
    aggregator: undefined,
    communities: [],
    originatorId: undefined,
    clusterList: [],
    extCommunities: [],
    ipv6ExtCommunities: [],
    largeCommunities: [],
    nlriValue: undefined,
    aigp: undefined,
    otc: undefined,
    unknown: [],
  };
}

import type { Asn, FamilyMask } from "../types/mod.ts";

/** What the meaning of an UPDATE depends on: fixed for the life of a session, agreed on in its OPENs. */
export interface UpdateContext {
  /** Both sides are of one AS (iBGP). */
  readonly internal: boolean;
  /** ASNs in AS_PATH and AGGREGATOR have four octets (RFC 6793), in both directions. */
  readonly fourOctetAs: boolean;
  /** Families both sides announced; IPv4 unicast too where the peer announced no family at all (RFC 4760 §8). */
  readonly families: FamilyMask;
  /** Families whose NLRI carries a path identifier (RFC 7911): coming in, and going out. */
  readonly addPathReceive: FamilyMask;
  readonly addPathSend: FamilyMask;
  /** Families that may have an IPv6 next hop although their NLRI is IPv4 (RFC 8950). */
  readonly extendedNextHop: FamilyMask;
  /** The longest UPDATE, in either direction: 4096, or 65535 (RFC 8654). */
  readonly maxMessageBytes: number;
  readonly localAsn: Asn;
  readonly remoteAsn: Asn;
  /** The peer is of another member AS of our confederation (RFC 5065): external, but not outside. */
  readonly confederation?: boolean;
  /** AIGP_SESSION (RFC 7311 §3.1); `undefined`: its default, see {@link carriesAigp}. */
  readonly aigp?: boolean;
  /** The first AS of an eBGP peer's AS_PATH has to be its own (RFC 4271 §6.3). */
  readonly enforceFirstAs?: boolean;
}

/** RFC 7311 §3.1: enabled by default within an AS and a confederation, disabled towards all others. */
export function carriesAigp({ aigp, internal, confederation }: UpdateContext): boolean {
  return aigp ?? (internal || confederation === true);
}

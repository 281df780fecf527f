import type { Asn, FamilyMask } from "../types/mod.ts";

/**
 * What two speakers agreed on in their OPENs, as far as the meaning of an UPDATE depends on it. Fixed for a session.
 */
export interface UpdateContext {
  /** Both sides are of one AS (iBGP). */
  readonly internal: boolean;
  /** ASNs in AS_PATH and AGGREGATOR have four octets (RFC 6793), in both directions. */
  readonly fourOctetAs: boolean;
  /** Families that both sides announced; IPv4 unicast where a side announced none at all (RFC 4760 §8). */
  readonly families: FamilyMask;
  /** Families whose NLRI carries a path identifier (RFC 7911): received, and sent. */
  readonly addPathReceive: FamilyMask;
  readonly addPathSend: FamilyMask;
  /** IPv4 families that may have an IPv6 next hop (RFC 8950). */
  readonly extendedNextHop: FamilyMask;
  /** The longest UPDATE, in either direction: 4096, or 65535 (RFC 8654). */
  readonly maxMessageBytes: number;
  readonly localAsn: Asn;
  readonly remoteAsn: Asn;
  /** The peer belongs to another member AS of our confederation (RFC 5065): external, but inside the confederation. */
  readonly confederation?: boolean;
  /** AIGP_SESSION (RFC 7311 §3.1); `undefined`: its default, see {@link carriesAigp}. */
  readonly aigp?: boolean;
  /** The first AS of an eBGP peer's AS_PATH must be the peer's own (RFC 4271 §6.3). */
  readonly enforceFirstAs?: boolean;
}

/** RFC 7311 §3.1: by default enabled within an AS and a confederation, and disabled towards all others. */
export function carriesAigp({ aigp, internal, confederation }: UpdateContext): boolean {
  return aigp ?? (internal || confederation === true);
}

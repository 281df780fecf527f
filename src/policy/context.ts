/**
 * What a policy may ask about a route beside its prefix and attributes. Contexts are not changed once they are in use.
 */

import type { Asn, FamilyId } from "../types/mod.ts";

export interface RouteContext {
  readonly family: FamilyId;
  /** Import: whom the route is from. Export: whom it is for. */
  readonly peer: PolicyPeer;
  /** Export: where the route is from. */
  readonly source?: PolicySource;
}

export interface PolicyPeer {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  readonly asn: Asn;
  /** The groups it is in, by way of other groups too. */
  readonly groups?: readonly string[];
  /** Our AS towards it: what `prepend` puts in front. */
  readonly localAsn: Asn;
}

export interface PolicySource {
  /** Originated by this speaker: the fields below mean nothing then. */
  readonly local: boolean;
  readonly address: Uint8Array;
  readonly asn: Asn;
  readonly groups?: readonly string[];
  /** Learned from a peer of our own AS. */
  readonly internal: boolean;
}

/**
 * What a policy may ask about a route besides its prefix and attributes. A context is not changed once it is in use.
 */

import type { Asn, FamilyId } from "../types/mod.ts";

export interface RouteContext {
  readonly family: FamilyId;
  /** Import: the peer that the route came from. Export: the peer that it goes to. */
  readonly peer: PolicyPeer;
  /** Export: where the route came from. */
  readonly source?: PolicySource;
}

export interface PolicyPeer {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  readonly asn: Asn;
  /** The groups it belongs to, directly or through other groups. */
  readonly groups?: readonly string[];
  /** Our AS towards it: what `prepend` adds. */
  readonly localAsn: Asn;
}

export interface PolicySource {
  /** Originated by this speaker: the fields below have no meaning then. */
  readonly local: boolean;
  readonly address: Uint8Array;
  readonly asn: Asn;
  readonly groups?: readonly string[];
  /** Learned from a peer of our own AS. */
  readonly internal: boolean;
}

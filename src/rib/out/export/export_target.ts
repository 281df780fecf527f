/** Where routes go and where they come from, as far as the rules of export ask. */

import type { UpdateContext } from "../../../message/mod.ts";
import type { Negotiated } from "../../../session/mod.ts";
import type { Choice, ExportChoice, ExportWord } from "../../../policy/mod.ts";
import type { Asn } from "../../../types/mod.ts";
import type { RouteSource } from "../../in/adj_rib_in.ts";

/** What an operator says about routes to a peer. */
export interface ExportPolicy {
  /**
   * `none`: what this speaker originates, nothing learned. `local`: also what others of our AS originate, learned from
   * internal peers with an empty AS_PATH. `all`: all best routes, as the rules permit. A chain of policies: those that it
   * accepts, our own for all peers among them. By family.
   */
  readonly export: ExportChoice;
  /** `auto`: this speaker towards external peers, unchanged within the AS or confederation and for clients of a route server. */
  readonly nextHop: "auto" | "self" | "unchanged";
  readonly routeReflectorClient: boolean;
  readonly routeServerClient: boolean;
  /** Private ASNs do not leave: taken out, or replaced by ours. */
  readonly removePrivateAs: "none" | "all" | "replace";
  /** The peer's own ASN is replaced by ours: it is one customer at several places. */
  readonly asOverride: boolean;
  /** Stands behind our ASN of the session in a path that leaves: the one we really are. */
  readonly prependAsn: Asn | undefined;
  /** RFC 9774 §3: routes with AS_SETs learned from others are not announced. */
  readonly rejectAsSets: "always" | "external" | "never";
  /** The session is about to be shut down: its routes are to be the last choice (RFC 8326 §4). */
  readonly gracefulShutdown: boolean;
}

/** Where a session stands in the network: addresses of 4 or 16 octets. */
export interface SessionAddresses {
  readonly localAddress: Uint8Array;
  /** Next hop self of IPv6 routes over a session between IPv4 addresses, and the other way round. */
  readonly localAddressV6?: Uint8Array | undefined;
  readonly localAddressV4?: Uint8Array | undefined;
  readonly remoteAddress: Uint8Array;
  /**
   * The link that a session between link-local addresses runs over (its zone, the name of the interface): link-local next hops
   * of it are right on this link and nowhere else (RFC 2545 §3). `undefined` for all other sessions.
   */
  readonly link?: string | undefined;
  /** The peer's address is the next hop of a route that this speaker originates: the peer itself is not to get that one. */
  readonly isOriginatedHop?: boolean;
}

export interface ExportTarget {
  /** What the policy says of the family. */
  readonly choice: Choice<ExportWord>;
  readonly context: Pick<Negotiated, "role" | "graceful"> & UpdateContext;
  readonly addresses: SessionAddresses;
  readonly policy: ExportPolicy;
  readonly clusterId: number;
}

/** The source of a route as far as the rules ask. */
export interface ExportSource extends Pick<RouteSource, "internal" | "routerId" | "link"> {
  /** Originated by this speaker. */
  readonly local: boolean;
  readonly reflectorClient: boolean;
}

/** A peer of another AS that is not of our confederation either. */
export function isOutside({ internal, confederation }: UpdateContext): boolean {
  return !internal && confederation !== true;
}

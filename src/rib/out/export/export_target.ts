/** The peer that a route goes to and the source it comes from, as far as the export rules need them. */

import type { UpdateContext } from "../../../message/mod.ts";
import type { Negotiated } from "../../../session/mod.ts";
import type { ExportChoice, ExportWord, PolicyChoice } from "../../../policy/mod.ts";
import type { Asn } from "../../../types/mod.ts";
import type { RouteTargets } from "./route_targets.ts";
import type { RouteSource } from "../../in/adj_rib_in.ts";

/** What the configuration says about routes to a peer. */
export interface ExportPolicy {
  /**
   * By family. `none`: routes that this speaker originates, no learned routes. `local`: also routes that others of our
   * AS originate, learned from internal peers with an empty AS_PATH. `all`: all best routes that the rules permit. A
   * chain of policies: the routes that it accepts, our own for all peers among them.
   */
  readonly export: ExportChoice;
  /**
   * `auto`: this speaker for external peers; unchanged within the AS or confederation and for clients of a route
   * server.
   */
  readonly nextHop: "auto" | "self" | "unchanged";
  readonly routeReflectorClient: boolean;
  readonly routeServerClient: boolean;
  /** Private ASNs are removed from the path, or replaced by ours. */
  readonly removePrivateAs: "none" | "all" | "replace";
  /** The peer's ASN is replaced by ours in the path: the peer is one customer at several sites. */
  readonly asOverride: boolean;
  /** The ASN that follows our ASN of the session in a path that leaves (a migrated AS: the real one). */
  readonly prependAsn: Asn | undefined;
  /** RFC 9774 §3: learned routes with AS_SETs are not advertised. */
  readonly rejectAsSets: "always" | "external" | "never";
  /** Internal peers get the state of origins (RFC 8097). */
  readonly sendsOriginStates?: boolean;
  /** The session is about to be shut down: its routes become least preferred (RFC 8326 §4). */
  readonly gracefulShutdown: boolean;
}

/** The addresses of a session: 4 or 16 octets each. */
export interface SessionAddresses {
  readonly localAddress: Uint8Array;
  /** Next hop self for IPv6 routes over a session between IPv4 addresses, and the reverse. */
  readonly localAddressV6?: Uint8Array | undefined;
  readonly localAddressV4?: Uint8Array | undefined;
  readonly remoteAddress: Uint8Array;
  /**
   * The link of a session between link-local addresses: its zone, the name of the interface. Link-local next hops of it
   * are valid on this link only (RFC 2545 §3). `undefined` for all other sessions.
   */
  readonly link?: string | undefined;
  /** The peer's address is the next hop of a route that this speaker originates: that route does not go to the peer. */
  readonly isOriginatedHop?: boolean;
}

export interface ExportTarget {
  /** `export` of the family. */
  readonly choice: PolicyChoice<ExportWord>;
  readonly context: Pick<Negotiated, "role" | "graceful"> & UpdateContext;
  readonly addresses: SessionAddresses;
  readonly policy: ExportPolicy;
  readonly clusterId: number;
  /** The route targets that the peer wants; `undefined`: the family has none, or the peer did not say. */
  readonly routeTargets?: RouteTargets | undefined;
}

/** The source of a route, as far as the rules need it. */
export interface ExportSource extends Pick<RouteSource, "internal" | "routerId" | "link"> {
  /** Originated by this speaker. */
  readonly local: boolean;
  readonly reflectorClient: boolean;
}

/** The source of routes that this speaker originates. */
export const ourselves: ExportSource = { local: true, internal: false, routerId: 0, reflectorClient: false };

/** A peer of another AS that is not a member of our confederation. */
export function isOutside({ internal, confederation }: UpdateContext): boolean {
  return !internal && confederation !== true;
}

/** What the configuration and the session say about the routes that a peer is advertised. */

import type { Negotiated } from "../../session/mod.ts";
import type { ByFamily } from "../../types/mod.ts";
import type { ExportPolicy, SessionAddresses } from "./export/export_target.ts";
import type { RouteTargets } from "./export/route_targets.ts";
import type { PrefixesOut } from "./out_limit.ts";

/** How routes leave for a peer; every property is optional in {@link RibPeer}. */
export interface PeerExport extends ExportPolicy {
  /** To a peer with ADD-PATH (RFC 7911): how many paths of a prefix at most, the best ones that its export accepts. */
  readonly addPathSendMax: number;
  /**
   * `best`: the best route, or none where it is withheld from the peer. `per-client`: the best of the routes that may
   * go to the peer (RFC 7947 §2.3.2.1); with ADD-PATH the peer's own paths do not count.
   */
  readonly exportSelection: "best" | "per-client";
  /** MinRouteAdvertisementInterval (RFC 4271 §9.2.1.1). */
  readonly advertisementIntervalMs: number;
  /** `max_prefixes_out`, by family. */
  readonly prefixesOut: Readonly<ByFamily<PrefixesOut>>;
  /** The groups of the peer; policies match them. */
  readonly groups: readonly string[];
}

export const defaultExport: PeerExport = {
  export: "none",
  nextHop: "auto",
  routeReflectorClient: false,
  routeServerClient: false,
  removePrivateAs: "none",
  asOverride: false,
  prependAsn: undefined,
  rejectAsSets: "never",
  gracefulShutdown: false,
  addPathSendMax: Infinity,
  exportSelection: "best",
  advertisementIntervalMs: 0,
  prefixesOut: {},
  groups: [],
};

export interface ExportSession extends SessionAddresses {
  readonly negotiated: Negotiated;
  /** The route targets that the peer wants, where the family `rtc` is negotiated. */
  readonly routeTargets?: RouteTargets | undefined;
}

/** The configuration of a peer that the import of its routes depends on. */

import type { ImportChoice } from "../../policy/mod.ts";
import type { ByFamily } from "../../types/mod.ts";
import type { PrefixLimit } from "./prefix_limit.ts";

export interface ImportPeer {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  /** Peer groups, which policies can match. */
  readonly groups?: readonly string[];
  /** Which routes of the peer take part in the decision, and how they are changed. Not set: all, unchanged. */
  readonly import?: ImportChoice;
  /** How many routes the peer may have, by family id. */
  readonly maxPrefixes?: Readonly<ByFamily<PrefixLimit>>;
  /** How many paths of a prefix the peer may have with ADD-PATH; 0 or not set: any number. */
  readonly maxPaths?: number;
  /** Our ASN of the session is prepended to the paths of received routes. */
  readonly prependsIn?: boolean;
  /** False: FlowSpec rules of the peer are eligible whatever the routes to their destinations are. */
  readonly validatesFlows?: boolean;
  /** Routes with an invalid origin (RFC 6811) do not take part in the decision. */
  readonly rejectsInvalidOrigins?: boolean;
  /** The same for routes whose path is invalid by ASPAs. */
  readonly rejectsInvalidPaths?: boolean;
  /** The state of the origin is taken from the community of an internal peer (RFC 8097). */
  readonly acceptsOriginStates?: boolean;
  /** The session is about to be shut down: the routes of the peer are the least preferred (RFC 8326). */
  readonly gracefulShutdown?: boolean;
}

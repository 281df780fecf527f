/** What the configuration says of a peer that matters to its routes on their way in. */

import type { ImportChoice } from "../../policy/mod.ts";
import type { ByFamily } from "../../types/mod.ts";
import type { PrefixLimit } from "./prefix_limit.ts";

export interface ImportPeer {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  /** For policies that ask. */
  readonly groups?: readonly string[];
  /** Its routes that take part in the decision, and how they are changed; without it all, as they are. */
  readonly import?: ImportChoice;
  /** How many routes it may have, by family id. */
  readonly maxPrefixes?: Readonly<ByFamily<PrefixLimit>>;
  /** How many paths of a prefix it may have with ADD-PATH; 0 or nothing: any number. */
  readonly maxPaths?: number;
  /** Routes of the peer get our ASN of the session in front on their way in. */
  readonly prependsIn?: boolean;
  /** Its session is about to be shut down: its routes are the least preferred (RFC 8326). */
  readonly gracefulShutdown?: boolean;
}

/** What a RIB is told when it begins. */

import type { Millis } from "../session/mod.ts";
import type { Asn, FamilyMask } from "../types/mod.ts";

export interface RibOptions {
  /** Our BGP Identifier, and our cluster id unless that is given. */
  readonly routerId: number;
  readonly clusterId?: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => Millis;
  /** For intervals: nobody sets it, while `now` stands still where somebody sets the clock back. Without it: `now`. */
  readonly monotonic?: () => Millis;
  /** States that ended and wait for the store; 0: there is no history. */
  readonly historyRows?: number;
  /** ASNs that are ours beside the one of each session: in an AS_PATH they are a loop. */
  readonly localAsns?: readonly Asn[];
  /** The highest ids the database has ever given out: those of new prefixes and sets come after them. */
  readonly lastPrefixId?: number;
  readonly lastSetId?: number;
  /** Families in which nothing is chosen, and so nothing announced, before {@link Rib.select} (RFC 4724 §4.1). */
  readonly deferred?: FamilyMask;
  /** Octets of encoded messages that wait for slower peers of an update group, before they are told on their own. */
  readonly ringBytes?: number;
}

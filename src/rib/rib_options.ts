/** The options of a RIB. */

import type { Asn, FamilyMask, Millis } from "../types/mod.ts";

export interface RibOptions {
  /** Our BGP Identifier, and our cluster id unless `clusterId` is given. */
  readonly routerId: number;
  readonly clusterId?: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => Millis;
  /** A clock for intervals that is never set, unlike `now`. Default: `now`. */
  readonly monotonic?: () => Millis;
  /** How many history entries may wait for the store; 0: no history is kept. */
  readonly historyRows?: number;
  /** ASNs that are ours in addition to the one of each session: in an AS_PATH they are a loop. */
  readonly localAsns?: readonly Asn[];
  /** Our AS: the origin of the routes that this speaker originates. Default: none, and they are not validated. */
  readonly ownAsn?: Asn | undefined;
  /** The highest ids that the database ever used: new prefixes and sets get higher ones. */
  readonly lastPrefixId?: number;
  readonly lastSetId?: number;
  /** Families in which nothing is selected or advertised before {@link Rib.select} (RFC 4724 §4.1). */
  readonly deferred?: FamilyMask;
  /**
   * Octets of encoded messages that may wait for slower peers of an update group. Slower peers are then served alone.
   */
  readonly ringBytes?: number;
  /** Octets of messages that may wait for stations and archives. Slower ones must begin again. */
  readonly monitorBytes?: number | undefined;
}

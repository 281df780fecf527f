/** What the web process asks, beside what commands ask: commands start sooner without it. */

import { formatAddress, parsePrefix } from "../../types/mod.ts";
import type { SystemLocks } from "../lock.ts";
import { type EventFilter, eventsBefore, type FollowedEvent } from "./change_query.ts";
import { coveringPrefixes } from "./longest_match.ts";
import { overviewOf, type StoreOverview } from "./overview_query.ts";
import { StoreReader } from "./reader.ts";
import type { RouteFilter } from "./route_query.ts";
import { type RouteSlice, routeSlices, type SliceOptions } from "./route_slices.ts";

export class WebReader extends StoreReader {
  /** What of the summary costs microseconds. */
  overview(locks?: SystemLocks): StoreOverview {
    return overviewOf(this.db, locks);
  }

  /** The routes that match, in slices: no statement is open between two of them. */
  routeSlices(filter: RouteFilter, options: SliceOptions): Generator<RouteSlice, void, undefined> {
    return routeSlices(this.db, this.matchFor(filter), filter, options);
  }

  /** The prefixes that contain a prefix, and the prefix itself, with or without a route; the longest first. */
  covering(prefix: string): string[] {
    const { octets, length } = parsePrefix(prefix)!;
    return coveringPrefixes(this.db, formatAddress(octets)).filter((each) => parsePrefix(each)!.length <= length);
  }

  /** Events of a peer, or of all, before the one with this number; the newest first. */
  eventsBefore(filter: EventFilter): FollowedEvent[] {
    return eventsBefore(this.db, filter);
  }
}

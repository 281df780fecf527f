/** What the web process asks, beside what commands ask: commands start sooner without it. */

import { type Asn, families, type FamilyId, formatAddress, isPrefixFamily, parsePrefix } from "../../types/mod.ts";
import type { SystemLocks } from "../lock.ts";
import { AlertQueries } from "./alert_query.ts";
import { type EventFilter, eventsBefore, type FollowedEvent } from "./change_query.ts";
import { coveringPrefixes } from "./longest_match.ts";
import { type TableMap, tableMap } from "./map_query.ts";
import {
  countOfOrigin,
  type OriginatedPrefix,
  type OriginPath,
  pathsOfOrigin,
  pathsThrough,
  prefixesOfOrigin,
} from "./origin_query.ts";
import { type NamedThing, peersOfAs, thingsNamed } from "./search_query.ts";
import { overviewOf, type StoreOverview } from "./overview_query.ts";
import { StoreReader } from "./reader.ts";
import { RoutePages } from "./route_pages.ts";
import type { RouteFilter } from "./route_query.ts";
import { type RouteSlice, routeSlices, type SliceOptions } from "./route_slices.ts";
import { TableFacts } from "./table_facts.ts";

export class WebReader extends StoreReader {
  /** What alerts ask. */
  get alerts(): AlertQueries {
    return new AlertQueries(this.db);
  }

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

  /** The prefixes inside a prefix that have a route, the first ones; not the prefix itself. */
  moreSpecific(prefix: string, limit: number): string[] {
    const found = new Set<string>();
    for (const { rows } of this.routeSlices({ prefix, longer: true }, { most: limit + 1 })) {
      for (const row of rows) if (row.prefix !== null && row.prefix !== prefix) found.add(row.prefix);
      if (found.size >= limit) break;
    }
    return [...found].slice(0, limit);
  }

  /** The longest prefix with a route that contains an address, for each family that has one. */
  longestMatches(address: string): { readonly family: FamilyId; readonly prefix: string }[] {
    return families.filter(({ id }) => isPrefixFamily(id)).flatMap(({ id }) => {
      const found = this.matchFor({}).find(address, id);
      return found === undefined ? [] : [{ family: id, prefix: found.prefix }];
    });
  }

  /** What an AS originates. */
  origin(asn: Asn, limit: number): {
    readonly counts: readonly { readonly family: string; readonly prefixes: number }[];
    readonly prefixes: readonly OriginatedPrefix[];
    readonly paths: readonly OriginPath[];
  } {
    return {
      counts: countOfOrigin(this.db, asn),
      prefixes: prefixesOfOrigin(this.db, asn, limit),
      paths: pathsOfOrigin(this.db, asn),
    };
  }

  /** How many prefixes an AS originates, by family. */
  originCounts(asn: Asn): { readonly family: string; readonly prefixes: number }[] {
    return countOfOrigin(this.db, asn);
  }

  /** The AS paths that contain an AS, some at a time. */
  pathsThrough(asn: Asn): Generator<{ readonly asPath: string; readonly routes: number }[]> {
    return pathsThrough(this.db, asn);
  }

  /** The table as a whole, in slices: gives the part that is done after each. */
  tableMap(): Generator<number, TableMap, undefined> {
    return tableMap(this.db);
  }

  /** Peers and routers by a part of their name, address or description. */
  thingsNamed(word: string, limit: number): NamedThing[] {
    return thingsNamed(this.db, word, limit);
  }

  peersOfAs(asn: Asn): { readonly name: string; readonly state: string }[] {
    return peersOfAs(this.db, asn);
  }

  /** Routes of whole tables, a page at a time. */
  routePages(): RoutePages {
    return new RoutePages(this.db);
  }

  /** Counts of whole tables, and names of numbers in them. */
  tableFacts(): TableFacts {
    return new TableFacts(this.db);
  }

  /** Events of a peer, or of all, before the one with this number; the newest first. */
  eventsBefore(filter: EventFilter): FollowedEvent[] {
    return eventsBefore(this.db, filter);
  }
}

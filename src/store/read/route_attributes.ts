/** The columns that every view of routes has, current and past, and those of destinations that are no plain prefix. */

import { integerOrNull, type Row, text, textOrNull } from "./columns.ts";

/** A route and its attributes as texts of the database. */
export type RouteAttributes = Row<typeof attributeColumns> & Partial<DestinationValues>;

/** What a route has whose family is neither unicast nor multicast. */
export type DestinationValues = Row<typeof destinationColumns>;

/** The columns of {@link DestinationValues} that views of the past have, too. */
export const destinationColumns = {
  /** The destination as text. */
  nlri: text("nlri"),
  rd: textOrNull("rd"),
  /** Separated by spaces. */
  labels: textOrNull("labels"),
};

/** A row that has {@link DestinationValues} only where its destination is no plain prefix. */
export type OfAnyFamily<T extends DestinationValues> =
  & Omit<T, keyof DestinationValues>
  & Partial<DestinationValues>;

/** Takes {@link DestinationValues} away from a row whose destination is a plain prefix. */
export function withoutPlain<T extends DestinationValues & { readonly prefix: string | null }>(row: T): OfAnyFamily<T> {
  if (row.rd !== null || row.labels !== null || row.nlri !== row.prefix) return row;
  const { nlri: _nlri, rd: _rd, labels: _labels, ...rest } = row;
  return rest;
}

/** The destination of a route, as people read it. */
export function destinationOf(
  { nlri, prefix }: { readonly nlri?: string | undefined; readonly prefix: string | null },
): string {
  return nlri ?? prefix ?? "";
}

export const attributeColumns = {
  peer: text("peer"),
  peerAs: integerOrNull("peer_as"),
  /** `null`: the destination has none. */
  prefix: textOrNull("prefix"),
  pathId: integerOrNull("path_id"),
  nextHop: textOrNull("next_hop"),
  asPath: text("as_path"),
  originAs: integerOrNull("origin_as"),
  origin: textOrNull("origin"),
  med: integerOrNull("med"),
  localPref: integerOrNull("local_pref"),
  /** Separated by spaces, like the next two. */
  communities: textOrNull("communities"),
  largeCommunities: textOrNull("large_communities"),
  extCommunities: textOrNull("ext_communities"),
};

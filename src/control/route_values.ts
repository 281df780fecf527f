/** Rows of routes as JSON has them: lists instead of text that is separated by spaces. */

import type { RouteAttributes, RouteRow } from "../store/mod.ts";
import { listOf } from "./json.ts";

/** The same row with lists, and with the fields of its destination as an object. */
export function routeValues<Route extends RouteRow>(route: Route) {
  const { fields, ...rest } = withLists(route);
  return { ...rest, ...fields !== undefined && { fields: fields === null ? null : JSON.parse(fields) } };
}

/** The same row with lists instead of text that is separated by spaces. */
export function withLists<Row extends RouteAttributes>({ labels, ...row }: Row): WithLists<Row> {
  return {
    ...row,
    ...labels === undefined ? {} : { labels: listOf(labels) },
    communities: listOf(row.communities),
    largeCommunities: listOf(row.largeCommunities),
    extCommunities: listOf(row.extCommunities),
  } as WithLists<Row>;
}

type Lists = "communities" | "largeCommunities" | "extCommunities";
export type WithLists<Row> =
  & Omit<Row, Lists | "labels">
  & Readonly<Record<Lists, readonly string[]>>
  & { readonly labels?: readonly string[] };

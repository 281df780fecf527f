/** Rows of routes and peers as JSON has them: lists instead of text that is separated. */

import type { ExplainedRoute, PeerRow, ReceivedValues, RouteAttributes, RouteRow } from "../store/mod.ts";
import { listOf } from "./json.ts";

/** The same row with lists, and with the fields of its destination as an object. */
export function routeValues<Route extends RouteRow>(route: Route) {
  const { fields, ...rest } = withLists(route);
  return { ...rest, ...fields !== undefined && { fields: fields === null ? null : JSON.parse(fields) } };
}

/** A route with the result of its decision, with lists. */
export function explainedValues({ received, rpki, ...route }: ExplainedRoute) {
  return {
    ...routeValues(route),
    received: received === null ? null : someLists(received),
    rpki: rpki === null ? null : { vrps: rpki.vrps, path: rpki.path },
  };
}

/** Only the lists that are there. */
function someLists({ communities, largeCommunities, extCommunities, ...others }: ReceivedValues) {
  return {
    ...others,
    ...communities === undefined ? {} : { communities: listOf(communities) },
    ...largeCommunities === undefined ? {} : { largeCommunities: listOf(largeCommunities) },
    ...extCommunities === undefined ? {} : { extCommunities: listOf(extCommunities) },
  };
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

export function capabilityList(peer: Pick<PeerRow, "capabilities">): string[] {
  return (peer.capabilities ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
}

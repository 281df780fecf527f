/** The tables of a router that BMP reports (RFC 7854 §5, RFC 8671, RFC 9069). */

import { limits } from "./limits.ts";

/** Before and after import policy, before and after export policy, and the Loc-RIB. */
export const ribKinds = ["adj-in", "adj-in-post", "adj-out", "adj-out-post", "loc"] as const;

export type RibKind = typeof ribKinds[number];

/** Ids of peers name the tables of routers, too: whether this one does. */
export function isOfRouter(peerId: number): boolean {
  return peerId >= limits.firstRouterPeer;
}

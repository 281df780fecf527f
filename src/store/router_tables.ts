/** Which rows are about routers that report by BMP: their tables have ids of their own. */

import { isOfRouter } from "../types/mod.ts";

/** The table with the current routes of a peer, or of a table of a router. */
export function routesTableOf(peerId: number): "routes" | "router_routes" {
  return isOfRouter(peerId) ? "router_routes" : "routes";
}

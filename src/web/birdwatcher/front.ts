/**
 * The API of birdwatcher below `/birdwatcher`, for Alice-LG (a source of type birdwatcher, `single_table`) and other
 * clients. A peer is a protocol, its name is the id. https://github.com/alice-lg/birdwatcher
 */

import type { Front } from "../answers/front.ts";
import { BestCounts } from "./best_counts.ts";
import { failure } from "./envelope.ts";
import { protocolRoutes } from "./protocol_routes.ts";
import { statusRoutes } from "./status_routes.ts";
import { tableRoutes } from "./table_routes.ts";

const counts = new BestCounts();

export const birdwatcherFront: Front = {
  prefix: "/birdwatcher",
  routes: [...statusRoutes, ...protocolRoutes(counts), ...tableRoutes(counts)],
  failure,
};

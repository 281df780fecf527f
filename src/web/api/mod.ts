/** The read API below `/api/v1`: its routes in one list. */

import { type Answer, json } from "../answers/answer.ts";
import type { Front, FrontRoute } from "../answers/front.ts";
import { alertRoutes } from "./alert_routes.ts";
import type { ApiRoute } from "./api_route.ts";
import { historyRoutes } from "./history_routes.ts";
import { peerRoutes } from "./peer_routes.ts";
import { routeRoutes } from "./route_routes.ts";
import { searchRoutes } from "./search_routes.ts";
import { statusRoutes } from "./status_routes.ts";
import { tableRoutes } from "./table_routes.ts";

/** The document that `/api/v1/openapi.json` publishes is made when it is asked for: zod takes 8 MB. */
const documentRoute: FrontRoute = {
  path: "/api/v1/openapi.json",
  lane: "slow",
  async run(_asked, { version }) {
    const { apiDocument } = await import("./openapi.ts");
    return json(apiDocument(apiRoutes, version), { cacheMs: 3_600_000 });
  },
};

export const apiRoutes: readonly ApiRoute[] = [
  ...statusRoutes,
  ...peerRoutes,
  ...routeRoutes,
  ...historyRoutes,
  ...searchRoutes,
  ...tableRoutes,
  ...alertRoutes,
];

export const apiFront: Front = { prefix: "/api/v1", routes: [...apiRoutes, documentRoute], failure: problem };

/** A problem document (RFC 9457). */
export function problem(status: number, detail: string): Answer {
  return {
    status,
    headers: { "content-type": "application/problem+json" },
    body: JSON.stringify({ type: "about:blank", title: titles[status] ?? "Error", status, detail }) + "\n",
  };
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  406: "Not Acceptable",
  410: "Gone",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** Peers: how they are, and what can be done to them. */

import { parsePrefix } from "../../types/mod.ts";
import { type AdvertisedFilter, ControlError, type RefreshDirection } from "../target.ts";
import type { ApiRequest, Parameter, Route } from "./route.ts";
import { advertisedSchema, disableSchema, listOf, peerSchema, refreshSchema, resetSchema } from "./schemas.ts";

const peerParameter: Parameter = {
  name: "peer",
  in: "path",
  doc: "name of the peer; or its address or description, where no other has the same",
};

export const peerRoutes: readonly Route[] = [
  {
    method: "get",
    path: "/peers",
    summary: "All peers with state and counters",
    changes: false,
    response: listOf(peerSchema),
    run: (target) => ({ kind: "json", value: target.peers() }),
  },
  {
    method: "get",
    path: "/peers/{peer}",
    summary: "One peer",
    changes: false,
    parameters: [peerParameter],
    response: peerSchema,
    run: (target, request) => {
      const name = nameOf(request);
      const peer = target.peer(name);
      if (peer === undefined) throw new ControlError("notFound", `there is no peer ${name}`);
      return { kind: "json", value: peer };
    },
  },
  {
    method: "get",
    path: "/peers/{peer}/advertised",
    summary: "What was written to the peer's session (Adj-RIB-Out)",
    changes: false,
    parameters: [
      peerParameter,
      { name: "prefix", in: "query", doc: "only this prefix, or the prefixes that hold this address" },
      {
        name: "all",
        in: "query",
        doc:
          "true: also what waits and what the session cannot carry, and with prefix whatever keeps the route from the peer;" +
          " state and reason say which",
      },
    ],
    response: listOf(advertisedSchema),
    run: (target, request) => ({
      kind: "list",
      pages: target.advertised(nameOf(request), filterOf(request), request.signal),
    }),
  },
  {
    method: "post",
    path: "/peers/{peer}/enable",
    summary: "Start the session",
    changes: true,
    parameters: [peerParameter],
    response: peerSchema,
    run: (target, request) => ({ kind: "json", value: target.enablePeer(nameOf(request)) }),
  },
  {
    method: "post",
    path: "/peers/{peer}/disable",
    summary: "End the session and have none until it is enabled, or until restart or reload",
    changes: true,
    parameters: [peerParameter],
    body: disableSchema,
    response: peerSchema,
    run: (target, request) => {
      const { message, drain_seconds: drainSeconds } = request.body as { message?: string; drain_seconds?: number };
      return { kind: "json", value: target.disablePeer(nameOf(request), { message, drainSeconds }) };
    },
  },
  {
    method: "post",
    path: "/peers/{peer}/reset",
    summary: "End the session and start it again",
    changes: true,
    parameters: [peerParameter],
    body: resetSchema,
    response: peerSchema,
    run: (target, request) => {
      const { message, graceful } = request.body as { message?: string; graceful: boolean };
      return { kind: "json", value: target.resetPeer(nameOf(request), { message, graceful }) };
    },
  },
  {
    method: "post",
    path: "/peers/{peer}/refresh",
    summary: "Ask for the peer's routes again (in), send ours again (out), or both; the session stays",
    changes: true,
    parameters: [peerParameter],
    body: refreshSchema,
    response: peerSchema,
    run: (target, request) => {
      const { direction } = request.body as { direction: RefreshDirection };
      return { kind: "json", value: target.refreshPeer(nameOf(request), direction) };
    },
  },
];

function nameOf(request: ApiRequest): string {
  return request.parameter("peer") ?? "";
}

function filterOf(request: ApiRequest): AdvertisedFilter {
  const all = request.parameter("all");
  if (all !== undefined && all !== "true" && all !== "false") {
    throw new ControlError("wrong", `all must be true or false, not "${all}"`);
  }
  const states = all === "true" ? { unwritten: true } : {};
  const text = request.parameter("prefix");
  if (text === undefined) return states;
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new ControlError("wrong", `"${text}" is neither a prefix nor an address`);
  return text.includes("/") ? { prefix: text, ...states } : { address: text, ...states };
}

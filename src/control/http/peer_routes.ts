/** API routes for peers: their status, and the operations on them. */

import { parseDestination } from "../../message/mod.ts";
import { parsePrefix } from "../../types/mod.ts";
import { camelKeys } from "../json.ts";
import { type AdvertisedFilter, ControlError } from "../target.ts";
import { advertisedExample, peerExample } from "./examples.ts";
import { type ApiRequest, flagOf, type Parameter, pathParameter, type Route, route } from "./route.ts";

const peerSchemas = () => import("../schema/peer.ts");
const routeSchemas = () => import("../schema/route.ts");

const peerParameter: Parameter = {
  name: "peer",
  in: "path",
  doc: "name, or an address or description that no other peer has",
};

export const peerRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/peers",
    summary: "All peers with state and counters",
    changes: false,
    response: async () => (await peerSchemas()).peerSchema.array(),
    example: { answer: [peerExample] },
    run: (target) => ({ kind: "json", value: target.peers() }),
  }),
  route({
    method: "get",
    path: "/peers/{peer}",
    summary: "One peer",
    changes: false,
    parameters: [peerParameter],
    response: async () => (await peerSchemas()).peerSchema,
    example: { parameters: { peer: "transit-a" }, answer: peerExample },
    run: (target, request) => {
      const name = nameOf(request);
      const peer = target.peer(name);
      if (peer === undefined) throw new ControlError("notFound", `there is no peer ${name}`);
      return { kind: "json", value: peer };
    },
  }),
  route({
    method: "get",
    path: "/peers/{peer}/advertised",
    summary: "Routes written to the peer's session (Adj-RIB-Out)",
    changes: false,
    parameters: [
      peerParameter,
      {
        name: "prefix",
        in: "query",
        doc: "only this prefix, also in VPNs; or an address: only prefixes that contain it",
      },
      {
        name: "destination",
        in: "query",
        doc: "only this destination of another family, as the routes have it in nlri",
      },
      {
        name: "all",
        in: "query",
        doc:
          "true: also routes that are waiting or withheld; with prefix, every reason why a route is not advertised." +
          " See state and reason",
      },
      {
        name: "withheld",
        in: "query",
        doc: "true: instead, the routes of other peers that are withheld from this peer, each with its reason",
      },
    ],
    response: async () => (await routeSchemas()).advertisedSchema.array(),
    example: { parameters: { peer: "transit-a", prefix: "203.0.113.0/24" }, answer: [advertisedExample] },
    run: (target, request) => ({
      kind: "list",
      pages: target.advertised(nameOf(request), filterOf(request), request.signal),
    }),
  }),
  route({
    method: "post",
    path: "/peers/{peer}/enable",
    summary: "Enable a peer and start its session",
    changes: true,
    parameters: [peerParameter],
    response: async () => (await peerSchemas()).peerSchema,
    example: { parameters: { peer: "transit-a" }, answer: peerExample },
    run: (target, request) => ({ kind: "json", value: target.enablePeer(nameOf(request)) }),
  }),
  route({
    method: "post",
    path: "/peers/{peer}/disable",
    summary: "End the session of a peer; it stays disabled until it is enabled, or until a restart or reload",
    changes: true,
    parameters: [peerParameter],
    body: async () => (await peerSchemas()).disableSchema,
    response: async () => (await peerSchemas()).peerSchema,
    example: {
      parameters: { peer: "transit-a" },
      body: { message: "maintenance until 14:00 UTC", drain_seconds: 120 },
      answer: peerExample,
    },
    run: (target, request) => ({
      kind: "json",
      value: target.disablePeer(nameOf(request), camelKeys(request.body)),
    }),
  }),
  route({
    method: "post",
    path: "/peers/{peer}/reset",
    summary: "End the session of a peer and start it again",
    changes: true,
    parameters: [peerParameter],
    body: async () => (await peerSchemas()).resetSchema,
    response: async () => (await peerSchemas()).peerSchema,
    example: { parameters: { peer: "transit-a" }, body: { graceful: true }, answer: peerExample },
    run: (target, request) => ({ kind: "json", value: target.resetPeer(nameOf(request), request.body) }),
  }),
  route({
    method: "post",
    path: "/peers/{peer}/refresh",
    summary: "Ask the peer to send its routes again (in), send ours again (out), or both; the session stays up",
    changes: true,
    parameters: [peerParameter],
    body: async () => (await peerSchemas()).refreshSchema,
    response: async () => (await peerSchemas()).peerSchema,
    example: { parameters: { peer: "transit-a" }, body: { direction: "in" }, answer: peerExample },
    run: (target, request) => ({
      kind: "json",
      value: target.refreshPeer(nameOf(request), request.body.direction),
    }),
  }),
];

function nameOf(request: ApiRequest): string {
  return pathParameter(request, "peer");
}

function filterOf(request: ApiRequest): AdvertisedFilter {
  const [all, withheld] = ["all", "withheld"].map((name) => {
    const flag = flagOf(request.parameter(name));
    if (flag !== undefined) return flag;
    throw new ControlError("wrong", `${name} must be true or false, not "${request.parameter(name)}"`);
  });
  if (all && withheld) throw new ControlError("wrong", "give all or withheld, not both");
  const states = withheld ? { unwritten: "withheld" as const } : all ? { unwritten: true } : {};
  const destination = request.parameter("destination");
  const text = request.parameter("prefix");
  if (destination !== undefined) {
    if (text !== undefined) throw new ControlError("wrong", "give prefix or destination, not both");
    const found = parseDestination(destination);
    if ("error" in found) throw new ControlError("wrong", `destination "${destination}": ${found.error}`);
    return { key: found.key, ...states };
  }
  if (text === undefined) return states;
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new ControlError("wrong", `"${text}" is neither a prefix nor an address`);
  return text.includes("/") ? { prefix: text, ...states } : { address: text, ...states };
}

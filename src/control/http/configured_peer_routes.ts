/** API routes for configured peers: those of the file, and those that are added and removed at run time. */

import { configuredPeerExample } from "./examples.ts";
import { type Parameter, pathParameter, type Route, route } from "./route.ts";

const configuredPeerSchemas = () => import("../schema/configured_peer.ts");

const peerParameter: Parameter = {
  name: "peer",
  in: "path",
  doc: "name, or an address, network or description that no other peer has",
};

export const configuredPeerRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/configured-peers",
    summary: "The peers and networks of the configuration file, and those that were added",
    changes: false,
    response: async () => (await configuredPeerSchemas()).configuredPeerSchema.array(),
    example: { answer: [configuredPeerExample] },
    run: (target) => ({ kind: "json", value: target.configuration.configuredPeers() }),
  }),
  route({
    method: "post",
    path: "/configured-peers",
    summary: "Add a peer or a network with the keys of [[peers]]; it stays over restarts",
    changes: true,
    parameters: [{ name: "replace", in: "query", doc: "true: replace a peer that was added before" }],
    body: async () => (await configuredPeerSchemas()).addPeerSchema,
    response: async () => (await configuredPeerSchemas()).configuredPeerSchema,
    status: 201,
    example: { body: { remote_ip: "192.0.2.9", remote_as: 64499, passive: true }, answer: configuredPeerExample },
    run: async (target, request) => {
      const replace = request.parameter("replace") === "true";
      return {
        kind: "json",
        value: await target.configuration.addPeer(request.body, { replace }),
      };
    },
  }),
  route({
    method: "delete",
    path: "/configured-peers/{peer}",
    summary: "Remove a peer that was added; its session ends and its routes are removed",
    changes: true,
    parameters: [peerParameter],
    response: async () => (await configuredPeerSchemas()).configuredPeerSchema,
    example: { parameters: { peer: "192.0.2.9" }, answer: configuredPeerExample },
    run: async (target, request) => ({
      kind: "json",
      value: await target.configuration.removePeer(pathParameter(request, "peer")),
    }),
  }),
];

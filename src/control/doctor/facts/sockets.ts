/** Gathers facts about the sockets on which bgpd listens. */

import type { Config, SocketAddress } from "../../../config/mod.ts";
import { formatEndpoint, listen, TransportError, whoListens } from "../../../transport/mod.ts";
import type { SocketFacts } from "../checks/start.ts";

/** `pid`: of the daemon that runs with the database of this configuration. */
export function socketFacts(
  config: Config,
  sockets: readonly SocketAddress[],
  pid: number | undefined,
): SocketFacts[] {
  const named = [
    ...sockets.map((socket) => ({ key: "bgp_socket", socket })),
    ...config.apiSocket === undefined ? [] : [{ key: "api_socket", socket: config.apiSocket }],
  ];
  return named.flatMap(({ key, socket: { address, port } }) => {
    const isFree = isFreeFor(address, port);
    if (isFree === undefined) return [];
    const name = `${key} ${formatEndpoint(address, port)}`;
    const who = isFree ? undefined : whoListens(address, port);
    const holder = who?.endsWith(`(pid ${pid})`) === true ? `bgpd (pid ${pid})` : who;
    return [{ name, isFree, isRunning: pid !== undefined, holder }];
  });
}

/** `undefined`: bgpd could not listen there in any case, which `check` reports. */
function isFreeFor(address: string, port: number): boolean | undefined {
  try {
    listen({ address, port }).close();
    return true;
  } catch (error) {
    return error instanceof TransportError && error.kind === "addressInUse" ? false : undefined;
  }
}

/**
 * Checks before a start, the same for `bgpd run` and `bgpd check`. They leave nothing behind, and do not disturb a
 * daemon that runs with the same database.
 */

import { dirname } from "node:path";
import { type Config, type PeerConfig, remoteOf, type SocketAddress } from "../../config/mod.ts";
import { databaseRefusal, lockHolder } from "../../store/mod.ts";
import { formatEndpoint, listen, TransportError } from "../../transport/mod.ts";
import { splitZone } from "../../types/mod.ts";
import { whyUnread } from "./secrets.ts";

/** One sentence for each problem that prevents a start. */
export function startProblems(config: Config, sockets: readonly SocketAddress[]): string[] {
  const database = databaseProblem(config.database);
  if (database !== undefined) return [database, ...socketProblems(config, sockets, { isRunning: false })];
  // A daemon that runs with this database has the sockets, too.
  return socketProblems(config, sockets, { isRunning: lockHolder(config.database) !== undefined });
}

function databaseProblem(path: string): string | undefined {
  const folder = dirname(path);
  try {
    if (!Deno.statSync(folder).isDirectory) return `the database ${path} cannot be opened: ${folder} is not a folder`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return `the database ${path} cannot be opened: there is no folder ${folder}`;
    }
    return `the database ${path} cannot be written: ${whyUnread(error)}`;
  }
  return accessProblem(path, folder) ?? databaseRefusal(path);
}

/** Opens the database if it exists, and creates a file beside it for a moment. */
function accessProblem(path: string, folder: string): string | undefined {
  const probe = `${path}.probe-${Deno.pid}`;
  try {
    Deno.openSync(path, { read: true, write: true }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) return `the database ${path} cannot be written: ${whyUnread(error)}`;
  }
  try {
    Deno.openSync(probe, { write: true, createNew: true }).close();
    Deno.removeSync(probe);
    return undefined;
  } catch (error) {
    return `the database ${path} cannot be written: no file can be created in ${folder}: ${whyUnread(error)}`;
  }
}

function socketProblems(
  config: Config,
  sockets: readonly SocketAddress[],
  { isRunning }: { readonly isRunning: boolean },
): string[] {
  const problems: string[] = [];
  for (const { address, port } of sockets) {
    try {
      listen({ address, port }).close();
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      if (!isRunning || error.kind !== "addressInUse") problems.push(error.message);
    }
  }
  const { apiSocket } = config;
  if (apiSocket === undefined) return problems;
  try {
    Deno.listen({ hostname: apiSocket.address, port: apiSocket.port }).close();
  } catch (error) {
    if (!isRunning || !(error instanceof Deno.errors.AddrInUse)) {
      const endpoint = formatEndpoint(apiSocket.address, apiSocket.port);
      problems.push(`api_socket ${endpoint} cannot be opened: ${error instanceof Error ? error.message : error}`);
    }
  }
  return problems;
}

/** Warnings about passive peers that cannot reach any of our sockets: they will never have a session. */
export function unreachable(config: Config, sockets: readonly SocketAddress[]): string[] {
  const where = sockets.map(({ address, port }) => formatEndpoint(address, port)).join(", ");
  return config.peers.filter((peer) => peer.enabled && peer.passive && !sockets.some((socket) => accepts(socket, peer)))
    .map(({ name }) =>
      `${name} is passive, and no socket accepts its connections: bgpd listens on ${where} only; add an address to ` +
      "bgp_socket, or remove passive"
    );
}

function accepts({ address }: SocketAddress, peer: PeerConfig): boolean {
  const { address: remote, zone } = splitZone(remoteOf(peer).replace(/\/\d+/, ""));
  const isAny = address === "::" || address === "0.0.0.0";
  if (address !== "::" && address.includes(":") !== remote.includes(":")) return false;
  if (address.includes("%") && splitZone(address).zone !== zone) return false;
  if (peer.localIp !== undefined && !isAny && splitZone(address).address !== splitZone(peer.localIp).address) {
    return false;
  }
  // Only this machine can connect to its loopback addresses.
  return !isLoopback(address) || isLoopback(remote) || remote === "0.0.0.0" || remote === "::";
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

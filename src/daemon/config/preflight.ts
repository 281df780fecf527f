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
  const mayBeUsed = () => isRunning;
  const api = config.apiSocket === undefined ? undefined : apiProblem(config.apiSocket, mayBeUsed);
  return [...sockets.map((socket) => bgpProblem(socket, mayBeUsed)), api].filter((problem) => problem !== undefined);
}

/** Opens the socket for a moment. `mayBeUsed`: whether it is right that another socket has this port. */
function bgpProblem({ address, port }: SocketAddress, mayBeUsed: (port: number) => boolean): string | undefined {
  try {
    listen({ address, port }).close();
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (!mayBeUsed(port) || error.kind !== "addressInUse") return error.message;
  }
  return undefined;
}

function apiProblem({ address, port }: SocketAddress, mayBeUsed: (port: number) => boolean): string | undefined {
  try {
    Deno.listen({ hostname: address, port }).close();
  } catch (error) {
    if (mayBeUsed(port) && error instanceof Deno.errors.AddrInUse) return undefined;
    const endpoint = formatEndpoint(address, port);
    return `api_socket ${endpoint} cannot be opened: ${error instanceof Error ? error.message : error}`;
  }
  return undefined;
}

interface Sockets {
  readonly sockets: readonly SocketAddress[];
  readonly api: SocketAddress | undefined;
}

/** Why a socket that a reload would open cannot be opened; a port that is ours may be in use. */
export function newSocketProblem(before: Sockets, after: Sockets): string | undefined {
  const ours = [...before.sockets, ...before.api === undefined ? [] : [before.api]];
  const isOurs = (port: number) => ours.some((socket) => socket.port === port);
  const isNew = (socket: SocketAddress, known: readonly (SocketAddress | undefined)[]) =>
    !known.some((each) => each?.address === socket.address && each.port === socket.port);
  const fresh = after.sockets.filter((socket) => isNew(socket, before.sockets));
  const api = after.api === undefined || !isNew(after.api, [before.api]) ? undefined : apiProblem(after.api, isOurs);
  return fresh.map((socket) => bgpProblem(socket, isOurs)).find((problem) => problem !== undefined) ?? api;
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

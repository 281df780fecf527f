/**
 * Checks before a start, the same for `bgpd run` and `bgpd check`. They leave nothing behind, and do not disturb a
 * daemon that runs with the same database.
 */

import { type Config, type PeerConfig, remoteOf, type SocketAddress } from "../../config/mod.ts";
import { callDaemon, CommandError, type StatusJson } from "../../control/mod.ts";
import { databaseRefusal, isSameFile, lockHolder, lockProblem } from "../../store/mod.ts";
import {
  dirname,
  fileLocks,
  formatEndpoint,
  listen,
  resolve,
  TransportError,
  whoListens,
} from "../../transport/mod.ts";
import { splitZone } from "../../types/mod.ts";
import { withoutCovered } from "../listen/listeners.ts";
import { Protection } from "../listen/protection.ts";
import { whyUnread } from "../thread/why_unread.ts";

/** What a start depends on. */
export interface StartPlan {
  readonly config: Config;
  readonly sockets: readonly SocketAddress[];
  /** The TCP-MD5 keys by the name of the peer; empty where they could not be read. */
  readonly keys: ReadonlyMap<string, string>;
  /** The configuration file, as an absolute path. */
  readonly configuration: string;
}

/** One sentence for each problem that prevents a start. */
export async function startProblems(plan: StartPlan): Promise<string[]> {
  const path = resolve(plan.config.database);
  const database = databaseProblem(path) ?? lockProblem(path);
  if (database !== undefined) return [database, ...socketProblems(plan, { isRunning: false })];
  const pid = lockHolder(path, fileLocks);
  const other = pid === undefined ? undefined : await otherConfiguration(plan);
  if (other !== undefined) {
    return [
      `the database ${path} belongs to bgpd with pid ${pid}, which reads ${other}: ` +
      "name another database in this file, or change that file",
    ];
  }
  // A daemon that runs with this database has the sockets, too.
  return socketProblems(plan, { isRunning: pid !== undefined });
}

/** A daemon that does not answer in this time is taken for one with this configuration. */
const patienceMs = 3_000;

/** The configuration of the daemon that runs with the same database, unless it is this one, or does not answer. */
async function otherConfiguration({ config, configuration }: StartPlan): Promise<string | undefined> {
  try {
    const status = await callDaemon<StatusJson>(config.database, { path: "/status", withinMs: patienceMs });
    return isSameFile(status.configuration, configuration) ? undefined : status.configuration;
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    if (error instanceof CommandError || isLate) return undefined;
    throw error;
  }
}

function databaseProblem(path: string): string | undefined {
  const folder = dirname(path);
  try {
    if (!Deno.statSync(folder).isDirectory) {
      return `the database ${path} cannot be opened: ${folder} is not a folder; change database`;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return `the database ${path} cannot be opened: there is no folder ${folder}; make it: mkdir -p ${folder}`;
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
    if (error instanceof Deno.errors.IsADirectory) return `the database ${path} is a folder: name a file in it`;
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
  { config, sockets, keys }: StartPlan,
  { isRunning }: { readonly isRunning: boolean },
): string[] {
  const protection = new Protection();
  protection.replace(config.peers, keys);
  const problems: string[] = [];
  // They stay open until all are, as in a start: 0.0.0.0 and 127.0.0.1 exclude each other.
  const open: { close(): void }[] = [];
  const attempt = (work: () => void, problem: (error: unknown) => string | undefined) => {
    try {
      work();
    } catch (error) {
      const text = problem(error);
      if (text !== undefined) problems.push(text);
    }
  };
  for (const { address, port } of withoutCovered(sockets)) {
    attempt(() => {
      // Beside a daemon that runs, a port that is free shows whether the kernel takes the keys.
      const listener = listen({ address, port: isRunning && whoListens(address, port) !== undefined ? 0 : port });
      open.push(listener);
      protection.listen(listener);
    }, (error) => bgpText(error, { address, port }, isRunning));
  }
  const { apiSocket } = config;
  if (apiSocket !== undefined) {
    const { address, port } = apiSocket;
    attempt(
      () => open.push(Deno.listen({ hostname: address, port })),
      (error) => apiText(error, apiSocket, isRunning),
    );
  }
  for (const each of open) each.close();
  return problems;
}

/** Why the socket cannot be opened for a moment; `mayBeUsed`: whether another socket may have this port. */
function bgpProblem(socket: SocketAddress, mayBeUsed: (port: number) => boolean): string | undefined {
  try {
    listen({ address: socket.address, port: socket.port }).close();
    return undefined;
  } catch (error) {
    return bgpText(error, socket, mayBeUsed(socket.port));
  }
}

function apiProblem(socket: SocketAddress, mayBeUsed: (port: number) => boolean): string | undefined {
  try {
    Deno.listen({ hostname: socket.address, port: socket.port }).close();
    return undefined;
  } catch (error) {
    return apiText(error, socket, mayBeUsed(socket.port));
  }
}

/** The problem with a socket for BGP; `undefined`: another one has the port, and may. */
function bgpText(error: unknown, { address, port }: SocketAddress, mayBeUsed: boolean): string | undefined {
  if (!(error instanceof TransportError)) throw error;
  if (error.kind === "addressNotLocal") return `${error.message}; ${chooseAddress}`;
  if (error.kind !== "addressInUse") return error.message;
  return mayBeUsed ? undefined : inUse(formatEndpoint(address, port), "bgp_socket", whoListens(address, port));
}

function apiText(error: unknown, { address, port }: SocketAddress, mayBeUsed: boolean): string | undefined {
  const endpoint = formatEndpoint(address, port);
  if (!(error instanceof Deno.errors.AddrInUse)) {
    return `api_socket ${endpoint} cannot be opened: ${whyNoSocket(error, address, port)}`;
  }
  return mayBeUsed ? undefined : inUse(endpoint, "api_socket", whoListens(address, port));
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

function inUse(endpoint: string, key: string, who: string | undefined): string {
  const isOurs = who?.endsWith(`(pid ${Deno.pid})`) === true;
  const by = who === undefined ? "" : isOurs ? " by another socket of this configuration" : ` by ${who}`;
  const stop = isOurs ? "" : "stop that program, or ";
  return `${key} ${endpoint} is already in use${by}: ${stop}choose another address or port`;
}

const chooseAddress = "choose one that `ip address` lists, 0.0.0.0 or ::";

/** In the words of the sockets for BGP. */
function whyNoSocket(error: unknown, address: string, port: number): string {
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `${address} is not an address of this machine; ${chooseAddress}`;
  }
  if (error instanceof Deno.errors.PermissionDenied && port < 1024) {
    return "permission denied (ports below 1024 need root or CAP_NET_BIND_SERVICE)";
  }
  return error instanceof Error ? error.message : String(error);
}

/** Warnings about peers that this machine cannot connect: our address of the connection is not one of its own. */
export function homeless(config: Config): string[] {
  const isOurs = new Map<string, boolean>();
  return config.peers.flatMap(({ name, enabled, localIp }) => {
    // A link-local address is one of a link, not of the machine.
    if (!enabled || localIp === undefined || /^fe[89ab]/i.test(localIp)) return [];
    if (!isOurs.has(localIp)) isOurs.set(localIp, isLocal(localIp));
    if (isOurs.get(localIp) === true) return [];
    return [`${name}: local_ip ${localIp} is not an address of this machine; set one that \`ip address\` lists`];
  });
}

function isLocal(address: string): boolean {
  try {
    Deno.listen({ hostname: address, port: 0 }).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.AddrNotAvailable);
  }
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

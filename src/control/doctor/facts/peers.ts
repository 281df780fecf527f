/**
 * Gathers facts about peers. Connections are tried only to peers with which no program of this machine has one: a
 * second connection ends a session with graceful restart (RFC 4724, section 5).
 */

import type { Config, PeerConfig, SocketAddress } from "../../../config/mod.ts";
import type { SessionEndings } from "../../../store/mod.ts";
import { dial, routeTo, type TcpConnection, tcpConnections } from "../../../transport/mod.ts";
import { splitZone } from "../../../types/mod.ts";
import type { PeerJson } from "../../schema/peer.ts";
import type { PeerFacts } from "../checks/peers.ts";

/** How long a peer may take to answer, how many are tried at the same time, and how many at all. */
const answerMs = 2_000;
const triedAtOnce = 64;
const mostTried = 500;

const defaultPort = 179;

export interface PeerQuestion {
  readonly config: Config;
  /** Where bgpd listens. */
  readonly sockets: readonly SocketAddress[];
  /** What the daemon says; `undefined`: it does not answer. */
  readonly running: readonly PeerJson[] | undefined;
  /** By the name of the peer; counted in the last hour. */
  readonly endings: ReadonlyMap<string, SessionEndings>;
  /** Since when bgpd runs, and now: milliseconds since 1970. */
  readonly startedAt: number;
  readonly now: number;
}

export async function peerFacts(question: PeerQuestion): Promise<PeerFacts[]> {
  const { config, running } = question;
  const byName = new Map(config.peers.map((peer) => [peer.name, peer]));
  const known = running === undefined
    ? config.peers.map(fromConfig)
    : running.map((peer) => fromDaemon(peer, byName.get(peer.peer), question));
  const absent = known.flatMap((facts, i) => {
    const peer = byName.get(facts.name);
    // A session that is about to come up is left alone.
    const isBusy = facts.state === "Established" || facts.state === "OpenSent" || facts.state === "OpenConfirm";
    const isTried = peer?.kind === "address" && facts.enabled && !isBusy && facts.state !== "Held";
    return isTried ? [{ i, peer }] : [];
  });
  const queue = absent.slice(0, mostTried);
  const connections = tcpConnections();
  const ports = new Set([defaultPort, ...question.sockets.map(({ port }) => port)]);
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { i, peer } = next;
      known[i] = { ...known[i]!, ...await reach(peer, isConnected(peer, connections, ports)) };
    }
  };
  await Promise.all(Array.from({ length: triedAtOnce }, work));
  return known;
}

function fromConfig(peer: PeerConfig): PeerFacts {
  return {
    name: peer.name,
    state: undefined,
    sinceMs: undefined,
    reason: undefined,
    enabled: peer.enabled,
    passive: peer.passive,
    isNetwork: peer.kind === "network",
    noRoute: undefined,
    attempt: undefined,
    endings: 0,
  };
}

/** `config`: `undefined` for a member of a network, which comes and goes, and for an added peer. */
function fromDaemon(
  peer: PeerJson,
  config: PeerConfig | undefined,
  { endings, startedAt, now }: PeerQuestion,
): PeerFacts {
  const ended = endings.get(peer.peer);
  return {
    name: peer.peer,
    state: peer.state,
    sinceMs: now - Math.max(startedAt, ended?.lastAt ?? 0),
    reason: peer.last_reason ?? undefined,
    enabled: peer.enabled,
    passive: config?.passive ?? false,
    isNetwork: false,
    noRoute: undefined,
    attempt: undefined,
    endings: ended?.count ?? 0,
  };
}

type AddressPeer = PeerConfig & { readonly kind: "address" };

/** True where a program of this machine has a BGP connection with the peer, or where that is unknown. */
function isConnected(
  { remoteIp, port = defaultPort }: AddressPeer,
  connections: readonly TcpConnection[] | undefined,
  ourPorts: ReadonlySet<number>,
): boolean {
  const { address } = splitZone(remoteIp);
  return connections?.some(({ local, remote }) =>
    remote.address === address && (remote.port === port || ourPorts.has(local.port))
  ) ?? true;
}

async function reach(peer: AddressPeer, isConnected: boolean): Promise<Partial<PeerFacts>> {
  const { remoteIp, passive } = peer;
  try {
    const route = routeTo(remoteIp);
    if (route.kind === "none") return { noRoute: route.code };
  } catch {
    // There is no way to ask the kernel; the connection attempt gives the answer.
  }
  if (isConnected) return { attempt: { kind: "connected" } };
  if (passive) return {};
  try {
    const connection = await dial({
      address: remoteIp,
      port: peer.port ?? defaultPort,
      localAddress: peer.localIp,
      md5: keyOf(peer),
      ttlSecurity: peer.ttlSecurity,
      timeoutMs: answerMs,
    });
    connection.close();
    return { attempt: { kind: "accepted" } };
  } catch (error) {
    return { attempt: { kind: "failed", text: error instanceof Error ? error.message : String(error) } };
  }
}

/** The key of the peer, if this user may read it. */
function keyOf({ passwordFile }: PeerConfig): string | undefined {
  try {
    return passwordFile === undefined ? undefined : Deno.readTextFileSync(passwordFile).trimEnd();
  } catch {
    return undefined;
  }
}

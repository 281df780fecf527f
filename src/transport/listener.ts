/** Accepts connections of peers. */

import { isLinkLocal, parseAddress, parsePrefix, type Prefix, prefixContains, splitZone } from "../types/mod.ts";
import { type Connection, DenoConnection } from "./connection.ts";
import type { DescriptorShare } from "./descriptors.ts";
import { formatEndpoint, peerAddress, zonedAddress } from "./endpoint.ts";
import { TransportError, transportError } from "./errors.ts";
import { cameFromFurther, keepSyns, requireTtl, sendHighestTtl } from "./gtsm.ts";
import { setMd5Key } from "./md5.ts";
import { zoneName } from "./socket_address.ts";
import { findConnection, findListener, scopeOf, type SocketHandle } from "./socket_options.ts";

export interface ListenOptions {
  /** An IPv4 or IPv6 address. `::` accepts IPv4 peers, too. */
  readonly address: string;
  /** 0: any free port, which is then in {@link Listener.port}. */
  readonly port: number;
  /**
   * GTSM (RFC 5082) for every peer of this listener, in hops; 1: direct neighbour. Who is farther away gets no answer.
   */
  readonly ttlSecurity?: number | undefined;
  /** Keys of TCP MD5, as in {@link Listener.setMd5}. */
  readonly md5?: readonly { readonly remote: string; readonly key: string }[] | undefined;
  /** When this share of descriptors is used up, connections wait in the kernel until one is released. */
  readonly share?: DescriptorShare | undefined;
  /** Gets the error of a connection that could not be accepted; listening goes on. */
  readonly onError?: ((error: TransportError) => void) | undefined;
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  /** The incoming connections, until the listener is closed. For one consumer; it never throws. */
  accept(): AsyncIterable<Connection>;
  /**
   * TCP MD5 (RFC 2385) for a peer, an address or a prefix (`10.0.0.0/8`): from now on it can connect only with this
   * key. `undefined` removes the key. Open connections keep theirs.
   */
  setMd5(remote: string, key: string | undefined): void;
  /**
   * GTSM for one peer, an address or a prefix; the longest match counts. The kernel completes the handshake of a sender
   * that is too far away; the connection is closed before an octet is read.
   */
  setTtlSecurity(remote: string, hops: number | undefined): void;
  /** GTSM for all connections of this listener: the kernel answers nobody farther away. */
  setTtlSecurityForAll(hops: number | undefined): void;
  close(): void;
}

/** Throws a {@link TransportError} where the address or port is not available. */
export function listen(options: ListenOptions): Listener {
  const attempt = { kind: "listen", address: options.address, port: options.port } as const;
  let tcp: Deno.TcpListener;
  try {
    tcp = Deno.listen({ hostname: options.address, port: options.port });
  } catch (cause) {
    throw transportError(attempt, cause);
  }
  try {
    const listener = new TcpListener(tcp, options);
    for (const { remote, key } of options.md5 ?? []) listener.setMd5(remote, key);
    if (options.ttlSecurity !== undefined) listener.setTtlSecurityForAll(options.ttlSecurity);
    return listener;
  } catch (cause) {
    tcp.close();
    throw transportError(attempt, cause);
  }
}

/**
 * True if a socket on `::` accepts IPv4 connections, too (`net.ipv6.bindv6only = 0`). The system then refuses IPv4
 * sockets on the same port, which is what this function tries. False without IPv6.
 */
export function anyAddressTakesIpv4(): boolean {
  let any: Deno.TcpListener;
  try {
    any = Deno.listen({ hostname: "::", port: 0 });
  } catch {
    return false;
  }
  try {
    Deno.listen({ hostname: "0.0.0.0", port: any.addr.port }).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.AddrInUse;
  } finally {
    any.close();
  }
}

/**
 * How many connections may flush after this side closed them (`closeLimitMs`). Each costs a descriptor; with more of
 * them, the oldest is closed at once.
 */
const mostClosing = 64;

/** A pause after an accept that failed, e.g. without free descriptors: at once it would fail again. */
const pauseAfterErrorMs = 100;

class TcpListener implements Listener {
  readonly address: string;
  readonly port: number;
  readonly #tcp: Deno.TcpListener;
  readonly #share: DescriptorShare | undefined;
  readonly #onError: (error: TransportError) => void;
  readonly #closing = new Set<DenoConnection>();
  readonly #ttlRules = new Map<string, { readonly prefix: Prefix; readonly zone: string; readonly hops: number }>();
  /** Descriptors of link-local connections: two connections over two links may have the same addresses and ports. */
  readonly #zonedSockets = new Set<number>();
  #closed = false;

  constructor(tcp: Deno.TcpListener, { address, share, onError = () => {} }: ListenOptions) {
    this.#tcp = tcp;
    this.#share = share;
    this.#onError = onError;
    this.address = zonedAddress(address);
    this.port = tcp.addr.port;
  }

  async *accept(): AsyncGenerator<Connection> {
    while (!this.#closed) {
      if (this.#share?.isFull === true) {
        const text =
          `${
            formatEndpoint(this.address, this.port)
          } accepts no connection now: ${this.#share.limit} are open, as many as the ` +
          "limit of open files allows; raise it (systemd: LimitNOFILE)";
        this.#onError(new TransportError("other", text));
        await this.#share.released();
        continue;
      }
      let tcp: Deno.TcpConn;
      try {
        tcp = await this.#tcp.accept();
      } catch (cause) {
        if (this.#closed) return;
        this.#onError(transportError({ kind: "listen", address: this.address, port: this.port }, cause));
        await new Promise((resolve) => setTimeout(resolve, pauseAfterErrorMs));
        continue;
      }
      const connection = this.#admit(tcp);
      if (connection !== undefined) yield connection;
    }
  }

  setMd5(remote: string, key: string | undefined): void {
    setMd5Key(this.#socket(), remote, key);
  }

  setTtlSecurity(remote: string, hops: number | undefined): void {
    const { address, zone } = splitZone(remote);
    const prefix = parsePrefix(address);
    if (prefix === undefined) throw new TransportError("unsupported", `${remote} is neither an address nor a prefix`);
    if (hops === undefined) {
      this.#ttlRules.delete(remote);
      return;
    }
    const socket = this.#socket();
    // The kernel answers the SYN before accept, and the answer must pass the check of the peer.
    sendHighestTtl(socket);
    keepSyns(socket);
    this.#ttlRules.set(remote, { prefix, zone, hops });
  }

  /** Accepted connections inherit it from the listening socket. */
  setTtlSecurityForAll(hops: number | undefined): void {
    const socket = this.#socket();
    if (hops !== undefined) sendHighestTtl(socket);
    requireTtl(socket, hops);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tcp.close();
  }

  /** Applies the rules that the listening socket cannot have. A connection that fails them is closed. */
  #admit(tcp: Deno.TcpConn): Connection | undefined {
    const { connection, error } = this.#zoned(tcp);
    this.#share?.take(connection.closed);
    if (error !== undefined) return this.#closeAtOnce(connection, error);
    const hops = this.#hopsOf(connection.remoteAddress);
    if (hops === undefined) return connection;
    try {
      const socket = findConnection(connection);
      if (socket === undefined) throw new Error("its socket was not found");
      requireTtl(socket, hops);
      if (!cameFromFurther(socket, hops)) return connection;
      throw new TransportError("unreachable", `${connection.remoteAddress} is farther away than ttl_security allows`);
    } catch (cause) {
      return this.#closeAtOnce(connection, cause);
    }
  }

  /** Without a NOTIFICATION: it is not the peer. */
  #closeAtOnce(connection: DenoConnection, cause: unknown): undefined {
    connection.destroy();
    const { remoteAddress: address, remotePort: port } = connection;
    this.#onError(transportError({ kind: "connection", address, port }, cause));
  }

  /** The connection with the zone of a link-local peer. `error`: the link cannot be found. */
  #zoned(tcp: Deno.TcpConn): { connection: DenoConnection; error?: unknown } {
    const make = (zone?: string) => new DenoConnection(tcp, (closing) => this.#flush(closing), zone);
    const octets = parseAddress(peerAddress(tcp.remoteAddr.hostname));
    if (octets === undefined || !isLinkLocal(octets)) return { connection: make() };
    const ours = splitZone(this.address).zone;
    if (ours !== "") return { connection: make(ours) };
    try {
      const { zone, fd } = zoneOfAccepted(tcp, this.#zonedSockets);
      const connection = make(zone);
      this.#zonedSockets.add(fd);
      void connection.closed.then(() => this.#zonedSockets.delete(fd));
      return { connection };
    } catch (error) {
      return { connection: make(), error };
    }
  }

  #flush(connection: DenoConnection): void {
    this.#closing.add(connection);
    void connection.closed.then(() => this.#closing.delete(connection));
    if (this.#closing.size <= mostClosing) return;
    const [oldest] = this.#closing;
    this.#closing.delete(oldest!);
    oldest!.destroy();
  }

  #hopsOf(address: string): number | undefined {
    if (this.#ttlRules.size === 0) return undefined;
    const { address: bare, zone } = splitZone(address);
    const octets = parseAddress(bare);
    if (octets === undefined) return undefined;
    let best: { prefix: Prefix; hops: number } | undefined;
    for (const rule of this.#ttlRules.values()) {
      if (rule.zone !== "" && rule.zone !== zone) continue;
      if (prefixContains(rule.prefix, octets) && (best === undefined || rule.prefix.length > best.prefix.length)) {
        best = rule;
      }
    }
    return best?.hops;
  }

  #socket(): SocketHandle {
    const socket = findListener(this.address, this.port);
    if (socket === undefined) throw new TransportError("other", `the socket of port ${this.port} was not found`);
    return socket;
  }
}

/**
 * The zone of an accepted connection: Deno gives the address without it, and the socket has it. `taken`: descriptors of
 * other connections.
 */
function zoneOfAccepted(
  { localAddr, remoteAddr }: Deno.TcpConn,
  taken: ReadonlySet<number>,
): { zone: string; fd: number } {
  const ends = {
    localAddress: peerAddress(localAddr.hostname),
    localPort: localAddr.port,
    remoteAddress: peerAddress(remoteAddr.hostname),
    remotePort: remoteAddr.port,
  };
  const socket = findConnection(ends, taken);
  const zone = socket === undefined ? undefined : zoneName(scopeOf(socket));
  if (socket === undefined || zone === undefined) throw new Error("its interface was not found");
  return { zone, fd: socket.fd };
}

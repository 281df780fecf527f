/** Waiting for peers to connect. */

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
  /** An IPv4 or IPv6 address. `::` takes IPv4 peers too. */
  readonly address: string;
  /** 0 takes any free port; {@link Listener.port} tells which. */
  readonly port: number;
  /**
   * GTSM (RFC 5082) for every peer of this listener: whoever is further away gets no answer. In hops, 1 = neighbour.
   */
  readonly ttlSecurity?: number | undefined;
  /** Keys of TCP MD5, as in {@link Listener.setMd5}. */
  readonly md5?: readonly { readonly remote: string; readonly key: string }[] | undefined;
  /** Where this share of descriptors is used up, connections wait in the kernel until one is given back. */
  readonly share?: DescriptorShare | undefined;
  /** Told of a connection that could not be taken; listening goes on. */
  readonly onTrouble?: ((error: TransportError) => void) | undefined;
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Connections as they come in, until the listener is closed. One consumer. */
  accept(): AsyncIterable<Connection>;
  /**
   * TCP MD5 (RFC 2385) for a peer, given as an address or a prefix (`10.0.0.0/8`): from now on it connects only with
   * this key. `undefined` takes the key away. Connections that stand keep theirs.
   */
  setMd5(remote: string, key: string | undefined): void;
  /**
   * GTSM for one peer, an address or a prefix; the longest match counts. The kernel completes the handshake of a
   * stranger with that address; his connection is closed before an octet of it is read.
   */
  setTtlSecurity(remote: string, hops: number | undefined): void;
  /** GTSM for whoever connects here, where every peer wants it: the kernel answers nobody from further away. */
  setTtlSecurityForAll(hops: number | undefined): void;
  close(): void;
}

/** Throws a {@link TransportError} where the address or port is not to be had. */
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
 * Whether a socket on `::` takes IPv4 connections too (`net.ipv6.bindv6only = 0`). The system then refuses IPv4 sockets
 * on the same port, so this asks by trying. False also where there is no IPv6.
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
 * Connections that this side has closed and that still flush (`closeLimitMs`): more than these are a flood, and the
 * oldest of them is dropped. Each costs a descriptor.
 */
const mostClosing = 64;

/** After an accept that failed for want of descriptors or memory, the next try would fail too. */
const pauseAfterTroubleMs = 100;

class TcpListener implements Listener {
  readonly address: string;
  readonly port: number;
  readonly #tcp: Deno.TcpListener;
  readonly #share: DescriptorShare | undefined;
  readonly #onTrouble: (error: TransportError) => void;
  readonly #closing = new Set<DenoConnection>();
  readonly #ttlRules = new Map<string, { readonly prefix: Prefix; readonly zone: string; readonly hops: number }>();
  /** Descriptors of connections between link-local addresses: on two links two may have the same ends. */
  readonly #zonedSockets = new Set<number>();
  #closed = false;

  constructor(tcp: Deno.TcpListener, { address, share, onTrouble = () => {} }: ListenOptions) {
    this.#tcp = tcp;
    this.#share = share;
    this.#onTrouble = onTrouble;
    this.address = zonedAddress(address);
    this.port = tcp.addr.port;
  }

  async *accept(): AsyncGenerator<Connection> {
    while (!this.#closed) {
      if (this.#share?.isFull === true) {
        const text = `${formatEndpoint(this.address, this.port)} takes no connection at the moment: ` +
          `${this.#share.limit} are open, as many as the limit of open files allows`;
        this.#onTrouble(new TransportError("other", text));
        await this.#share.given();
        continue;
      }
      let tcp: Deno.TcpConn;
      try {
        tcp = await this.#tcp.accept();
      } catch (cause) {
        if (this.#closed) return;
        this.#onTrouble(transportError({ kind: "listen", address: this.address, port: this.port }, cause));
        await new Promise((resolve) => setTimeout(resolve, pauseAfterTroubleMs));
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
    // Our answer to the SYN must already pass the peer's own check, and it goes out before accept.
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

  /** Applies the rules that could not stand on the listening socket. A peer they fail for is not let in. */
  #admit(tcp: Deno.TcpConn): Connection | undefined {
    const { connection, trouble } = this.#zoned(tcp);
    this.#share?.take(connection.closed);
    if (trouble !== undefined) return this.#turnAway(connection, trouble);
    const hops = this.#hopsOf(connection.remoteAddress);
    if (hops === undefined) return connection;
    try {
      const socket = findConnection(connection);
      if (socket === undefined) throw new Error("its socket was not found");
      requireTtl(socket, hops);
      if (!cameFromFurther(socket, hops)) return connection;
      throw new TransportError("unreachable", `${connection.remoteAddress} is further away than ttl_security allows`);
    } catch (cause) {
      return this.#turnAway(connection, cause);
    }
  }

  /** Without a word: whoever it is, it is not the peer. */
  #turnAway(connection: DenoConnection, cause: unknown): undefined {
    connection.destroy();
    const { remoteAddress: address, remotePort: port } = connection;
    this.#onTrouble(transportError({ kind: "connection", address, port }, cause));
  }

  /** `trouble`: nobody knows of which link its peer is. */
  #zoned(tcp: Deno.TcpConn): { connection: DenoConnection; trouble?: unknown } {
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
    } catch (trouble) {
      return { connection: make(), trouble };
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
 * Deno tells the address of who connected without the zone; the socket has it. `taken`: descriptors of other
 * connections.
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

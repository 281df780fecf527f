/** Opens a connection to a peer, in the simplest way that supports the options. */

import { type Connection, DenoConnection } from "./connection.ts";
import { splitZone } from "../types/mod.ts";
import { formatEndpoint, peerAddress, zonedAddress } from "./endpoint.ts";
import { TransportError, transportError } from "./errors.ts";
import { NodeConnection } from "./node_connection.ts";
import { dialRaw } from "./raw_dial.ts";

export interface DialOptions {
  /** An IP address; a link-local one with its zone, `fe80::1%eth0`. */
  readonly address: string;
  readonly port: number;
  /** Our address of the connection. */
  readonly localAddress?: string | undefined;
  /** Key of TCP MD5 (RFC 2385), 1 to 80 octets. */
  readonly md5?: string | undefined;
  /** GTSM (RFC 5082): how many hops away the peer may be; 1 for a direct neighbour. */
  readonly ttlSecurity?: number | undefined;
  readonly timeoutMs: number;
  /** Cancels the attempt, which then rejects with kind `closed`. */
  readonly signal?: AbortSignal | undefined;
}

/** Connects, or rejects with a {@link TransportError}. */
export async function dial(options: DialOptions): Promise<Connection> {
  const { address, port, localAddress, timeoutMs, signal } = options;
  const endpoint = formatEndpoint(address, port);
  const giveUp = new AbortController();
  const onAbort = () =>
    giveUp.abort(new TransportError("closed", `the connection attempt to ${endpoint} was cancelled`));
  const timer = setTimeout(
    () => giveUp.abort(new TransportError("timedOut", `${endpoint} did not answer within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    giveUp.signal.throwIfAborted();
    return await choose(options)(options, giveUp.signal);
  } catch (cause) {
    if (giveUp.signal.aborted) throw giveUp.signal.reason;
    const attempt = { kind: "dial", address, port, ...(localAddress === undefined ? {} : { localAddress }) } as const;
    throw transportError(attempt, cause);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

type Way = (options: DialOptions, signal: AbortSignal) => Promise<Connection>;

function choose(options: DialOptions): Way {
  const { address, localAddress } = options;
  if (localAddress !== undefined && localAddress.includes(":") !== address.includes(":")) {
    throw new TransportError(
      "unsupported",
      `no connection is possible from ${localAddress} to ${address}: one is IPv4, the other IPv6`,
    );
  }
  if (options.md5 !== undefined || options.ttlSecurity !== undefined) return dialWithOptions;
  if (localAddress === undefined) return dialPlain;
  return splitZone(address).zone === "" ? dialFrom : dialLinkLocal;
}

async function dialPlain({ address, port }: DialOptions, signal: AbortSignal): Promise<Connection> {
  const tcp = await Deno.connect({ hostname: address, port, signal, autoSelectFamily: false });
  if (signal.aborted) {
    tcp.close();
    throw signal.reason;
  }
  return new DenoConnection(tcp, undefined, splitZone(zonedAddress(address)).zone);
}

/** `Deno.connect` ignores a local address; `node:net` binds to it. */
async function dialFrom({ address, port, localAddress }: DialOptions, signal: AbortSignal): Promise<Connection> {
  // The layer for Node takes 9 MB and 15 ms: only who needs it loads it.
  const { connect } = await import("node:net");
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port,
      allowHalfOpen: true,
      autoSelectFamily: false,
      localAddress: localAddress!,
    });
    const onAbort = () => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const onError = (cause: Error) => {
      signal.removeEventListener("abort", onAbort);
      reject(cause);
    };
    socket.on("error", onError);
    socket.once("connect", () => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      resolve(new NodeConnection(socket, { address, port }));
    });
  });
}

/**
 * `node:net` does not support zones. For a link-local peer the kernel chooses our link-local address of that interface,
 * so this only checks that it is the configured one.
 */
async function dialLinkLocal(options: DialOptions, signal: AbortSignal): Promise<Connection> {
  const connection = await dialPlain(options, signal);
  if (connection.localAddress === peerAddress(options.localAddress!)) return connection;
  connection.close();
  const text = `${options.address} is reached from ${connection.localAddress}, not from ${options.localAddress}`;
  throw new TransportError("unsupported", text);
}

function dialWithOptions(options: DialOptions, signal: AbortSignal): Promise<Connection> {
  const { address, port, localAddress, md5, ttlSecurity } = options;
  return dialRaw({ address, port, localAddress, md5, ttlSecurity }, signal);
}

/** The sockets on which peers or routers connect: opened at the start, replaced when the configuration changes. */

import type { SocketAddress } from "../../config/mod.ts";
import {
  anyAddressTakesIpv4,
  type Connection,
  type DescriptorShare,
  formatEndpoint,
  listen,
  type Listener,
  type TransportError,
} from "../../transport/mod.ts";
import { RateLimiter } from "../log/rate_limiter.ts";
import type { Log } from "../log/log.ts";
import type { Protection } from "./protection.ts";

/** How often, and after which pause, bgpd tries to open a socket again in place of one that it has just closed. */
const retries = 20;
const retryPauseMs = 25;

export interface ListenersServices {
  /** Protects the connections of peers; routers have none. */
  readonly protection?: Protection;
  /** Who connects, for the log, where it is no peer. */
  readonly who?: string;
  readonly accept: (connection: Connection) => void;
  /** The file descriptors for incoming connections. */
  readonly share?: DescriptorShare;
  readonly log: Log;
}

/** A socket that cannot accept a connection tries again ten times a second: one line at once, then one a minute. */
const linesPerSecond = 1 / 60;

export class Listeners {
  readonly #services: ListenersServices;
  /** By the configured address and port, without IPv4 sockets whose connections `::` accepts. */
  #open = new Map<string, Listener>();
  #serving = false;

  constructor(services: ListenersServices) {
    this.#services = services;
  }

  /**
   * Listens on these sockets from now on; connections stay. Throws a TransportError where one cannot be opened, and
   * then nothing has changed.
   */
  async replace(sockets: readonly SocketAddress[]): Promise<void> {
    const wanted = new Map(
      withoutCovered(sockets).map((socket) => [formatEndpoint(socket.address, socket.port), socket]),
    );
    const gone = new Map([...this.#open].filter(([name]) => !wanted.has(name)));
    const missing = [...wanted].filter(([name]) => !this.#open.has(name));
    let fresh: Map<string, Listener>;
    try {
      fresh = openAll(missing, this.#services);
      for (const listener of gone.values()) listener.close();
    } catch (error) {
      if (gone.size === 0) throw error;
      fresh = await this.#openInPlaceOf(gone, missing);
    }
    for (const [name, listener] of gone) this.#forget(name, listener);
    for (const [name, listener] of fresh) this.#take(name, listener);
    if (missing.length === 0) return;
    for (const { address, port } of sockets) {
      const name = formatEndpoint(address, port);
      if (!wanted.has(name)) this.#services.log.info(`[::]:${port} accepts the connections to ${name}, too`);
    }
  }

  /** Accepts connections from now on; until then they wait in the queues of the kernel. */
  serve(): void {
    this.#serving = true;
    for (const listener of this.#open.values()) void this.#serve(listener);
  }

  close(): void {
    for (const listener of this.#open.values()) listener.close();
  }

  /**
   * `0.0.0.0` and `127.0.0.1` exclude each other: the old sockets are closed first, and opened again where the new ones
   * cannot be opened.
   */
  async #openInPlaceOf(
    gone: ReadonlyMap<string, Listener>,
    missing: readonly [string, SocketAddress][],
  ): Promise<Map<string, Listener>> {
    for (const listener of gone.values()) listener.close();
    try {
      return await openWithRetries(missing, this.#services);
    } catch (error) {
      const before = [...gone].map(([name, { address, port }]): [string, SocketAddress] => [name, { address, port }]);
      for (const [name, listener] of gone) this.#forget(name, listener);
      for (const [name, listener] of await openWithRetries(before, this.#services)) this.#take(name, listener);
      throw error;
    }
  }

  #take(name: string, listener: Listener): void {
    this.#open.set(name, listener);
    this.#services.protection?.listen(listener);
    if (this.#serving) void this.#serve(listener);
  }

  #forget(name: string, listener: Listener): void {
    this.#open.delete(name);
    this.#services.protection?.forget(listener);
    this.#services.log.info(
      `no longer listening${this.#forWhom} on ${formatEndpoint(listener.address, listener.port)}`,
    );
  }

  get #forWhom(): string {
    const { who } = this.#services;
    return who === undefined ? "" : ` for ${who}`;
  }

  /** Until the listener is closed. Never rejects: the listener reports what fails. */
  async #serve(listener: Listener): Promise<void> {
    this.#services.log.info(`listening${this.#forWhom} on ${formatEndpoint(listener.address, listener.port)}`);
    for await (const connection of listener.accept()) this.#services.accept(connection);
  }
}

/** Without the IPv4 addresses for which `::` on the same port accepts connections, too: they need no socket. */
export function withoutCovered(sockets: readonly SocketAddress[]): readonly SocketAddress[] {
  const anyPorts = new Set(sockets.filter(({ address }) => address === "::").map(({ port }) => port));
  const isCovered = ({ address, port }: SocketAddress) => !address.includes(":") && anyPorts.has(port);
  if (!sockets.some(isCovered) || !anyAddressTakesIpv4()) return sockets;
  return sockets.filter((socket) => !isCovered(socket));
}

/** The kernel may still hold a socket that was closed a moment ago. */
async function openWithRetries(
  sockets: readonly [string, SocketAddress][],
  services: ListenersServices,
): Promise<Map<string, Listener>> {
  for (let tries = retries;; tries--) {
    try {
      return openAll(sockets, services);
    } catch (error) {
      if (tries === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryPauseMs));
    }
  }
}

/** Opens all of them, or none. */
function openAll(
  sockets: readonly [string, SocketAddress][],
  { share, log }: ListenersServices,
): Map<string, Listener> {
  const open = new Map<string, Listener>();
  try {
    for (const [name, { address, port }] of sockets) {
      const limiter = new RateLimiter(1, linesPerSecond, performance.now());
      const onError = (error: TransportError) => {
        if (limiter.take(performance.now())) log.error(error.message);
      };
      open.set(name, listen({ address, port, share, onError }));
    }
  } catch (error) {
    for (const listener of open.values()) listener.close();
    throw error;
  }
  return open;
}

/** True if both lists name the same sockets. */
export function sameSockets(a: readonly (SocketAddress | undefined)[], b: typeof a): boolean {
  const names = (sockets: typeof a) =>
    new Set(sockets.filter((each) => each !== undefined).map(({ address, port }) => formatEndpoint(address, port)));
  return names(a).symmetricDifference(names(b)).size === 0;
}

/** The sockets on which peers connect: opened at the start, and others in their place when the configuration says so. */

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

/** How often, and after how long, a socket is tried once more that another one of ours makes room for. */
const patience = 20;
const pauseMs = 25;

export interface ListenersWorld {
  readonly protection: Protection;
  readonly accept: (connection: Connection) => void;
  /** Descriptors for the connections that come in. */
  readonly share?: DescriptorShare;
  readonly log: Log;
}

/** A socket that cannot take a connection tries ten times a second: a line at first, and then one a minute. */
const linesPerSecond = 1 / 60;

export class Listeners {
  readonly #world: ListenersWorld;
  /** By address and port as configured, without IPv4 sockets that `::` stands for. */
  #open = new Map<string, Listener>();
  #serving = false;

  constructor(world: ListenersWorld) {
    this.#world = world;
  }

  /**
   * These are the sockets from now on; connections that stand are left alone. Throws a TransportError where one is
   * not to be had, and then everything is as it was.
   */
  async replace(sockets: readonly SocketAddress[]): Promise<void> {
    const wanted = new Map(
      withoutCovered(sockets).map((socket) => [formatEndpoint(socket.address, socket.port), socket]),
    );
    const gone = new Map([...this.#open].filter(([name]) => !wanted.has(name)));
    const missing = [...wanted].filter(([name]) => !this.#open.has(name));
    let fresh: Map<string, Listener>;
    try {
      fresh = openAll(missing, this.#world);
      for (const listener of gone.values()) listener.close();
    } catch (error) {
      if (gone.size === 0) throw error;
      fresh = await this.#inPlaceOf(gone, missing);
    }
    for (const [name, listener] of gone) this.#forget(name, listener);
    for (const [name, listener] of fresh) this.#take(name, listener);
    if (missing.length === 0) return;
    for (const { address, port } of sockets) {
      const name = formatEndpoint(address, port);
      if (!wanted.has(name)) this.#world.log.info(`[::]:${port} takes the connections to ${name} too`);
    }
  }

  /** Lets peers in; before, they wait in the queues of the kernel. */
  serve(): void {
    this.#serving = true;
    for (const listener of this.#open.values()) void this.#serve(listener);
  }

  close(): void {
    for (const listener of this.#open.values()) listener.close();
  }

  /** `0.0.0.0` and `127.0.0.1` exclude each other: the old ones make room first, and come back where that was in vain. */
  async #inPlaceOf(
    gone: ReadonlyMap<string, Listener>,
    missing: readonly [string, SocketAddress][],
  ): Promise<Map<string, Listener>> {
    for (const listener of gone.values()) listener.close();
    try {
      return await openPatiently(missing, this.#world);
    } catch (error) {
      const before = [...gone].map(([name, { address, port }]): [string, SocketAddress] => [name, { address, port }]);
      for (const [name, listener] of gone) this.#forget(name, listener);
      for (const [name, listener] of await openPatiently(before, this.#world)) this.#take(name, listener);
      throw error;
    }
  }

  #take(name: string, listener: Listener): void {
    this.#open.set(name, listener);
    this.#world.protection.listen(listener);
    if (this.#serving) void this.#serve(listener);
  }

  #forget(name: string, listener: Listener): void {
    this.#open.delete(name);
    this.#world.protection.forget(listener);
    this.#world.log.info(`no longer listening on ${formatEndpoint(listener.address, listener.port)}`);
  }

  /** Until the listener is closed. Never rejects: the listener reports what fails. */
  async #serve(listener: Listener): Promise<void> {
    this.#world.log.info(`listening on ${formatEndpoint(listener.address, listener.port)}`);
    for await (const connection of listener.accept()) this.#world.accept(connection);
  }
}

/** An IPv4 address beside `::` on the same port has no socket of its own where that of `::` takes its connections. */
function withoutCovered(sockets: readonly SocketAddress[]): readonly SocketAddress[] {
  const anyPorts = new Set(sockets.filter(({ address }) => address === "::").map(({ port }) => port));
  const isCovered = ({ address, port }: SocketAddress) => !address.includes(":") && anyPorts.has(port);
  if (!sockets.some(isCovered) || !anyAddressTakesIpv4()) return sockets;
  return sockets.filter((socket) => !isCovered(socket));
}

/** A socket that was closed a moment ago may still be on its way out. */
async function openPatiently(
  sockets: readonly [string, SocketAddress][],
  world: ListenersWorld,
): Promise<Map<string, Listener>> {
  for (let tries = patience;; tries--) {
    try {
      return openAll(sockets, world);
    } catch (error) {
      if (tries === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** All or none. */
function openAll(sockets: readonly [string, SocketAddress][], { share, log }: ListenersWorld): Map<string, Listener> {
  const open = new Map<string, Listener>();
  try {
    for (const [name, { address, port }] of sockets) {
      const allowance = new RateLimiter(1, linesPerSecond, performance.now());
      const onTrouble = (error: TransportError) => {
        if (allowance.take(performance.now())) log.error(error.message);
      };
      open.set(name, listen({ address, port, share, onTrouble }));
    }
  } catch (error) {
    for (const listener of open.values()) listener.close();
    throw error;
  }
  return open;
}

/** True where both lists name the same sockets. */
export function sameSockets(a: readonly (SocketAddress | undefined)[], b: typeof a): boolean {
  const names = (sockets: typeof a) =>
    new Set(sockets.filter((each) => each !== undefined).map(({ address, port }) => formatEndpoint(address, port)));
  return names(a).symmetricDifference(names(b)).size === 0;
}

/** The routers of a daemon in virtual time: connections without sockets, before a RIB that may be busy. */
import { parseConfig, type SpeakerRouterSettings } from "../../../../src/config/mod.ts";
import type { Log } from "../../../../src/daemon/log/log.ts";
import { silentLog } from "../../../../src/daemon/log/log.ts";
import { Routers } from "../../../../src/daemon/routers/routers.ts";
import type { ToRib } from "../../../../src/daemon/thread/messages.ts";
import { Rib } from "../../../../src/rib/mod.ts";
import type { Connection } from "../../../../src/transport/mod.ts";
import { Random } from "../../../simulation/random.ts";
import { VirtualClock } from "../../../simulation/virtual_clock.ts";
import { joined } from "../../../support/bmp_router.ts";

/** A connection whose other side is the test. */
export class PlayedConnection implements Connection {
  readonly localAddress = "192.0.2.1";
  readonly localPort = 11_019;
  readonly remoteAddress: string;
  readonly remotePort = 50_000;
  readonly closed: Promise<void> = Promise.resolve();
  isClosed = false;
  #coming: Uint8Array = new Uint8Array(0);
  #end: { readonly reason?: string } | undefined;
  #wake = () => {};

  constructor(remoteAddress: string) {
    this.remoteAddress = remoteAddress;
  }

  /** The router sends. */
  send(...octets: readonly Uint8Array[]): void {
    this.#coming = joined(this.#coming, ...octets);
    this.#wake();
  }

  /** The router closes the connection; with a reason, it breaks. */
  end(reason?: string): void {
    this.#end = reason === undefined ? {} : { reason };
    this.#wake();
  }

  /** How many octets nobody has read. */
  get unread(): number {
    return this.#coming.length;
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#coming.length === 0 && this.#end === undefined && !this.isClosed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.isClosed) return null;
    if (this.#coming.length === 0) {
      if (this.#end?.reason !== undefined) throw new Error(this.#end.reason);
      return null;
    }
    const part = this.#coming.subarray(0, into.length);
    into.set(part);
    this.#coming = this.#coming.subarray(part.length);
    return part.length;
  }

  write(): Promise<void> {
    throw new Error("a station of BMP sends nothing");
  }

  close(): void {
    this.isClosed = true;
    this.#wake();
  }
}

export class RoutersRig {
  readonly clock = new VirtualClock(new Random(1));
  readonly lines: string[] = [];
  readonly toRib: ToRib[] = [];
  readonly rib: Rib;
  readonly routers: Routers;
  /** What the next dials have: a connection, or why there is none. */
  readonly dialled: (PlayedConnection | string)[] = [];
  dials = 0;
  readonly keptAlive: Connection[] = [];
  /** Messages wait while the RIB is busy. */
  isBusy = false;
  #waiting: ToRib[] = [];

  constructor(mostConnections = 100) {
    this.rib = new Rib({ routerId: 1, now: () => this.clock.now() });
    this.routers = new Routers({
      clock: this.clock,
      log: this.#log(),
      toRib: (message) => this.#post(message),
      dial: () => {
        this.dials++;
        const next = this.dialled.shift() ?? "connection refused";
        return typeof next === "string" ? Promise.reject(new Error(next)) : Promise.resolve(next);
      },
      keepAlive: (connection) => void this.keptAlive.push(connection),
      mostConnections,
    });
  }

  /** Keys of the configuration, such as `bmp_unknown_routers = true`. */
  configure(text: string): void {
    this.routers.configure(routerSettings(text));
  }

  async connect(address: string, ...octets: readonly Uint8Array[]): Promise<PlayedConnection> {
    const connection = new PlayedConnection(address);
    this.routers.accept(connection);
    connection.send(...octets);
    await this.settle();
    return connection;
  }

  /** Lets everything happen that waits for no time. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  /** The RIB reads what waits. */
  async catchUp(): Promise<void> {
    this.isBusy = false;
    for (const message of this.#waiting.splice(0)) this.#handle(message);
    this.report();
    await this.settle();
  }

  /** The RIB says how it stands. */
  report(): void {
    this.routers.handle({ kind: "routerCounters", routers: this.rib.routerCounters });
  }

  /** `true false`: of these names, in the order of metrics. */
  get up(): string {
    return this.routers.status.map(({ name, isUp }) => `${name} ${isUp ? "up" : "down"}`).join(", ");
  }

  #post(message: ToRib): void {
    this.toRib.push(message);
    if (this.isBusy) this.#waiting.push(message);
    else queueMicrotask(() => this.#handle(message));
  }

  #handle(message: ToRib): void {
    switch (message.kind) {
      case "routerOpened":
        return this.rib.routerOpened(message.connection, message.terms);
      case "routerOctets": {
        const { connection, buffer, length } = message;
        for (const fact of this.rib.routerReceived(connection, buffer.subarray(0, length))) {
          this.routers.handle({ kind: "routerFact", connection, fact });
        }
        return this.routers.handle({ kind: "routerCredit", connection, buffer });
      }
      case "routerClosed":
        return this.rib.routerClosed(message.connection, message.reason, message.keep);
      case "routerForgotten":
        return this.rib.routerForgotten(message.address);
    }
  }

  #log(): Log {
    const add = (text: string) => void this.lines.push(text);
    return { ...silentLog, info: add, warn: add };
  }
}

export function routerSettings(text: string): SpeakerRouterSettings {
  const result = parseConfig(`router_id = "192.0.2.1"\ndefault_as = 65000\nbmp_socket = "0.0.0.0"\n${text}`);
  if (result.kind === "errors") throw new Error(result.errors.map(({ message }) => message).join("; "));
  return result.config;
}

/** Everything that follows the RIB by BMP: the stations of the configuration, and programs on this host. */

import type { StationSettings } from "../../config/mod.ts";
import type { Clock, Connection } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import type { MonitorFeeds } from "./feeds.ts";
import { LiveSocket } from "./live_socket.ts";
import { StationLink, type StationStatus } from "./station_link.ts";

/** How many programs may follow the live stream at the same time. */
const mostClients = 8;

export interface StationsServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly feeds: MonitorFeeds;
  readonly dial: (station: StationSettings, signal: AbortSignal) => Promise<Connection>;
  /** What an Initiation says of us (RFC 7854 §4.3). */
  readonly name: string;
  readonly description: string;
}

export class Stations {
  readonly #services: StationsServices;
  #links: StationLink[] = [];
  #live: LiveSocket | undefined;
  #isStopped = false;

  constructor(services: StationsServices) {
    this.#services = services;
  }

  /** Reports to these stations, and to no others. A station whose settings are the same keeps its connection. */
  configure(configs: readonly StationSettings[]): void {
    if (this.#isStopped) return;
    const before = this.#links;
    const stays = configs.map((config) => before.find((link) => isSame(link.config, config)));
    for (const link of before) if (!stays.includes(link)) link.close();
    this.#links = configs.map((config, i) => stays[i] ?? new StationLink(config, this.#services));
  }

  /** Programs on this host connect here. `open`: opens the socket; without it, everything else goes on. */
  serveLive(path: string, open: () => Deno.Listener): void {
    const { name, description, log, feeds } = this.#services;
    try {
      this.#live = new LiveSocket(open(), { feeds, path, mostClients, name, description });
    } catch (error) {
      log.warn(`no live socket: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  get status(): StationStatus[] {
    return this.#links.map(({ status }) => status);
  }

  /** Ends all connections; the live socket is closed, and its file is removed. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const link of this.#links) link.close();
    this.#live?.close();
  }
}

function isSame(one: StationSettings, other: StationSettings): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

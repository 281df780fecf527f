/** How routers stand, for metrics: those that are connected, those that were, and those that never came. */

import { routerAddress, type RouterSettings } from "../../config/mod.ts";
import type { RouterCounters } from "../../rib/mod.ts";
import type { RouterLink } from "./router_link.ts";

/** How many routers without a connection are remembered. */
const rememberedRouters = 1_000;

export interface RouterStatus extends Omit<RouterCounters, "connection"> {
  readonly isUp: boolean;
  readonly octets: number;
}

interface Lost {
  readonly address: string;
  /** The name that the configuration gave it. */
  readonly given: string | undefined;
  readonly status: RouterStatus;
}

export class RouterNumbers {
  /** By number of the connection: what the RIB counts. */
  readonly #counters = new Map<number, RouterCounters>();
  /** By number of the connection: how the router stood when the connection before was lost. */
  readonly #before = new Map<number, RouterStatus>();
  /** By name: routers whose connection is lost. */
  readonly #lost = new Map<string, Lost>();

  counted(counters: RouterCounters): void {
    this.#counters.set(counters.connection, counters);
  }

  /** The router has a name now. */
  connected({ number, name = "" }: RouterLink): void {
    const before = this.#lost.get(name);
    if (before !== undefined) this.#before.set(number, before.status);
    this.#lost.delete(name);
  }

  closed(link: RouterLink, keep: boolean): void {
    if (link.name !== undefined && keep) {
      this.#lost.delete(link.name);
      const { address, settings: { name: given } } = link;
      this.#lost.set(link.name, { address, given, status: this.#statusOf(link, link.name, false) });
      if (this.#lost.size > rememberedRouters) this.#lost.delete(this.#lost.keys().next().value!);
    }
    this.#counters.delete(link.number);
    this.#before.delete(link.number);
  }

  /** Forgets lost routers whose address or name no longer counts. Returns the addresses that have no settings. */
  forget(settingsAt: (address: string) => RouterSettings | undefined): Set<string> {
    const gone = new Set<string>();
    for (const [name, { address, given }] of this.#lost) {
      const now = settingsAt(address);
      if (now === undefined) gone.add(address);
      if (now === undefined || now.name !== given) this.#lost.delete(name);
    }
    return gone;
  }

  /** `links`: those that are open. A router of the configuration that never came is down. */
  status(links: Iterable<RouterLink>, configured: readonly RouterSettings[]): RouterStatus[] {
    const all = new Map<string, RouterStatus>(), seen = new Set<string>();
    for (const [name, { address, status }] of this.#lost) {
      all.set(name, status);
      seen.add(address);
    }
    for (const link of links) {
      if (link.name === undefined) continue;
      all.set(link.name, this.#statusOf(link, link.name, true));
      seen.add(link.address);
    }
    for (const router of configured) {
      const address = routerAddress(router), name = router.name ?? address;
      if (address === undefined || name === undefined || seen.has(address) || all.has(name)) continue;
      all.set(name, { name, isUp: false, peers: 0, routes: {}, messages: 0, skipped: 0, octets: 0 });
    }
    return [...all.values()];
  }

  #statusOf(link: RouterLink, name: string, isUp: boolean): RouterStatus {
    const before = this.#before.get(link.number), octets = link.octets + (before?.octets ?? 0);
    const { messages = 0, skipped = 0, peers = 0, routes = {} } = this.#counters.get(link.number) ?? before ?? {};
    return { name, isUp, peers: isUp ? peers : 0, routes: isUp ? routes : {}, messages, skipped, octets };
  }
}

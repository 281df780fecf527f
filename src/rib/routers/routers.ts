/**
 * The routers that report by BMP, and their connections. Octets of a connection become events of its router
 * (`bmp/station`); who the router is follows from its address and the name in its Initiation.
 */

import { Station, type StationEvent } from "../../bmp/mod.ts";
import { limits, type Millis } from "../../types/mod.ts";
import type { PeerFamily } from "../in/peer_family.ts";
import type { RouterCounters, RouterFact, RouterRow, RouterStoreEvent, RouterTerms, SavedRouters } from "./facts.ts";
import type { ReportedTable, TablePorts } from "./reported_table.ts";
import { Router, type RouterPorts } from "./router.ts";

/** For how long the routes that the last run left stay, where their router does not connect. */
const earlierRunStaleMs: Millis = 300_000;

/** A router with another name is another router: so many have rows at most. */
const mostRouters = 10_000;

export interface RoutersPorts extends TablePorts {
  now(): Millis;
}

interface RouterConnection {
  readonly terms: RouterTerms;
  readonly station: Station;
  /** After the Initiation. */
  router: Router | undefined;
}

export class Routers {
  readonly #ports: RouterPorts;
  readonly #connections = new Map<number, RouterConnection>();
  /** By {@link identity}. */
  readonly #routers = new Map<string, Router>();
  #lastRouterId = 0;
  #lastPeerId = limits.firstRouterPeer - 1;
  #events: RouterStoreEvent[] = [];
  #families: readonly PeerFamily[] | undefined = [];

  constructor(ports: RoutersPorts) {
    this.#ports = {
      ...ports,
      newFamily: (peerId, family) => {
        this.#families = undefined;
        return ports.newFamily(peerId, family);
      },
      nextPeerId: () => ++this.#lastPeerId,
      store: (event) => void this.#events.push(event),
      tablesChanged: () => void (this.#families = undefined),
    };
  }

  /** Takes over what the last run left. Returns the tables by id: their rows follow. */
  load({ routers, peers }: SavedRouters): Map<number, ReportedTable> {
    const byId = new Map<number, Router>();
    for (const row of routers) {
      const router = new Router(row, this.#ports);
      router.staleUntil = this.#ports.now() + earlierRunStaleMs;
      byId.set(row.id, router);
      this.#routers.set(identity(row), router);
      this.#lastRouterId = Math.max(this.#lastRouterId, row.id);
    }
    const tables = new Map<number, ReportedTable>();
    for (const row of peers) {
      this.#lastPeerId = Math.max(this.#lastPeerId, row.id);
      const table = byId.get(row.routerId)?.restore(row);
      if (table !== undefined) tables.set(row.id, table);
    }
    return tables;
  }

  opened(connection: number, terms: RouterTerms): void {
    this.#connections.set(connection, { terms, station: new Station(), router: undefined });
  }

  /** Octets of a connection, in their order. */
  received(connection: number, octets: Uint8Array): RouterFact[] {
    const from = this.#connections.get(connection);
    // Octets may come after the fact that the connection must end.
    if (from === undefined) return [];
    const facts: RouterFact[] = [];
    from.station.push(octets);
    for (let event = from.station.next(); event !== undefined; event = from.station.next()) {
      if (from.router !== undefined) from.router.messages++;
      if (event.kind === "update") {
        const found = from.router!.handle(event);
        if (found.length > 0) facts.push(...found);
      } else {
        facts.push(...this.#handle(connection, from, event));
      }
    }
    return facts;
  }

  /** The connection is closed. `keep`: the routes of the router stay for a while, because it may come back. */
  closed(connection: number, reason: string, keep: boolean): void {
    const from = this.#connections.get(connection);
    this.#connections.delete(connection);
    from?.router?.down(reason, keep ? from.terms.staleMs : 0);
  }

  /** Stale routes of routers at this address go now, where they are not connected. */
  forget(address: string): void {
    for (const router of this.#routers.values()) {
      if (router.row.address === address && router.staleUntil !== undefined && !router.row.isUp) router.staleUntil = 0;
    }
  }

  /** Stale routes whose time is over go. */
  expire(now: Millis): void {
    for (const router of this.#routers.values()) router.expire(now);
  }

  /** Some routes are stale, and their time is over. */
  isDue(now: Millis): boolean {
    for (const { staleUntil } of this.#routers.values()) if (staleUntil !== undefined && now >= staleUntil) return true;
    return false;
  }

  /** In order of peer and family id, as the store needs them. */
  get families(): readonly PeerFamily[] {
    this.#families ??= [...this.#routers.values()].flatMap((router) => [...router.families()])
      .sort((a, b) => a.peerId - b.peerId || a.family - b.family);
    return this.#families;
  }

  get counters(): RouterCounters[] {
    return [...this.#connections].flatMap(([connection, { router }]) => {
      if (router === undefined) return [];
      const { row: { name }, peersUp: peers, routes, messages, skipped } = router;
      return { connection, name, peers, routes, messages, skipped };
    });
  }

  takeEvents(): RouterStoreEvent[] {
    return this.#events.splice(0);
  }

  /** The database was lost: it gets its rows again. */
  storeLost(): void {
    this.#events = [];
    for (const router of this.#routers.values()) router.storeLost();
  }

  #handle(connection: number, from: RouterConnection, event: StationEvent): RouterFact[] {
    switch (event.kind) {
      case "initiation":
        return this.#initiated(connection, from, event);
      case "end": {
        this.closed(connection, event.text, true);
        return [{ kind: "end", text: event.text }];
      }
      default:
        return from.router!.handle(event);
    }
  }

  /** A router says who it is. It may do so again, with another text. */
  #initiated(
    connection: number,
    from: RouterConnection,
    { name: sysName, description, text }: StationEvent & { readonly kind: "initiation" },
  ): RouterFact[] {
    if (from.router !== undefined) return text === "" ? [] : [{ kind: "skipped", text: `the router says: ${text}` }];
    const { address, name: given, staleMs } = from.terms;
    const router = this.#routerOf(sysName, address);
    if (router === undefined) {
      this.#connections.delete(connection);
      return [{ kind: "end", text: `there are more than ${mostRouters} routers in the database` }];
    }
    const facts: RouterFact[] = [];
    const older = [...this.#connections].find(([, each]) => each.router === router);
    if (older !== undefined) {
      const replaced = "the same router, by its address and its name, has connected again";
      this.closed(older[0], replaced, true);
      facts.push({ kind: "replaces", connection: older[0], text: replaced });
    }
    from.router = router;
    const name = this.#nameFor(router, given ?? (sysName === "" ? address : sysName));
    router.up(name, description, staleMs);
    return [...facts, { kind: "initiated", name, description, text }];
  }

  /** `undefined`: there are too many. */
  #routerOf(sysName: string, address: string): Router | undefined {
    const key = identity({ sysName, address });
    const known = this.#routers.get(key);
    if (known !== undefined || this.#routers.size >= mostRouters) return known;
    const id = ++this.#lastRouterId;
    const state = { name: "", description: "", isUp: false, since: 0, reason: undefined };
    const router = new Router({ id, sysName, address, ...state }, this.#ports);
    this.#routers.set(key, router);
    return router;
  }

  /** Two routers never have the same name in the database. */
  #nameFor(router: Router, wanted: string): string {
    const taken = new Set<string>();
    for (const other of this.#routers.values()) if (other !== router) taken.add(other.row.name);
    if (!taken.has(wanted)) return wanted;
    const byAddress = `${wanted} (${router.row.address})`;
    return taken.has(byAddress) ? `${byAddress} ${router.row.id}` : byAddress;
  }
}

function identity({ sysName, address }: Pick<RouterRow, "sysName" | "address">): string {
  return `${address} ${sysName}`;
}

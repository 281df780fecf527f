/**
 * The announcements of a program. ExaBGP has a table for each neighbor; bgpd has rows for all peers, and rows for one
 * peer, which take precedence. This file changes the rows so that each peer gets what ExaBGP would send it.
 */

import type { Daemon, OwnRow } from "./daemon.ts";
import type { Neighbor } from "./neighbors.ts";
import type { RouteText } from "./route.ts";

/** The peers that a command is for. */
export interface Targets {
  /** Every peer that the program may address. */
  readonly all: readonly Neighbor[];
  readonly selected: readonly Neighbor[];
  /** The command names no peers: it is for all, also for those that are added later. */
  readonly isForAll: boolean;
}

export class OwnRoutes {
  readonly #daemon: Daemon;
  /** By destination, then by peer; `null`: all peers. */
  readonly #rows = new Map<string, Map<string | null, OwnRow>>();

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Reads the rows that an earlier run left. */
  async load(): Promise<void> {
    for (const row of await this.#daemon.rows()) this.#keep(row);
  }

  async announce(route: RouteText, { selected, isForAll }: Targets): Promise<void> {
    const paths = selected.map((neighbor) => pathFor(route, neighbor));
    const isAlike = paths.every((path) => path === paths[0]);
    if (!isForAll) {
      for (const [at, { name }] of selected.entries()) await this.#put({ ...route, asPath: paths[at]! }, name);
      return;
    }
    await this.#put(isAlike ? { ...route, asPath: paths[0] ?? route.asPath } : route, null);
    for (const [at, { name }] of isAlike ? [] : selected.entries()) {
      if (paths[at] !== route.asPath) await this.#put({ ...route, asPath: paths[at]! }, name);
    }
    const special = new Set(selected.filter((_, at) => !isAlike && paths[at] !== route.asPath).map(({ name }) => name));
    for (const row of this.#of(route)) if (row.peer !== null && !special.has(row.peer)) await this.#remove(row);
  }

  /** False: none of the peers had the route. */
  async withdraw(route: RouteText, { all, selected, isForAll }: Targets): Promise<boolean> {
    const rows = this.#of(route);
    if (isForAll) {
      for (const row of rows) await this.#remove(row);
      return rows.length > 0;
    }
    const names = new Set(selected.map(({ name }) => name));
    const forAll = rows.find(({ peer }) => peer === null);
    if (forAll !== undefined) {
      // The other peers keep the route: each gets a row of its own before the row for all goes.
      for (const { name } of all) {
        if (!names.has(name) && !rows.some(({ peer }) => peer === name)) await this.#put(forAll.route, name);
      }
      await this.#remove(forAll);
    }
    const own = rows.filter(({ peer }) => peer !== null && names.has(peer));
    for (const row of own) await this.#remove(row);
    return forAll !== undefined || own.length > 0;
  }

  /** Withdraws all routes; with `selected`, those of these peers. */
  async clear({ all, selected, isForAll }: Targets): Promise<void> {
    for (const rows of [...this.#rows.values()]) {
      const [row] = rows.values();
      if (row !== undefined) await this.withdraw(row.route, { all, selected, isForAll });
    }
  }

  async #put(route: RouteText, peer: string | null): Promise<void> {
    this.#keep(await this.#daemon.announce(route, peer));
  }

  async #remove(row: OwnRow): Promise<void> {
    await this.#daemon.withdraw(row);
    const rows = this.#rows.get(keyOf(row.route));
    rows?.delete(row.peer);
    if (rows?.size === 0) this.#rows.delete(keyOf(row.route));
  }

  #of(route: RouteText): OwnRow[] {
    return [...this.#rows.get(keyOf(route))?.values() ?? []];
  }

  #keep(row: OwnRow): void {
    const key = keyOf(row.route);
    const rows = this.#rows.get(key);
    if (rows === undefined) this.#rows.set(key, new Map([[row.peer, row]]));
    else rows.set(row.peer, row);
  }
}

function keyOf({ family, rd, destination }: RouteText): string {
  return `${family} ${rd ?? ""} ${destination}`;
}

/**
 * The AS path of the route in an announcement of bgpd. ExaBGP sends the path of the command as it is; bgpd puts its own
 * AS in front for external peers. A path that begins with that AS gets it once.
 */
function pathFor({ asPath }: RouteText, { localAs, peerAs }: Neighbor): string | null {
  if (asPath === null || peerAs === localAs) return asPath;
  const own = String(localAs);
  if (asPath === own) return null;
  return asPath.startsWith(`${own} `) ? asPath.slice(own.length + 1) : asPath;
}

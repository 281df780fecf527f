/**
 * The announcements of a program. ExaBGP has a table for each neighbor; bgpd has rows for all peers, and rows for one
 * peer, which take precedence. This file changes the rows so that each peer gets what ExaBGP would send it.
 */

import type { Announcement, Daemon, OwnRow } from "./daemon.ts";
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

  /** Announces all or none. The routes have different destinations. */
  async announce(routes: readonly RouteText[], targets: Targets): Promise<void> {
    const plans = routes.map((route) => planOf(route, targets));
    for (const row of await this.#daemon.announce(plans.flatMap(({ announcements }) => announcements))) this.#keep(row);
    if (!targets.isForAll) return;
    const others = routes.flatMap((route, at) =>
      this.#of(route).filter(({ peer }) => peer !== null && !plans[at]!.special.has(peer))
    );
    await this.#remove(others);
  }

  /** Returns the routes that none of the peers had. */
  async withdraw(routes: readonly RouteText[], targets: Targets): Promise<RouteText[]> {
    const missing = routes.filter((route) => this.#of(route).length === 0);
    if (targets.isForAll) {
      await this.#remove(routes.flatMap((route) => this.#of(route)));
      return missing;
    }
    for (const route of routes) if (!await this.#withdrawFrom(route, targets)) missing.push(route);
    return missing;
  }

  /** False: the peers had the route of no row. */
  async #withdrawFrom(route: RouteText, { all, selected }: Targets): Promise<boolean> {
    const rows = this.#of(route);
    const names = new Set(selected.map(({ name }) => name));
    const forAll = rows.find(({ peer }) => peer === null);
    if (forAll !== undefined) {
      // The other peers keep the route: each gets a row of its own before the row for all goes.
      for (const { name } of all) {
        const isLeft = !names.has(name) && !rows.some(({ peer }) => peer === name);
        if (isLeft) { for (const row of await this.#daemon.announce([{ ...forAll, peer: name }])) this.#keep(row); }
      }
    }
    const gone = rows.filter(({ peer }) => peer === null || names.has(peer));
    await this.#remove(gone);
    return rows.length === 0 || gone.length > 0;
  }

  /** Withdraws all routes; with `selected`, those of these peers. */
  async clear(targets: Targets): Promise<void> {
    const routes = [...this.#rows.values()].flatMap((rows) => [...rows.values()].slice(0, 1)).map(({ route }) => route);
    await this.withdraw(routes, targets);
  }

  async #remove(rows: readonly OwnRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#daemon.withdraw(rows);
    for (const { route, peer } of rows) {
      const left = this.#rows.get(keyOf(route));
      left?.delete(peer);
      if (left?.size === 0) this.#rows.delete(keyOf(route));
    }
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

/** The rows of a route; `special`: the peers that have one of their own beside the row for all. */
function planOf(
  route: RouteText,
  { selected, isForAll }: Targets,
): { readonly announcements: readonly Announcement[]; readonly special: ReadonlySet<string> } {
  const own = selected.map((neighbor) => ({ peer: neighbor.name, asPath: pathFor(route, neighbor) }));
  const forPeer = ({ peer, asPath }: typeof own[number]): Announcement => ({ route: { ...route, asPath }, peer });
  if (!isForAll) return { announcements: own.map(forPeer), special: new Set() };
  const isAlike = own.every(({ asPath }) => asPath === own[0]!.asPath);
  const asPath = isAlike && own.length > 0 ? own[0]!.asPath : route.asPath;
  const others = own.filter((each) => each.asPath !== asPath);
  return {
    announcements: [{ route: { ...route, asPath }, peer: null }, ...others.map(forPeer)],
    special: new Set(others.map(({ peer }) => peer)),
  };
}

/** Equal for two announcements of which the later one replaces the other. */
export function keyOf({ family, rd, destination }: RouteText): string {
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

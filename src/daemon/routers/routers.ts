/** The routers that report to bgpd by BMP: who may connect, their connections, and what the log says of them. */

import { routerAt, type RouterSettings, type SpeakerRouterSettings } from "../../config/mod.ts";
import type { RouterCounters, RouterFact } from "../../rib/mod.ts";
import { formatPrefix } from "../../types/mod.ts";
import type { Clock, Connection } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import { RateLimiter } from "../log/rate_limiter.ts";
import type { Post, RibToMain, ToRib } from "../thread/messages.ts";
import { RouterDial } from "./router_dial.ts";
import { RouterLink } from "./router_link.ts";

/** Connections at a time: each has buffers of 64 KiB here, and as much may wait in the RIB thread. */
const mostConnections = 1_000;

/** Lines about peers and messages of one router: so many at once, then so many a second. */
const lines = { burst: 100, perSecond: 1 };

/** Lines about connections that are refused. */
const refusals = { burst: 5, perSecond: 1 / 60 };

export interface RoutersServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly toRib: Post<ToRib>;
  readonly dial: (router: RouterSettings, signal: AbortSignal) => Promise<Connection>;
}

/** How a router stands, for metrics. */
export interface RouterStatus extends Omit<RouterCounters, "connection"> {
  readonly isUp: boolean;
  readonly octets: number;
}

interface Link {
  readonly link: RouterLink;
  readonly limiter: RateLimiter;
  /** Lines that were left out since the last one. */
  left: number;
  counters: RouterCounters | undefined;
  dial: RouterDial | undefined;
}

export class Routers {
  readonly #services: RoutersServices;
  readonly #refusals: RateLimiter;
  readonly #links = new Map<number, Link>();
  /** By address: the routers that bgpd connects to. */
  readonly #dials = new Map<string, RouterDial>();
  /** By name: routers whose connection is lost. */
  readonly #lost = new Map<string, RouterStatus>();
  #settings: SpeakerRouterSettings = { bmpSockets: [], bmpUnknownRouters: false, routers: [] };
  #last = 0;
  #isStopped = false;

  constructor(services: RoutersServices) {
    this.#services = services;
    this.#refusals = new RateLimiter(refusals.burst, refusals.perSecond, services.clock.monotonic());
  }

  /** Other routers. Connections of routers whose settings are the same stay. */
  configure(settings: SpeakerRouterSettings): void {
    if (this.#isStopped) return;
    this.#settings = settings;
    for (const { link } of this.#links.values()) {
      const now = routerAt(settings, link.address);
      if (now === undefined) link.close("the configuration no longer names the router", false);
      else if (!isSame(now, link.settings)) link.close("the configuration of the router changed", true);
    }
    const wanted = new Map(
      settings.routers.filter(({ port }) => port !== undefined).map((router) => [formatPrefix(router.network), router]),
    );
    for (const [address, dial] of this.#dials) {
      const router = wanted.get(address);
      if (router !== undefined && isSame(router, dial.router)) continue;
      dial.stop();
      this.#dials.delete(address);
    }
    for (const [address, router] of wanted) {
      if (!this.#dials.has(address)) this.#dials.set(address, this.#newDial(router));
    }
  }

  /** A router, or somebody else, connected to `bmp_socket`. */
  readonly accept = (connection: Connection): void => {
    const { remoteAddress } = connection;
    const settings = this.#isStopped ? undefined : routerAt(this.#settings, remoteAddress);
    if (settings === undefined) {
      return this.#refuse(connection, `no table [[routers]] names ${remoteAddress}, and bmp_unknown_routers is false`);
    }
    if (this.#links.size >= mostConnections) {
      return this.#refuse(connection, `${mostConnections} routers are connected, and no more can be`);
    }
    this.#open(connection, settings, undefined);
  };

  handle(message: RibToMain & { kind: "routerCredit" | "routerFact" | "routerCounters" }): void {
    switch (message.kind) {
      case "routerCredit":
        return this.#links.get(message.connection)?.link.credit(message.buffer);
      case "routerCounters":
        for (const counters of message.routers) {
          const link = this.#links.get(counters.connection);
          if (link !== undefined) link.counters = counters;
        }
        return;
      case "routerFact": {
        const link = this.#links.get(message.connection);
        if (link !== undefined) this.#fact(link, message.fact);
        return;
      }
    }
  }

  get status(): RouterStatus[] {
    const up = [...this.#links.values()].flatMap((link) => link.link.name === undefined ? [] : [statusOf(link, true)]);
    const names = new Set(up.map(({ name }) => name));
    return [...up, ...[...this.#lost.values()].filter(({ name }) => !names.has(name))];
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const dial of this.#dials.values()) dial.stop();
    for (const { link } of this.#links.values()) link.close("bgpd stops", true);
  }

  #open(connection: Connection, settings: RouterSettings, dial: RouterDial | undefined): void {
    const { clock, toRib } = this.#services;
    const number = ++this.#last;
    const limiter = new RateLimiter(lines.burst, lines.perSecond, clock.monotonic());
    const link = new RouterLink(number, connection, settings, {
      toRib,
      closed: (closed, reason) => this.#closed(closed, reason),
    });
    this.#links.set(number, { link, limiter, left: 0, counters: undefined, dial });
  }

  #refuse(connection: Connection, reason: string): void {
    connection.close();
    const { log, clock } = this.#services;
    if (this.#refusals.take(clock.monotonic())) {
      log.warn(`connection from ${connection.remoteAddress} to bmp_socket refused: ${reason}`);
    }
  }

  #closed(link: RouterLink, reason: string): void {
    const known = this.#links.get(link.number);
    this.#links.delete(link.number);
    if (this.#isStopped) return;
    this.#services.log.warn(`router ${nameOf(link)}: connection lost: ${reason}`);
    if (known === undefined) return;
    if (link.name !== undefined) this.#lost.set(link.name, statusOf(known, false));
    if (this.#lost.size > mostConnections) this.#lost.delete(this.#lost.keys().next().value!);
    known.dial?.lost();
  }

  #fact(link: Link, fact: RouterFact): void {
    const { log } = this.#services;
    switch (fact.kind) {
      case "initiated": {
        link.link.name = fact.name;
        this.#lost.delete(fact.name);
        const says = [fact.description, fact.text].filter((text) => text !== "").join("; ");
        return log.info(`router ${fact.name}: connected from ${link.link.address}${says && `: ${says}`}`);
      }
      case "peerUp":
        return this.#line(link, (text) => log.info(text), `peer ${fact.peer} (AS${fact.asn}) is up`);
      case "peerDown":
        return this.#line(link, (text) => log.info(text), `peer ${fact.peer} is down: ${fact.reason}`);
      case "skipped":
        return this.#line(link, (text) => log.warn(text), fact.text);
      case "replaces":
        return this.#links.get(fact.connection)?.link.close(fact.text, true);
      case "end":
        return link.link.close(fact.text, true);
      default:
        fact satisfies never;
    }
  }

  /** A line that a router can cause often. */
  #line(link: Link, write: (text: string) => void, text: string): void {
    if (!link.limiter.take(this.#services.clock.monotonic())) {
      link.left++;
      return;
    }
    const left = link.left === 0 ? "" : ` (${link.left} lines about this router were left out)`;
    link.left = 0;
    write(`router ${nameOf(link.link)}: ${text}${left}`);
  }

  #newDial(router: RouterSettings): RouterDial {
    const { clock, log, dial } = this.#services;
    const name = router.name ?? formatPrefix(router.network).split("/")[0]!;
    const made: RouterDial = new RouterDial(router, {
      clock,
      dial,
      connected: (connection) => this.#open(connection, router, made),
      failed: (reason, seconds, isFirst) => {
        const text = `router ${name}: ${reason}; the next attempt is in ${seconds} s`;
        // A router that is away for long has one line.
        if (isFirst) log.warn(text);
        else log.debug(text);
      },
    });
    return made;
  }
}

function nameOf({ name, address }: RouterLink): string {
  return name ?? address;
}

function statusOf({ link, counters }: Link, isUp: boolean): RouterStatus {
  const { messages = 0, skipped = 0 } = counters ?? {};
  const held = isUp && counters !== undefined ? counters : { peers: 0, routes: {} };
  return {
    name: link.name ?? link.address,
    isUp,
    peers: held.peers,
    routes: held.routes,
    messages,
    skipped,
    octets: link.octets,
  };
}

function isSame(one: RouterSettings, other: RouterSettings): boolean {
  const textOf = ({ network, ...rest }: RouterSettings) => JSON.stringify([formatPrefix(network), rest]);
  return textOf(one) === textOf(other);
}

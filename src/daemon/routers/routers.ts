/** The routers that report to bgpd by BMP: who may connect, their connections, and what the log says of them. */

import { routerAddress, routerAt, type RouterSettings, type SpeakerRouterSettings } from "../../config/mod.ts";
import type { RouterFact } from "../../rib/mod.ts";
import { formatPrefix, limits, type Millis } from "../../types/mod.ts";
import type { Clock, Connection, Timer } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import { CreditPool } from "../peer/credits.ts";
import type { Post, RibToMain, ToRib } from "../thread/messages.ts";
import { RouterDial } from "./router_dial.ts";
import { RouterLines } from "./router_lines.ts";
import { RouterLink } from "./router_link.ts";
import { RouterNumbers, type RouterStatus } from "./router_numbers.ts";

/** 64 KiB each, for all routers together: so much may lie before a message of a peer of ours. */
const credits = 16;

/** Which part of the connections one address may have: many routers may be behind one, or a relay of their reports. */
const partOfOneAddress = 1 / 4;

/** Which part routers may have that no table of the configuration names. */
const partOfUnknown = 1 / 2;

/** How long a router may take to say who it is (RFC 7854 §4.3). */
const initiationMs: Millis = 60_000;

export interface RoutersServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly toRib: Post<ToRib>;
  readonly dial: (router: RouterSettings, signal: AbortSignal) => Promise<Connection>;
  /** The kernel notices when the other side of this connection is gone. */
  readonly keepAlive: (connection: Connection) => void;
  /** How many connections that are accepted may be open: each costs a file descriptor, and a buffer of 64 KiB. */
  readonly mostConnections: number;
}

interface Open {
  readonly link: RouterLink;
  readonly dial: RouterDial | undefined;
  /** No table of the configuration names it. */
  readonly isUnknown: boolean;
  timer: Timer | undefined;
}

export class Routers {
  readonly #services: RoutersServices;
  readonly #credits = new CreditPool(credits);
  readonly #lines: RouterLines;
  readonly #numbers = new RouterNumbers();
  readonly #open = new Map<number, Open>();
  /** By address: the routers that bgpd connects to. */
  readonly #dials = new Map<string, RouterDial>();
  #settings: SpeakerRouterSettings = { bmpSockets: [], bmpUnknownRouters: false, routers: [] };
  #last = 0;
  #isStopped = false;

  constructor(services: RoutersServices) {
    this.#services = services;
    this.#lines = new RouterLines(services.log, services.clock);
    this.#credits.open();
  }

  /** Other routers. Connections of routers whose settings are the same stay. */
  configure(settings: SpeakerRouterSettings): void {
    if (this.#isStopped) return;
    this.#settings = settings;
    for (const { link } of this.#open.values()) {
      const now = routerAt(settings, link.address);
      if (now === undefined) link.close("the configuration no longer names it", false);
      else if (!isSame(now, link.settings)) link.close("its configuration changed", true);
    }
    const gone = this.#numbers.forget((address) => routerAt(settings, address));
    for (const address of gone) this.#services.toRib({ kind: "routerForgotten", address });
    this.#configureDials(settings.routers);
  }

  /** A router, or somebody else, connected to `bmp_socket`. */
  readonly accept = (connection: Connection): void => {
    const { remoteAddress } = connection;
    const settings = this.#isStopped ? undefined : routerAt(this.#settings, remoteAddress);
    const reason = settings === undefined
      ? `no table [[routers]] names ${remoteAddress}, and bmp_unknown_routers is false`
      : this.#objection(settings, remoteAddress);
    if (settings !== undefined && reason === undefined) return this.#opened(connection, settings);
    connection.close();
    this.#lines.refused(remoteAddress, reason!);
  };

  handle(message: RibToMain & { kind: "routerCredit" | "routerFact" | "routerCounters" }): void {
    switch (message.kind) {
      case "routerCredit":
        return this.#answered(message.connection, message.buffer);
      case "routerCounters":
        for (const counters of message.routers) {
          if (this.#open.has(counters.connection)) this.#numbers.counted(counters);
        }
        return;
      case "routerFact": {
        const open = this.#open.get(message.connection);
        if (open !== undefined) this.#fact(open, message.fact);
        return;
      }
    }
  }

  get status(): RouterStatus[] {
    return this.#numbers.status([...this.#open.values()].map(({ link }) => link), this.#settings.routers);
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const dial of this.#dials.values()) dial.stop();
    for (const { link } of this.#open.values()) link.close("bgpd stops", true);
  }

  /** Why a router that may report may not connect now. */
  #objection(settings: RouterSettings, address: string): string | undefined {
    if (settings.port !== undefined) return `bgpd connects to this router itself, because its table has a port`;
    const accepted = [...this.#open.values()].filter(({ dial }) => dial === undefined);
    const { mostConnections } = this.#services;
    if (accepted.length >= mostConnections) return `${mostConnections} routers are connected, and no more can be`;
    const ofAddress = accepted.filter(({ link }) => link.address === address).length;
    if (ofAddress >= Math.floor(mostConnections * partOfOneAddress)) {
      return `${ofAddress} connections from this address are open`;
    }
    const unknown = accepted.filter(({ isUnknown }) => isUnknown).length;
    if (this.#isUnknown(settings) && unknown >= Math.floor(mostConnections * partOfUnknown)) {
      return `${unknown} routers that no table [[routers]] names are connected, and no more can be`;
    }
    return undefined;
  }

  /** The RIB has read a buffer. The first one of a connection is small, and is not used again. */
  #answered(connection: number, buffer: Uint8Array<ArrayBuffer>): void {
    this.#open.get(connection)?.link.answered();
    this.#credits.giveBack(connection, buffer.length === limits.creditBytes ? buffer : undefined);
  }

  #isUnknown(settings: RouterSettings): boolean {
    return !this.#settings.routers.includes(settings);
  }

  #opened(connection: Connection, settings: RouterSettings, dial?: RouterDial): void {
    const { toRib, keepAlive, clock } = this.#services;
    keepAlive(connection);
    const number = ++this.#last;
    const link = new RouterLink(number, connection, settings, {
      toRib,
      credits: this.#credits,
      closed: (closed, reason, keep) => this.#closed(closed, reason, keep),
    });
    const open: Open = { link, dial, isUnknown: this.#isUnknown(settings), timer: undefined };
    this.#open.set(number, open);
    const check = () => {
      if (link.waitsForRib) open.timer = clock.setTimer(clock.monotonic() + initiationMs, check);
      else link.close(`it sent no Initiation within ${initiationMs / 1000} s`, false);
    };
    open.timer = clock.setTimer(clock.monotonic() + initiationMs, check);
  }

  #closed(link: RouterLink, reason: string, keep: boolean): void {
    const open = this.#open.get(link.number);
    this.#open.delete(link.number);
    open?.timer?.clear();
    this.#numbers.closed(link, keep);
    if (this.#isStopped) return;
    const routes = link.name === undefined
      ? ""
      : keep && link.settings.staleSeconds > 0
      ? `; its routes stay for ${link.settings.staleSeconds} s`
      : "; its routes end";
    this.#line("connection", "warn", link, `the connection has ended: ${reason}${routes}`);
    open?.dial?.lost();
  }

  #fact({ link, dial, timer }: Open, fact: RouterFact): void {
    switch (fact.kind) {
      case "initiated": {
        timer?.clear();
        dial?.succeeded();
        link.name = fact.name;
        this.#numbers.connected(link);
        const says = [fact.description, fact.text].filter((text) => text !== "").join("; ");
        const text = `connected from ${link.address}${says && `: ${says}`}`;
        return this.#line("connection", "info", link, text);
      }
      case "peerUp":
        return this.#line("report", "info", link, `peer ${fact.peer} (AS${fact.asn}) is up`);
      case "peerDown":
        return this.#line("report", "info", link, `peer ${fact.peer} is down: ${fact.reason}`);
      case "skipped":
        return this.#line("report", "warn", link, fact.text);
      case "replaces":
        return this.#open.get(fact.connection)?.link.close(fact.text, true);
      case "end":
        return link.close(fact.text, true);
      default:
        fact satisfies never;
    }
  }

  #line(kind: "connection" | "report", level: "info" | "warn", link: RouterLink, text: string): void {
    this.#lines.write(kind, level, link.address, link.name ?? link.settings.name ?? link.address, text);
  }

  #configureDials(routers: readonly RouterSettings[]): void {
    const wanted = new Map(
      routers.filter(({ port }) => port !== undefined).map((router) => [routerAddress(router), router]),
    );
    for (const [address, dial] of this.#dials) {
      const router = wanted.get(address);
      if (router !== undefined && isSame(router, dial.router)) continue;
      dial.stop();
      this.#dials.delete(address);
    }
    for (const [address, router] of wanted) {
      if (address !== undefined && !this.#dials.has(address)) this.#dials.set(address, this.#newDial(address, router));
    }
  }

  #newDial(address: string, router: RouterSettings): RouterDial {
    const { clock, log, dial } = this.#services;
    const name = router.name ?? address;
    const made: RouterDial = new RouterDial(router, {
      clock,
      dial,
      connected: (connection) => this.#opened(connection, router, made),
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

function isSame(one: RouterSettings, other: RouterSettings): boolean {
  const textOf = ({ network, ...rest }: RouterSettings) => JSON.stringify([formatPrefix(network), rest]);
  return textOf(one) === textOf(other);
}

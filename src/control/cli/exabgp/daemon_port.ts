/** What a program of ExaBGP's asks of bgpd, at the running daemon and its database. */

import type { AnnouncementSource, AnnouncementText, StoreReader, WrittenAnnouncement } from "../../../store/mod.ts";
import { decodeOpen, flowFamilyOf, nlriCodec } from "../../../message/mod.ts";
import { familyByName, familyOf, limits, parsePrefix } from "../../../types/mod.ts";
import { destinationOf } from "../../../store/read/route_attributes.ts";
import { snakeKeys } from "../../json.ts";
import {
  type Announcement,
  attributesText,
  type Daemon,
  familyWords,
  type Neighbor,
  nlriWords,
  type OwnRow,
  prefixWords,
  type RouteText,
  type ShownRoute,
  WrongCommand,
} from "../../exabgp/mod.ts";
import type { AnnouncementJson, ChangedJson } from "../../schema/announcement.ts";
import type { PeerJson } from "../../schema/peer.ts";
import type { AdvertisedJson } from "../../schema/route.ts";
import type { StatusJson } from "../../schema/speaker.ts";
import { CommandError } from "../command.ts";
import { type ApiCall, callDaemon, callDaemonForList, NotRunning } from "../daemon_client.ts";
import { attributeSetOf, labelsOf, type RouteValues } from "./attribute_set.ts";
import type { SessionStart } from "./events.ts";

/** How long the peers are taken as they were read. */
const peersForMs = 500;

export interface DaemonPortOptions {
  readonly database: string;
  readonly source: AnnouncementSource;
  /** The database may be replaced while the command runs. */
  readonly reader: () => StoreReader;
  readonly now: () => number;
}

export class DaemonPort implements Daemon {
  readonly #options: DaemonPortOptions;
  readonly #client: Deno.HttpClient;
  #routerId: string | undefined;
  #neighbors: { readonly at: number; readonly all: readonly Neighbor[] } | undefined;

  constructor(options: DaemonPortOptions, client: Deno.HttpClient) {
    this.#options = options;
    this.#client = client;
  }

  /** Whether bgpd runs. Reads what does not change while it runs. */
  async connect(): Promise<boolean> {
    try {
      const call = { path: "/status", client: this.#client };
      this.#routerId = (await callDaemon<StatusJson>(this.#options.database, call)).router_id;
      return true;
    } catch (error) {
      if (error instanceof NotRunning) return false;
      throw error;
    }
  }

  async neighbors(): Promise<readonly Neighbor[]> {
    const now = this.#options.now();
    if (this.#neighbors === undefined || now - this.#neighbors.at > peersForMs) {
      if (this.#routerId === undefined) await this.connect();
      this.#neighbors = { at: now, all: this.readNeighbors() };
    }
    return this.#neighbors.all;
  }

  /** The peers as they are in the database now. */
  readNeighbors(): Neighbor[] {
    const reader = this.#options.reader();
    return reader.peers().map((peer) => ({
      name: peer.peer,
      address: peer.remoteIp ?? peer.peer,
      localAddress: peer.localIp,
      localAs: peer.localAs ?? 0,
      peerAs: peer.peerAs,
      routerId: this.#routerId ?? "0.0.0.0",
      families: (reader.peer(peer.peer)?.families ?? []).filter(({ negotiated }) => negotiated)
        .map(({ family }) => family),
      isEstablished: peer.state === "Established",
    }));
  }

  /** The start of the session of a peer; `undefined`: it has none. */
  async session(peer: string): Promise<SessionStart | undefined> {
    const view = await this.#call<PeerJson>({ path: `/peers/${encodeURIComponent(peer)}` });
    if (view.open_sent === null || view.open_received === null) return undefined;
    const sent = decodeOpen(Uint8Array.fromHex(view.open_sent));
    const received = decodeOpen(Uint8Array.fromHex(view.open_received));
    if (sent.kind !== "open" || received.kind !== "open") return undefined;
    const both = (name: string) => view.capabilities.includes(name);
    return {
      sent: sent.open,
      received: received.open,
      negotiated: {
        messageBytes: both("extended message") ? limits.extendedMessageBytes : limits.messageBytes,
        holdTimeSeconds: view.hold_time_seconds ?? 0,
        fourOctetAs: both("4-octet AS"),
        routeRefresh: both("route refresh"),
        families: view.families.map(familyWords),
      },
    };
  }

  // deno-lint-ignore require-await -- the interface is asynchronous
  async rows(): Promise<OwnRow[]> {
    const { reader, source } = this.#options;
    return reader().announcementsOf(source).map((row) => ({ id: row.id, peer: row.peer, route: routeOf(row) }));
  }

  async announce(announcements: readonly Announcement[]): Promise<OwnRow[]> {
    if (announcements.length === 1) return [await this.#announceOne(announcements[0]!)];
    const rows: OwnRow[] = [];
    try {
      for (const part of partsOf(announcements)) rows.push(...await this.#announceAll(part));
    } catch (error) {
      // All or none: the parts before a mistake go again.
      await this.withdraw(rows);
      throw error;
    }
    return rows;
  }

  async #announceAll(all: readonly Announcement[]): Promise<OwnRow[]> {
    const { source } = this.#options;
    const announce = all.map(({ route, peer }) => snakeKeys<object>(textOf(route, peer)));
    const call: ApiCall = { method: "POST", path: "/announcements/bulk", body: { announce, source } };
    const { first, announced } = await this.#call<ChangedJson>(call, () => {
      throw new WrongCommand("no bgpd is running");
    });
    // Rows of one change have ids in the order of the request.
    if (first === null || announced !== all.length) throw new Error("bgpd added another number of rows");
    return all.map((each, at) => ({ ...each, id: first + at }));
  }

  async #announceOne({ route, peer }: Announcement): Promise<OwnRow> {
    const { source } = this.#options;
    const text = textOf(route, peer);
    const body = { ...snakeKeys<object>(text), source };
    const row = await this.#call<AnnouncementJson>({ method: "POST", path: "/announcements", body }, async () => {
      const { addRow } = await import("../announce/without_daemon.ts");
      return snakeKeys<AnnouncementJson>(addRow(this.#options.database, text, source)!);
    });
    if (row.state === "refused") {
      await this.#withdrawOne({ id: row.id!, peer, route });
      throw new WrongCommand(row.error ?? "bgpd refuses the route");
    }
    return { id: row.id!, peer, route };
  }

  async withdraw(rows: readonly OwnRow[]): Promise<void> {
    if (rows.length > mostSingle) {
      try {
        for (const part of partsOf(rows)) await this.#withdrawAll(part);
        return;
      } catch (error) {
        if (!(error instanceof WrongCommand)) throw error;
      }
    }
    for (const row of rows) await this.#withdrawOne(row);
  }

  async #withdrawAll(rows: readonly OwnRow[]): Promise<void> {
    const withdraw = rows.map(({ route, peer }) => {
      const { prefix, family, rd, rule, nlri } = textOf(route, peer);
      return { prefix, peer, family, rd, rule, nlri };
    });
    await this.#call<ChangedJson>({
      method: "POST",
      path: "/announcements/bulk",
      body: { withdraw, source: this.#options.source },
    });
  }

  async #withdrawOne({ id }: OwnRow): Promise<void> {
    const source = encodeURIComponent(this.#options.source);
    await this.#call(
      { method: "DELETE", path: `/announcements/${id}?source=${source}`, isGoneFine: true },
      async () => {
        const { removeRow } = await import("../announce/without_daemon.ts");
        removeRow(this.#options.database, id, this.#options.source);
      },
    );
  }

  async reset(peer: string, subcode: number): Promise<void> {
    await this.#call({ method: "POST", path: `/peers/${encodeURIComponent(peer)}/reset`, body: { subcode } });
  }

  async refresh(peer: string, direction: "in" | "out"): Promise<void> {
    await this.#call({ method: "POST", path: `/peers/${encodeURIComponent(peer)}/refresh`, body: { direction } });
  }

  async reload(): Promise<void> {
    await this.#call({ method: "POST", path: "/reload" });
  }

  async restart(): Promise<void> {
    await this.#call({ method: "POST", path: "/restart" });
  }

  async *received(peer: string): AsyncGenerator<ShownRoute> {
    for (const route of this.#options.reader().routes({ peer, received: true })) {
      yield shown(route.family, { ...route, prefix: destinationOf(route), labels: route.labels ?? null });
    }
  }

  async *advertised(peer: string): AsyncGenerator<ShownRoute> {
    const routes: AdvertisedJson[] = [];
    const path = `/peers/${encodeURIComponent(peer)}/advertised`;
    await callDaemonForList<AdvertisedJson>(this.#options.database, { path }, (route) => routes.push(route));
    const families = this.readNeighbors().find(({ name }) => name === peer)?.families ?? [];
    for (const route of routes) {
      const prefix = destinationOf(route);
      const family = parsePrefix(prefix) === undefined ? familyOfNlri(prefix, families) : unicastOf(prefix);
      yield shown(family, { ...valuesOf(route), prefix, labels: route.labels?.join(" ") ?? null });
    }
  }

  // deno-lint-ignore require-await -- the interface is asynchronous
  async counts(name: string) {
    const { reader, now } = this.#options;
    const peer = reader().peers().find(({ peer }) => peer === name);
    const since = peer?.since === undefined || peer.since === null ? now() : Date.parse(peer.since);
    return { sent: peer?.sent ?? 0, received: peer?.updatesReceived ?? 0, sinceSeconds: (now() - since) / 1000 };
  }

  /** `without`: what to do while no daemon runs. Every refusal of the daemon becomes a {@link WrongCommand}. */
  async #call<T>(call: ApiCall & { isGoneFine?: boolean }, without?: () => Promise<T>): Promise<T> {
    try {
      return await callDaemon<T>(this.#options.database, { ...call, client: this.#client });
    } catch (error) {
      if (error instanceof NotRunning && without !== undefined) return await without();
      if (!(error instanceof CommandError)) throw error;
      if (call.isGoneFine === true && / has no row /.test(error.message)) return undefined as T;
      throw new WrongCommand(error.message);
    }
  }
}

/** So many rows go one by one: each by its number, so that no row of another source goes with them. */
const mostSingle = 8;

/** A request holds 64 KiB. */
const mostBytes = 60_000;

function* partsOf<T extends Announcement>(all: readonly T[]): Generator<readonly T[]> {
  let part: T[] = [], bytes = 0;
  for (const each of all) {
    const size = JSON.stringify(snakeKeys<object>(textOf(each.route, each.peer))).length + 1;
    if (bytes + size > mostBytes && part.length > 0) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(each);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/** The row that announces the route. */
function textOf(route: RouteText, peer: string | null): AnnouncementText {
  const isFlow = route.family.includes("flowspec"), isPrefix = /^ipv[46] (unicast|multicast|labeled|vpn)$/;
  return {
    prefix: isPrefix.test(route.family) ? route.destination : null,
    rule: isFlow ? route.destination : null,
    nlri: isFlow || isPrefix.test(route.family) ? null : route.destination,
    nextHop: route.nextHop ?? "self",
    peer,
    asPath: route.asPath,
    origin: route.origin,
    med: route.med,
    localPref: route.localPref,
    communities: route.communities,
    largeCommunities: route.largeCommunities,
    extCommunities: route.extCommunities,
    family: route.family,
    rd: route.rd,
    labels: route.labels,
    actions: route.actions,
    expiresAt: null,
    comment: null,
  };
}

/** The route that a row of an earlier run announces. */
function routeOf({ id: _id, peer: _peer, prefix, rule, nlri, family, ...row }: WrittenAnnouncement): RouteText {
  return {
    ...row,
    family: family ?? (rule === null ? unicastOf(prefix ?? "") : familyOf(flowFamilyOf(rule)).name),
    destination: prefix ?? rule ?? nlri ?? "",
    watchdog: null,
    waits: false,
    leftOut: [],
  };
}

function unicastOf(prefix: string): string {
  return prefix.includes(":") ? "ipv6 unicast" : "ipv4 unicast";
}

/** The family whose text the destination is; `families`: those of the session. */
function familyOfNlri(text: string, families: readonly string[]): string {
  const isIts = (name: string) => {
    const codec = nlriCodec(familyByName(name)?.id ?? 1);
    const key = codec?.parse(text);
    return codec !== undefined && key !== undefined && !("error" in key) && codec.format(key) === text;
  };
  return families.find(isIts) ?? "";
}

interface Shown extends RouteValues {
  /** The prefix, or the destination of another kind. */
  readonly prefix: string;
  readonly pathId: number | null;
  readonly labels: string | null;
}

function shown(family: string, route: Shown): ShownRoute {
  const { prefix: text, pathId } = route;
  const isPlain = /(unicast|multicast)$/.test(family);
  const words = isPlain
    ? prefixWords({ family, prefix: text, pathId })
    : nlriWords({ family, text, pathId, value: { labels: labelsOf(route.labels) } });
  const nextHop = route.nextHop === null ? "" : ` next-hop ${route.nextHop.split(" ")[0]}`;
  return {
    family: words.family,
    text: words.text + nextHop + words.textEnd,
    attributes: attributesText(attributeSetOf(route)),
  };
}

function valuesOf(route: AdvertisedJson) {
  return {
    prefix: route.prefix,
    pathId: route.path_id,
    nextHop: route.next_hop,
    asPath: route.as_path,
    origin: route.origin,
    med: route.med,
    localPref: route.local_pref,
    communities: route.communities.join(" "),
    largeCommunities: route.large_communities.join(" "),
    extCommunities: route.ext_communities.join(" "),
  };
}

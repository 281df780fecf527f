/** What the API can do with this daemon: `ControlTarget` of src/control, in terms of peers, the RIB and the store. */

import {
  type AdvertisedFilter,
  type AdvertisedRoute,
  type AnnouncementView,
  type ConfigChanges,
  type ConfiguredPeerView,
  ControlError,
  type ControlTarget,
  type Measurements,
  type PeerView,
  type RefreshDirection,
  type ReloadReport,
  type RestartReport,
  type RouteView,
  type SpeakerStatus,
} from "../control/mod.ts";
import { type Config, whyNotFound } from "../config/mod.ts";
import { asSetsRefused, cease, CeaseCode, hasAsSets } from "../message/mod.ts";
import { formatIpv4Number, formatPrefix, parsePrefix } from "../types/mod.ts";
import { type AnnouncementSource, type AnnouncementText, announcementValues, readAnnouncement } from "../store/mod.ts";
import type { AdvertisedQuestion, RouteQuestion } from "../rib/mod.ts";
import type { LoopDelay } from "./loop_delay.ts";
import type { Post, StoreAnswer, StoreQuestion, ToRib } from "./messages.ts";
import type { Originations } from "./originations.ts";
import type { Peer } from "./peer.ts";
import { peerView } from "./peer_view.ts";
import { takesAsSets } from "./peer_terms.ts";
import type { Peers } from "./peers.ts";
import type { RibQueries } from "./rib_queries.ts";
import { advertisedRoute, configuredView, receivedRoute } from "./route_views.ts";

export interface ControlServices {
  readonly version: string;
  readonly peers: Peers;
  readonly originations: Originations;
  readonly queries: RibQueries;
  readonly loopDelay: LoopDelay;
  readonly toRib: Post<ToRib>;
  readonly config: () => Config;
  readonly ready: () => boolean;
  readonly backlogRows: () => number | null;
  readonly ask: (question: StoreQuestion) => Promise<StoreAnswer>;
  readonly changes: ConfigChanges;
}

export class Control implements ControlTarget {
  readonly #services: ControlServices;
  readonly #startedAt = Date.now();

  constructor(services: ControlServices) {
    this.#services = services;
  }

  get configuration(): string {
    return this.#services.changes.configuration;
  }

  status(): SpeakerStatus {
    const { version, peers, config, ready, backlogRows } = this.#services;
    const all = [...peers];
    return {
      version,
      pid: Deno.pid,
      routerId: formatIpv4Number(config().routerId),
      database: config().database,
      configuration: this.configuration,
      startedAt: new Date(this.#startedAt).toISOString(),
      uptimeSeconds: (Date.now() - this.#startedAt) / 1000,
      ready: ready(),
      backlogRows: backlogRows(),
      peers: all.length,
      established: all.filter(({ state }) => state === "Established").length,
    };
  }

  peers(): PeerView[] {
    return [...this.#services.peers].map((peer) => peerView(peer, Date.now()));
  }

  peer(word: string): PeerView | undefined {
    return this.#services.peers.search(word).kind === "none" ? undefined : peerView(this.#find(word), Date.now());
  }

  enablePeer(name: string): PeerView {
    const peer = this.#find(name);
    this.#services.peers.callOffDrain(peer);
    peer.enable();
    return peerView(peer, Date.now());
  }

  disablePeer(name: string, message?: string, drainSeconds?: number): PeerView {
    const peer = this.#find(name);
    const { peers } = this.#services;
    // Nobody has to be told where there is no session.
    if (drainSeconds !== undefined && peer.session !== undefined) peers.drain(peer, 1000 * drainSeconds, message);
    else {
      peers.callOffDrain(peer);
      peer.disable(message);
    }
    return peerView(peer, Date.now());
  }

  resetPeer(name: string, message?: string, graceful = false): PeerView {
    const peer = this.#find(name);
    if (!peer.enabled) throw new ControlError("conflict", `peer ${peer.name} is disabled`);
    peer.reset(cease(CeaseCode.administrativeReset, message), graceful);
    return peerView(peer, Date.now());
  }

  refreshPeer(name: string, direction: RefreshDirection): PeerView {
    const peer = this.#find(name);
    const { id: peerId, name: peerName, session } = peer;
    if (session === undefined) throw new ControlError("conflict", `peer ${peerName} is not Established`);
    if (direction !== "out" && !session.negotiated.routeRefresh) {
      throw new ControlError(
        "conflict",
        `peer ${peerName} did not announce route refresh; only peer reset brings its routes again`,
      );
    }
    if (direction !== "out") this.#services.toRib({ kind: "refresh", peerId, direction: "in" });
    if (direction !== "in") this.#services.toRib({ kind: "refresh", peerId, direction: "out" });
    return peerView(peer, Date.now());
  }

  async announcements(): Promise<AnnouncementView[]> {
    const { ask, config, originations } = this.#services;
    const { staticRoutes, peers } = config();
    const overridden = (prefix: string) =>
      originations.isOverridden(prefix) ? "an announcement of the same prefix goes before" : null;
    const answer = expect("rows", await ask({ kind: "list" }));
    return [
      ...staticRoutes.map((route) => configuredView(route, null, overridden(formatPrefix(route.prefix)))),
      ...peers.flatMap(({ name, staticRoutes }) => staticRoutes.map((route) => configuredView(route, name, null))),
      ...answer.rows,
    ];
  }

  async announce(text: AnnouncementText, source: AnnouncementSource): Promise<AnnouncementView> {
    const peer = text.peer === null ? null : this.#find(text.peer).name;
    const whole = { ...text, peer };
    const read = readAnnouncement(announcementValues(whole));
    if (read.kind === "wrong") throw new ControlError("wrong", read.error);
    if (hasAsSets(read.route.attributes.asPath)) {
      const peers = peer === null ? [...this.#services.peers] : [this.#find(peer)];
      if (!peers.some(takesAsSets)) throw new ControlError("wrong", `as_path has an AS_SET: ${asSetsRefused}`);
    }
    return expect("announced", await this.#services.ask({ kind: "announce", text: whole, source })).row;
  }

  async withdraw(prefix: string, peer: string | null): Promise<number> {
    const { ask, config } = this.#services;
    const parsed = parsePrefix(prefix);
    if (parsed === undefined) throw new ControlError("wrong", `"${prefix}" is not a prefix`);
    // Of a peer that is no more the announcement may be there still: its own word is looked for, then.
    const search = peer === null ? undefined : this.#services.peers.search(peer);
    if (search?.kind === "several") throw new ControlError("conflict", whyNotFound(peer!, search));
    const named = search?.kind === "found" ? search.name : peer;
    const { count } = expect("withdrawn", await ask({ kind: "withdraw", prefix, peer: named }));
    if (count > 0) return count;
    const name = formatPrefix(parsed);
    const { staticRoutes, peers } = config();
    const isConfigured = [...staticRoutes, ...peers.flatMap((peer) => peer.staticRoutes)]
      .some((route) => formatPrefix(route.prefix) === name);
    if (isConfigured) {
      throw new ControlError("conflict", `${name} stands in the configuration: take it out there and reload`);
    }
    const { rows } = expect("rows", await ask({ kind: "list" }));
    const others = rows.filter((row) => row.prefix === name && row.peer !== null).map((row) => row.peer);
    throw new ControlError(
      "notFound",
      peer === null && others.length > 0
        ? `${name} is announced to ${others.join(", ")} only: withdraw it there`
        : `${name} is not announced${peer === null ? "" : ` to ${peer}`}`,
    );
  }

  async withdrawRow(id: number): Promise<void> {
    const { count } = expect("withdrawn", await this.#services.ask({ kind: "withdrawRow", id }));
    if (count === 0) throw new ControlError("notFound", `announcements has no row ${id}`);
  }

  async *advertised(
    name: string,
    filter: AdvertisedFilter,
    signal?: AbortSignal,
  ): AsyncGenerator<() => AdvertisedRoute[]> {
    const peer = this.#find(name);
    if (peer.session === undefined) throw new ControlError("conflict", `peer ${peer.name} is not Established`);
    for await (const rows of this.#services.queries.advertised(peer.id, questionOf(filter), signal)) {
      yield () => rows.map(advertisedRoute);
    }
  }

  async *routes(question: RouteQuestion, signal?: AbortSignal): AsyncGenerator<() => RouteView[]> {
    const { peers, queries } = this.#services;
    for await (const rows of queries.routes(question, signal)) {
      yield () =>
        rows.flatMap((row) => {
          const peer = peers.get(row.peerId);
          // One that was removed meanwhile has no routes.
          return peer === undefined && row.peerId !== 0 ? [] : receivedRoute(row, peer);
        });
    }
  }

  reload(): Promise<ReloadReport> {
    return this.#services.changes.reload();
  }

  restart(): Promise<RestartReport> {
    return this.#services.changes.restart();
  }

  configuredPeers(): readonly ConfiguredPeerView[] {
    return this.#services.changes.configuredPeers();
  }

  addPeer(keys: Readonly<Record<string, unknown>>, replace: boolean): Promise<ConfiguredPeerView> {
    return this.#services.changes.addPeer(keys, replace);
  }

  removePeer(name: string): Promise<ConfiguredPeerView> {
    return this.#services.changes.removePeer(name);
  }

  measurements(): Measurements {
    return {
      eventLoopDelaySeconds: this.#services.loopDelay.take() / 1000,
      residentBytes: Deno.memoryUsage().rss,
      backlogRows: this.#services.backlogRows(),
    };
  }

  #find(word: string): Peer {
    const search = this.#services.peers.search(word);
    if (search.kind === "found") return search.peer;
    throw new ControlError(search.kind === "none" ? "notFound" : "conflict", whyNotFound(word, search));
  }
}

function expect<K extends StoreAnswer["kind"]>(kind: K, answer: StoreAnswer): StoreAnswer & { kind: K } {
  if (answer.kind === "refused") throw new ControlError("unavailable", answer.reason);
  if (answer.kind !== kind) throw new Error(`the store answered ${answer.kind}, not ${kind}`);
  return answer as StoreAnswer & { kind: K };
}

function questionOf({ prefix, address, unwritten = false }: AdvertisedFilter): AdvertisedQuestion {
  const states = unwritten ? "unwritten" : "written";
  const text = prefix ?? address;
  const parsed = text === undefined ? undefined : parsePrefix(text);
  if (parsed === undefined) return { which: { kind: "all" }, states };
  return {
    which: prefix === undefined ? { kind: "covering", address: parsed.octets } : { kind: "exact", prefix: parsed },
    states,
  };
}

/** What the API can do with this daemon: implements `ControlTarget` with the peers, the RIB and the store. */

import {
  type AdvertisedFilter,
  type AdvertisedView,
  type AnnouncementTarget,
  type ArchiveMeasurements,
  type ConfigurationTarget,
  ControlError,
  type ControlTarget,
  type DisableOptions,
  type Measurements,
  type PeerView,
  type RefreshDirection,
  type ResetOptions,
  type RouterMeasurements,
  type RouteView,
  type RpkiCacheMeasurements,
  type SpeakerStatus,
  type StationMeasurements,
} from "../control/mod.ts";
import { type Config, whyNotFound } from "../config/mod.ts";
import { cease, CeaseCode } from "../message/mod.ts";
import { formatIpv4Number, parsePrefix } from "../types/mod.ts";
import type { AdvertisedQuestion, RouteQuestion } from "../rib/mod.ts";
import { AnnouncementControl } from "./announcement_control.ts";
import type { LoopDelay } from "./thread/loop_delay.ts";
import type { Post, StoreAnswer, StoreQuestion, ToRib } from "./thread/messages.ts";
import type { Originations } from "./rib/originations.ts";
import type { Peer } from "./peer/peer.ts";
import { peerView } from "./peer/peer_view.ts";
import type { Peers } from "./peer/peers.ts";
import type { RibQueries } from "./rib/rib_queries.ts";
import { advertisedRoute, receivedRoute } from "./route_views.ts";

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
  readonly rpkiCaches: () => readonly RpkiCacheMeasurements[];
  readonly stations: () => readonly StationMeasurements[];
  readonly routers: () => readonly RouterMeasurements[];
  readonly archives: () => readonly ArchiveMeasurements[];
  /** Why the database cannot be written; `undefined`: it can. */
  readonly databaseError: () => string | undefined;
  readonly ask: (question: StoreQuestion) => Promise<StoreAnswer>;
  readonly configuration: ConfigurationTarget;
}

export class Control implements ControlTarget {
  readonly configuration: ConfigurationTarget;
  readonly announcements: AnnouncementTarget;
  readonly #services: ControlServices;
  readonly #startedAt = Date.now();

  constructor(services: ControlServices) {
    this.#services = services;
    this.configuration = services.configuration;
    this.announcements = new AnnouncementControl(services);
  }

  status(): SpeakerStatus {
    const { version, peers, config, ready, backlogRows, databaseError } = this.#services;
    const all = [...peers];
    return {
      version,
      pid: Deno.pid,
      routerId: formatIpv4Number(config().routerId),
      database: config().database,
      configuration: this.configuration.path,
      startedAt: new Date(this.#startedAt).toISOString(),
      uptimeSeconds: (Date.now() - this.#startedAt) / 1000,
      ready: ready(),
      backlogRows: backlogRows(),
      databaseError: databaseError() ?? null,
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
    this.#services.peers.cancelDrain(peer);
    peer.enable();
    return peerView(peer, Date.now());
  }

  disablePeer(name: string, { message, drainSeconds }: DisableOptions = {}): PeerView {
    const peer = this.#find(name);
    const { peers } = this.#services;
    // Without a session there is nothing to drain.
    if (drainSeconds !== undefined && peer.session !== undefined) peers.drain(peer, 1000 * drainSeconds, message);
    else {
      peers.cancelDrain(peer);
      peer.disable(message);
    }
    return peerView(peer, Date.now());
  }

  resetPeer(
    name: string,
    { message, graceful = false, subcode = CeaseCode.administrativeReset }: ResetOptions = {},
  ): PeerView {
    const peer = this.#find(name);
    if (!peer.enabled) {
      throw new ControlError("conflict", `peer ${peer.name} is disabled; first: bgpd peer enable ${peer.name}`);
    }
    peer.reset(cease(subcode, message), { graceful });
    return peerView(peer, Date.now());
  }

  refreshPeer(name: string, direction: RefreshDirection): PeerView {
    const peer = this.#find(name);
    const { id: peerId, name: peerName, session } = peer;
    if (session === undefined) {
      throw withoutSession(peerName);
    }
    if (direction !== "out" && !session.negotiated.routeRefresh) {
      throw new ControlError(
        "conflict",
        `peer ${peerName} did not announce route refresh; to get its routes again, reset it (bgpd peer reset)`,
      );
    }
    if (direction !== "out") this.#services.toRib({ kind: "refresh", peerId, direction: "in" });
    if (direction !== "in") this.#services.toRib({ kind: "refresh", peerId, direction: "out" });
    return peerView(peer, Date.now());
  }

  async *advertised(
    name: string,
    filter: AdvertisedFilter,
    signal?: AbortSignal,
  ): AsyncGenerator<() => AdvertisedView[]> {
    const peer = this.#find(name);
    if (peer.session === undefined) {
      throw withoutSession(peer.name);
    }
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
          // A peer that was removed meanwhile has no routes.
          return peer === undefined && row.peerId !== 0 ? [] : receivedRoute(row, peer);
        });
    }
  }

  measurements(): Measurements {
    return {
      eventLoopDelaySeconds: this.#services.loopDelay.take() / 1000,
      residentBytes: Deno.memoryUsage().rss,
      backlogRows: this.#services.backlogRows(),
      rpkiCaches: this.#services.rpkiCaches(),
      stations: this.#services.stations(),
      routers: this.#services.routers(),
      archives: this.#services.archives(),
    };
  }

  #find(word: string): Peer {
    const search = this.#services.peers.search(word);
    if (search.kind === "found") return search.peer;
    throw new ControlError(search.kind === "none" ? "notFound" : "conflict", whyNotFound(word, search));
  }
}

function questionOf({ prefix, address, key, unwritten = false }: AdvertisedFilter): AdvertisedQuestion {
  const states = unwritten === "withheld" ? "withheld" : unwritten ? "unwritten" : "written";
  if (key !== undefined) return { which: { kind: "exact", key }, states };
  const text = prefix ?? address;
  const parsed = text === undefined ? undefined : parsePrefix(text);
  if (parsed === undefined) return { which: { kind: "all" }, states };
  return {
    which: prefix === undefined ? { kind: "covering", address: parsed.octets } : { kind: "prefix", prefix: parsed },
    states,
  };
}

function withoutSession(peer: string): ControlError {
  return new ControlError("conflict", `peer ${peer} has no session; \`bgpd show peer ${peer}\` says why`);
}

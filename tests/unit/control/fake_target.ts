/** A daemon that only records its requests. */
import {
  type AdvertisedView,
  type AnnouncementTarget,
  type AnnouncementView,
  type ConfigurationTarget,
  type ConfiguredPeerView,
  ControlError,
  type ControlTarget,
  type DisableOptions,
  type Measurements,
  type Page,
  type PeerView,
  type ReloadPlanView,
  type ResetOptions,
  type RouteView,
} from "../../../src/control/mod.ts";

const tally = { open: 1, update: 2, notification: 0, keepalive: 4, routeRefresh: 0 };

export const somePlan: ReloadPlanView = {
  file: "/etc/bgpd/bgpd.toml",
  includedFiles: 1,
  changes: [
    {
      text: "127.0.0.2: hold_timer changed, session resets",
      peer: "127.0.0.2",
      keys: [{ key: "hold_timer", before: null, after: "30", default: "90", items: [] }],
      sessions: [{ peer: "127.0.0.2", effect: "resets" }],
      routes: [],
    },
    {
      text: "127.0.0.3: static_routes, enforce_first_as changed, session stays",
      peer: "127.0.0.3",
      keys: [
        { key: "static_routes", before: "1 table", after: "2 tables", default: "none", items: ["+ 10.0.0.0/8"] },
        { key: "enforce_first_as", before: "false", after: "true", default: "false", items: [] },
      ],
      sessions: [],
      routes: [{ peer: "127.0.0.3", effects: ["refresh", "import", "export"] }],
    },
    {
      text: "policies changed, routes are re-evaluated, sessions stay",
      peer: null,
      keys: [{ key: "policies", before: "1 table", after: "1 table", default: "none", items: ["~ in"] }],
      sessions: [],
      routes: ["127.0.0.2", "127.0.0.3"].map((peer) => ({ peer, effects: ["import" as const] })),
    },
  ],
  warnings: ["bgpd.toml:1:1: something"],
  established: 3,
};

export const somePeer: PeerView = {
  peer: "192.0.2.1",
  remoteIp: "192.0.2.1",
  peerAs: 65001,
  description: "first",
  group: null,
  state: "Established",
  enabled: true,
  since: "2026-01-01T12:00:00.000Z",
  sinceSeconds: 60,
  lastReason: null,
  staleUntil: null,
  drainedAt: null,
  sessions: 1,
  routerId: "192.0.2.1",
  localIp: "192.0.2.2",
  localAs: 65000,
  role: null,
  remoteRole: null,
  holdTimeSeconds: 90,
  families: ["ipv4 unicast"],
  capabilities: ["route refresh"],
  openSent: null,
  openReceived: null,
  messagesReceived: tally,
  messagesSent: tally,
  updatesReceived: 2,
  routesAnnounced: 3,
  routesWithdrawn: 0,
  treatAsWithdraw: 1,
  attributeDiscards: 0,
  pathsRefused: 0,
  prefixesReceived: [{ family: "ipv4 unicast", count: 3 }],
  prefixesAdvertised: [{ family: "ipv4 unicast", count: 2 }],
  originStates: [{ state: "valid", count: 1 }, { state: "invalid", count: 0 }, { state: "not-found", count: 1 }],
  pathStates: [],
};

export const someAnnouncement: AnnouncementView = {
  id: 17,
  prefix: "203.0.113.0/24",
  nextHop: "192.0.2.9",
  peer: null,
  asPath: "65000 500",
  origin: null,
  med: 5,
  localPref: null,
  communities: "65000:1",
  largeCommunities: null,
  extCommunities: null,
  family: "ipv4 unicast",
  rd: null,
  labels: null,
  rule: null,
  actions: null,
  nlri: null,
  expiresAt: null,
  comment: null,
  source: "command",
  error: null,
  state: "announced",
  sentTo: 3,
  peers: 4,
  notSent: [{ peer: "192.0.2.9", state: "withheld", reason: "ipv6 unicast is not negotiated" }],
};

export function someAdvertised(prefix: string): AdvertisedView {
  return { ...someAttributes(prefix), state: "advertised", reason: null };
}

function someAttributes(prefix: string) {
  return {
    prefix,
    pathId: null,
    nextHop: "192.0.2.2",
    asPath: "65000",
    origin: "igp",
    med: null,
    localPref: null,
    communities: ["65000:1"],
    largeCommunities: [],
    extCommunities: [],
  };
}

export const someRoute: RouteView = {
  ...someAttributes("203.0.113.0/24"),
  peer: "192.0.2.1",
  peerAs: 65001,
  originAs: 65000,
  best: true,
  stale: false,
  receivedAt: "2026-01-01T12:00:00.000Z",
  bestReason: "only route",
  ineligible: null,
  multipath: false,
  family: "ipv4 unicast",
};

export const someConfigured: ConfiguredPeerView = {
  peer: "192.0.2.9",
  remoteIp: "192.0.2.9",
  peerAs: 65009,
  description: null,
  group: "lab",
  source: "command",
  toml: 'remote_ip = "192.0.2.9"\nremote_as = 65009\n',
  error: null,
};

export class FakeTarget implements ControlTarget {
  readonly asked: unknown[][] = [];
  pagesGiven = 0;
  /** The result of the next announcement. */
  announced = someAnnouncement;
  readonly configuration = new FakeConfiguration(this.asked);
  readonly announcements = new FakeAnnouncements(this);

  status() {
    return {
      version: "1.2.3",
      pid: 1,
      routerId: "192.0.2.2",
      database: "bgpd.db",
      configuration: this.configuration.path,
      startedAt: "2026-01-01T12:00:00.000Z",
      uptimeSeconds: 60,
      ready: true,
      backlogRows: 4242,
      databaseError: null,
      peers: 1,
      established: 1,
    };
  }

  peers(): PeerView[] {
    return [somePeer];
  }

  peer(name: string): PeerView | undefined {
    return name === "192.0.2.1" || name === "first" ? somePeer : undefined;
  }

  enablePeer(name: string): PeerView {
    return this.#peer("enable", name);
  }

  disablePeer(name: string, { message, drainSeconds }: DisableOptions = {}): PeerView {
    if (drainSeconds === undefined) return this.#peer("disable", name, message);
    return { ...this.#peer("disable", name, message, drainSeconds), drainedAt: "2026-01-01T00:02:00.000Z" };
  }

  resetPeer(name: string, { message, graceful, subcode = 4 }: ResetOptions = {}): PeerView {
    if (subcode !== 4) return this.#peer("reset", name, message, graceful, subcode);
    return graceful === true ? this.#peer("reset", name, message, graceful) : this.#peer("reset", name, message);
  }

  refreshPeer(name: string, direction: string): PeerView {
    if (direction === "in") throw new ControlError("conflict", "the peer did not announce route refresh");
    return this.#peer("refresh", name, direction);
  }

  async *advertised(name: string, filter: unknown): AsyncGenerator<() => AdvertisedView[]> {
    this.asked.push(["advertised", name, filter]);
    if (this.peer(name) === undefined) throw new ControlError("notFound", `there is no peer ${name}`);
    for (let page = 0; page < 3; page++) {
      this.pagesGiven++;
      const rows = [someAdvertised(`10.${page}.0.0/16`), someAdvertised(`10.${page}.1.0/24`)];
      yield await Promise.resolve(() => rows);
    }
  }

  async *routes(question: unknown): AsyncGenerator<() => RouteView[]> {
    this.asked.push(["routes", question]);
    yield await Promise.resolve(() => [someRoute]);
  }

  measurements(): Measurements {
    return {
      eventLoopDelaySeconds: 0.002,
      residentBytes: 1e8,
      backlogRows: 7,
      stations: [{ name: "noc", isUp: true, octets: 1_000_000, failures: 1, lapped: 0 }],
      archives: [{ path: "updates.%Y%m%d.gz", isWriting: true, files: 12, octets: 1_000, gaps: 0 }],
      routers: [{
        name: "edge1",
        isUp: true,
        peers: 2,
        routes: { "adj-in": 5, loc: 3 },
        messages: 9,
        skipped: 1,
        octets: 4096,
      }],
      rpkiCaches: [{
        cache: "ams",
        isUp: true,
        isInUse: true,
        vrps: 500_000,
        aspas: 100,
        serial: 42,
        ageSeconds: 60,
        expiresInSeconds: undefined,
      }],
    };
  }

  #peer(...asked: unknown[]): PeerView {
    this.asked.push(asked);
    const peer = this.peer(String(asked[1]));
    if (peer === undefined) throw new ControlError("notFound", `there is no peer ${asked[1]}`);
    return peer;
  }
}

class FakeAnnouncements implements AnnouncementTarget {
  readonly #target: FakeTarget;

  constructor(target: FakeTarget) {
    this.#target = target;
  }

  async *list(prefix?: string): AsyncGenerator<Page<AnnouncementView>> {
    this.#target.asked.push(["announcements", prefix]);
    yield await Promise.resolve(() => [someAnnouncement, { ...someAnnouncement, id: null, source: "config" }]);
  }

  announce(...asked: unknown[]): Promise<AnnouncementView> {
    this.#target.asked.push(["announce", ...asked]);
    return Promise.resolve(this.#target.announced);
  }

  withdraw(...asked: unknown[]): Promise<number> {
    this.#target.asked.push(["withdraw", ...asked]);
    return Promise.resolve(1);
  }

  change(...asked: unknown[]) {
    this.#target.asked.push(["change", ...asked]);
    return Promise.resolve({ announced: 2, withdrawn: 1, first: 7, last: 8 });
  }

  states(...asked: unknown[]) {
    this.#target.asked.push(["states", ...asked]);
    return Promise.resolve({ announced: 2, pending: 0, withheld: 0, refused: 0, expired: 0 });
  }

  withdrawSource(...asked: unknown[]): Promise<number> {
    this.#target.asked.push(["withdrawSource", ...asked]);
    return Promise.resolve(2);
  }

  withdrawRow(id: number, author: unknown): Promise<void> {
    this.#target.asked.push(["withdrawRow", id, author]);
    if (id === 500) throw new Error("our own mistake");
    return Promise.resolve();
  }
}

class FakeConfiguration implements ConfigurationTarget {
  path = "/etc/bgpd.toml";
  readonly #asked: unknown[][];

  constructor(asked: unknown[][]) {
    this.#asked = asked;
  }

  configuredPeers(): ConfiguredPeerView[] {
    return [{ ...someConfigured, source: "file", toml: null }, someConfigured];
  }

  addPeer(...asked: unknown[]): Promise<ConfiguredPeerView> {
    this.#asked.push(["addPeer", ...asked]);
    return Promise.resolve(someConfigured);
  }

  removePeer(name: string): Promise<ConfiguredPeerView> {
    this.#asked.push(["removePeer", name]);
    if (name === "192.0.2.1") throw new ControlError("conflict", "192.0.2.1 is in the configuration file");
    return Promise.resolve(someConfigured);
  }

  restart() {
    this.#asked.push(["restart"]);
    const sessions = [{ peer: "127.0.0.2", keepsRoutes: true }, { peer: "127.0.0.3", keepsRoutes: false }];
    return Promise.resolve({ pid: 4711, startedAt: new Date(0).toISOString(), sessions });
  }

  reload() {
    this.#asked.push(["reload"]);
    const changes = ["127.0.0.2: hold_timer changed, session resets"];
    return Promise.resolve({ file: "/etc/bgpd/bgpd.toml", includedFiles: 2, changes });
  }

  dryRun(): Promise<ReloadPlanView> {
    this.#asked.push(["dryRun"]);
    return Promise.resolve(somePlan);
  }
}

/** The peers of a daemon without threads and sockets, for tests: a virtual clock, and lists of what the peers send. */
import type { Config } from "../../../src/config/mod.ts";
import { silentLog } from "../../../src/daemon/log/log.ts";
import { CreditPool } from "../../../src/daemon/peer/credits.ts";
import { Peers } from "../../../src/daemon/peer/peers.ts";
import type { ToRib } from "../../../src/daemon/thread/messages.ts";
import { encodeOpen, keepaliveMessage } from "../../../src/message/mod.ts";
import { Random } from "../../simulation/random.ts";
import { VirtualClock } from "../../simulation/virtual_clock.ts";
import { FakeConnection } from "./peer/fake_connection.ts";

export interface ConnectOptions {
  /** The AS of its OPEN; `undefined`: it connects and sends nothing. */
  readonly asn: number | undefined;
  /** The address of ours that the connection came to. */
  readonly localAddress?: string;
  /** How much time passes then. */
  readonly milliseconds?: number;
}

export class DaemonPeers {
  readonly clock = new VirtualClock(new Random(1));
  readonly peers: Peers;
  readonly warnings: string[] = [];
  readonly toRib: ToRib[] = [];
  /** In order: `rib KIND PEER` and `store removePeer PEER`. */
  readonly events: string[] = [];
  readonly dialled: string[] = [];
  /** The neighbours that the system knows, by link. */
  readonly neighbours = new Map<string, string>();
  /** The database gives an id once this is resolved. */
  idsKnown: Promise<void> = Promise.resolve();
  readonly #ids = new Map<string, number>();

  constructor(config: Config, services: { readonly halfOpenMembers?: number } = {}) {
    this.peers = new Peers({
      clock: this.clock,
      random: () => 1,
      dial: (_peer, address) => {
        this.dialled.push(address);
        return new Promise(() => {});
      },
      neighbourOn: (link) => this.neighbours.get(link),
      credits: new CreditPool(4),
      toRib: (message) => this.sendToRib(message),
      toStore: (message) => {
        if (message.kind === "removePeer") this.events.push(`store removePeer ${message.peerId}`);
      },
      log: { ...silentLog, warn: (text, lines = []) => void this.warnings.push([text, ...lines].join("\n")) },
      ...services,
    }, ({ name }) => this.idsKnown.then(() => this.id(name)));
    for (const peer of config.peers) {
      if (peer.kind === "network") this.peers.networks.add(peer);
      else this.peers.add(this.id(peer.name), peer);
    }
  }

  /** The id of a peer by its name; a name that is new gets the next one. */
  id(name: string): number {
    const id = this.#ids.get(name) ?? this.#ids.size + 1;
    this.#ids.set(name, id);
    return id;
  }

  /** A peer connects, and its session comes up where it is accepted. */
  async connect(address: string, { asn, localAddress, milliseconds = 0 }: ConnectOptions): Promise<FakeConnection> {
    const open = (asn: number) =>
      encodeOpen({ version: 4, asn, holdTimeSeconds: 0, routerId: 1000, capabilities: [{ kind: "routeRefresh" }] });
    const connection = new FakeConnection(address, ...asn === undefined ? [] : [open(asn), keepaliveMessage]);
    if (localAddress !== undefined) connection.localAddress = localAddress;
    this.peers.incoming.accept(connection);
    await this.clock.advance(milliseconds);
    return connection;
  }

  /** Names of the peers with sessions. */
  get established(): string[] {
    return [...this.peers].filter(({ state }) => state === "Established").map(({ name }) => name);
  }

  get names(): string[] {
    return [...this.peers].map(({ name }) => name);
  }

  async end(): Promise<void> {
    await this.peers.stopAll({ code: 6, subcode: 2, data: new Uint8Array() });
  }

  sendToRib(message: ToRib): void {
    this.toRib.push(message);
    const peer = "peer" in message ? message.peer.id : "peerId" in message ? message.peerId : "";
    this.events.push(`rib ${message.kind} ${peer}`.trimEnd());
  }
}

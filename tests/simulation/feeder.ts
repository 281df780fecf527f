/**
 * A scripted neighbour. It uses the state machine of src/session and the encoder of src/message in a shell of its own,
 * knows what it announced, and may misbehave. Its `table` is what the other side must have in the end.
 */

import {
  decodeAttributeSet,
  decodeNotification,
  decodeOpen,
  decodeRouteRefresh,
  encodeAttributeSet,
  encodeOpen,
  encodeRouteRefresh,
  Framer,
  MessageType,
  type Notification,
  RefreshSubtype,
  UpdateEncoder,
} from "../../src/message/mod.ts";
import {
  createSession,
  type Effect,
  handle,
  type Negotiated,
  nextDeadline,
  type Session,
  type SessionConfig,
  type SessionEvent,
  state,
} from "../../src/session/mod.ts";
import { type Connection, type Timer, TransportError } from "../../src/transport/mod.ts";
import { families, type FamilyId, familyOf, maskHas, maskIds } from "../../src/types/mod.ts";
import { viewUpdate } from "../support/update_view.ts";
import type { Surroundings } from "./speaker.ts";
import { keyOf, type Route, wordsOf } from "./routes.ts";

export interface FeederConfig {
  readonly name: string;
  readonly address: string;
  /** The address of the speaker it feeds. */
  readonly speaker: string;
  readonly session: SessionConfig;
  /** An old speaker: two-octet AS numbers in its paths. */
  readonly twoOctets: boolean;
}

interface Up {
  readonly connection: Connection;
  readonly negotiated: Negotiated;
  readonly encoder: UpdateEncoder;
}

export class Feeder {
  readonly config: FeederConfig;
  /** What it announces, by {@link keyOf}: the truth about its Adj-RIB-Out. */
  readonly table = new Map<string, Route>();
  /** What the speaker announced to it: `prefix path` → canonical attribute set. */
  readonly received = new Map<string, Uint8Array>();
  /** What the speaker withdrew since somebody looked last. */
  readonly withdrawn = new Set<string>();
  /** Families of which the speaker's End-of-RIB came in this session. */
  readonly endOfRib = new Set<FamilyId>();
  /** Messages of the speaker with routes, of all sessions. */
  updates = 0;
  /** Between the marks of RFC 7313: what was not announced again, by family. */
  readonly #unrefreshed = new Map<FamilyId, Set<string>>();
  /** NOTIFICATIONs that came in, newest last. */
  readonly heard: Notification[] = [];
  sessions = 0;
  readonly #around: Surroundings;
  #session: Session;
  readonly #connections = new Map<number, Connection>();
  #nextConnection = 1;
  #dialing: AbortController | undefined;
  #timer: Timer | undefined;
  #up: (Up & { id: number }) | undefined;
  #unsent = 0;
  #asleep: (() => void)[] = [];
  #reads = true;

  constructor(config: FeederConfig, around: Surroundings) {
    this.config = config;
    this.#around = around;
    this.#session = createSession(config.session, around.random.next);
    around.network.listen(config.address, (connection) => this.#accept(connection));
  }

  get established(): boolean {
    return this.#up !== undefined;
  }

  get state(): string {
    return state(this.#session);
  }

  /** All it has to say is with the network. */
  get idle(): boolean {
    return this.#unsent === 0 && this.#reads;
  }

  start(): void {
    this.#dispatch({ kind: "start", automatic: false });
  }

  /** The process ends without a word, and forgets. */
  kill(how: "reset" | "endOfStream" | "silent"): void {
    this.#around.network.abandon(this.config.address, how);
    this.#around.network.setListening(this.config.address, how === "silent" ? "ignore" : "refuse");
    this.#dialing?.abort();
    this.#dialing = undefined;
    this.#timer?.clear();
    this.#connections.clear();
    this.#lost();
    this.#session = createSession(this.config.session, this.#around.random.next);
  }

  restart(): void {
    this.#around.network.setListening(this.config.address, "accept");
    this.start();
  }

  /** Stops and starts the session in good order. */
  bounce(notification: Notification): void {
    this.#dispatch({ kind: "stop", notification });
    this.#dispatch({ kind: "start", automatic: false });
  }

  /** A second connection to the speaker, whatever the session thinks. */
  dialTwice(): void {
    this.#around.network.dial(this.config.address, this.config.speaker, new AbortController().signal).then(
      (connection) => {
        const id = this.#adopt(connection);
        this.#dispatch({ kind: "accepted", connection: id });
        this.#read(id, connection);
      },
      () => {},
    );
  }

  setReading(reads: boolean): void {
    this.#reads = reads;
    if (!reads) return;
    for (const awake of this.#asleep.splice(0)) awake();
  }

  announce(routes: readonly Route[]): void {
    for (const route of routes) this.table.set(keyOf(route), route);
    this.#say((encoder) => {
      for (const route of routes) {
        if (!this.#speaks(route.family)) continue;
        encoder.begin(encodeAttributeSet(route.attributes), route.family);
        encoder.add(...wordsOf(route.prefix), route.pathId);
      }
      encoder.finish();
    });
  }

  withdraw(routes: readonly Route[]): void {
    for (const route of routes) this.table.delete(keyOf(route));
    this.#say((encoder) => {
      for (const { family, prefix, pathId } of routes) {
        if (!this.#speaks(family)) continue;
        encoder.beginWithdraw(family);
        encoder.add(...wordsOf(prefix), pathId);
      }
      encoder.finish();
    });
  }

  /** Octets of the feeder's own making, right behind what it said so far. False where no session is up. */
  sendRaw(make: (up: { negotiated: Negotiated; encoder: UpdateEncoder }) => Uint8Array): boolean {
    if (this.#up === undefined) return false;
    this.#send(make(this.#up));
    return true;
  }

  /** Asks for the speaker's routes again (RFC 2918). */
  askForRefresh(family: FamilyId): boolean {
    const { afi, safi } = familyOf(family);
    return this.sendRaw(() => encodeRouteRefresh({ afi, safi, subtype: RefreshSubtype.request }));
  }

  /** Sends its routes again between the marks of RFC 7313; routes that went meanwhile go without a withdraw. */
  refresh(family: FamilyId, gone: readonly Route[]): boolean {
    if (this.#up?.negotiated.enhancedRouteRefresh !== true || !this.#speaks(family)) return false;
    const { afi, safi } = familyOf(family);
    for (const route of gone) this.table.delete(keyOf(route));
    this.#send(encodeRouteRefresh({ afi, safi, subtype: RefreshSubtype.begin }));
    this.#sayTable(family);
    this.#send(encodeRouteRefresh({ afi, safi, subtype: RefreshSubtype.end }));
    return true;
  }

  #speaks(family: FamilyId): boolean {
    return this.#up !== undefined && maskHas(this.#up.negotiated.families, family);
  }

  #sayTable(family: FamilyId): void {
    const routes = this.#around.random.shuffled([...this.table.values()].filter((route) => route.family === family));
    this.#say((encoder) => {
      for (const { attributes, prefix, pathId } of routes) {
        encoder.begin(encodeAttributeSet(attributes), family);
        encoder.add(...wordsOf(prefix), pathId);
      }
      encoder.finish();
    });
  }

  #say(encode: (encoder: UpdateEncoder) => void): void {
    if (this.#up === undefined) return;
    encode(this.#up.encoder);
    const bytes = this.#up.encoder.take();
    if (bytes.length > 0) this.#send(bytes);
  }

  #send(bytes: Uint8Array): void {
    const up = this.#up!;
    this.#unsent++;
    const done = () => void (this.#unsent -= this.#up === up ? 1 : 0);
    up.connection.write(bytes).then(done, done);
  }

  // The shell: events in, effects out.

  #dispatch(event: SessionEvent): void {
    const now = this.#around.clock.monotonic();
    const effects = handle(this.#session, event, now);
    for (const effect of effects) this.#perform(effect);
    this.#timer?.clear();
    const deadline = nextDeadline(this.#session);
    if (deadline === undefined) return;
    this.#timer = this.#around.clock.setTimer(deadline, () => this.#dispatch({ kind: "tick" }));
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "connect":
        return this.#dial();
      case "cancelConnect":
        this.#dialing?.abort();
        this.#dialing = undefined;
        return;
      case "send": {
        const connection = this.#connections.get(effect.connection);
        const bytes = effect.message === "OPEN" && this.config.twoOctets ? oldOpen(effect.bytes) : effect.bytes;
        connection?.write(bytes).then(
          () => this.#report(effect.connection, { kind: "sent", connection: effect.connection, drained: true }),
          () => {},
        );
        return;
      }
      case "close":
        this.#connections.get(effect.connection)?.close();
        this.#connections.delete(effect.connection);
        return;
      case "established":
        return this.#established(effect);
      case "down":
        this.#around.note(`${this.config.name} down: ${JSON.stringify(effect.reason.kind)}`);
        return this.#lost();
      case "state":
      case "note":
      case "unanswered":
        return;
      default:
        effect satisfies never;
    }
  }

  #established({ connection: id, negotiated }: Effect & { kind: "established" }): void {
    const context = this.config.twoOctets ? { ...negotiated, fourOctetAs: false } : negotiated;
    this.sessions++;
    this.#unsent = 0;
    this.#up = { id, connection: this.#connections.get(id)!, negotiated: context, encoder: new UpdateEncoder(context) };
    this.#around.note(`${this.config.name} established`);
    for (const family of maskIds(context.families)) {
      this.#sayTable(family);
      this.#say((encoder) => encoder.endOfRib(family));
    }
  }

  #lost(): void {
    this.#up = undefined;
    this.#unsent = 0;
    this.received.clear();
    this.endOfRib.clear();
    this.#unrefreshed.clear();
  }

  #dial(): void {
    const abort = new AbortController();
    this.#dialing = abort;
    this.#around.network.dial(this.config.address, this.config.speaker, abort.signal).then((connection) => {
      if (abort.signal.aborted) return connection.close();
      this.#dialing = undefined;
      const id = this.#adopt(connection);
      this.#dispatch({ kind: "connected", connection: id });
      this.#read(id, connection);
    }, (error) => {
      if (abort.signal.aborted) return;
      this.#dialing = undefined;
      this.#dispatch({ kind: "connectFailed", reason: String(error) });
    });
  }

  #accept(connection: Connection): void {
    const id = this.#adopt(connection);
    this.#dispatch({ kind: "accepted", connection: id });
    this.#read(id, connection);
  }

  #adopt(connection: Connection): number {
    const id = this.#nextConnection++;
    this.#connections.set(id, connection);
    return id;
  }

  #report(id: number, event: SessionEvent): void {
    if (this.#connections.has(id)) this.#dispatch(event);
  }

  async #read(id: number, connection: Connection): Promise<void> {
    const framer = new Framer();
    const buffer = new Uint8Array(4096);
    let reason = "end of stream";
    try {
      while (this.#connections.get(id) === connection) {
        if (!this.#reads) await new Promise<void>((resolve) => this.#asleep.push(resolve));
        const count = await connection.read(buffer);
        if (count === null) break;
        framer.push(buffer.slice(0, count));
        this.#messages(id, framer);
      }
    } catch (error) {
      if (!(error instanceof TransportError)) this.#around.fail(error);
      reason = String(error);
    }
    this.#report(id, { kind: "closed", connection: id, reason });
  }

  #messages(id: number, framer: Framer): void {
    for (;;) {
      framer.maxLength = this.#up?.id === id ? this.#up.negotiated.maxMessageBytes : framer.maxLength;
      const next = framer.next();
      if (next === undefined) return;
      if (next.kind === "fault") {
        this.#report(id, { kind: "fault", connection: id, notification: next.notification });
        throw new Error(`a malformed message from ${this.config.speaker}`);
      }
      this.#message(id, next.type, next.bytes);
    }
  }

  #message(connection: number, type: number, bytes: Uint8Array): void {
    switch (type) {
      case MessageType.open: {
        const result = decodeOpen(bytes);
        if (result.kind === "open") return this.#report(connection, { kind: "open", connection, open: result.open });
        return this.#report(connection, { kind: "fault", connection, notification: result.notification });
      }
      case MessageType.keepalive:
        return this.#report(connection, { kind: "keepalive", connection });
      case MessageType.notification: {
        const notification = decodeNotification(bytes);
        this.heard.push(notification);
        return this.#report(connection, { kind: "notification", connection, notification });
      }
      case MessageType.routeRefresh:
        if (this.#up?.id === connection) this.#refreshMark(bytes);
        return this.#report(connection, { kind: "routeRefresh", connection });
      default:
        if (this.#up?.id === connection) this.#update(bytes, this.#up.negotiated);
        return this.#report(connection, { kind: "update", connection });
    }
  }

  #update(bytes: Uint8Array, negotiated: Negotiated): void {
    const view = viewUpdate(bytes, negotiated);
    if (view.verdict !== "accept") throw new Error(`${this.config.speaker} sent an UPDATE with faults`);
    this.updates++;
    for (const route of view.withdrawn) {
      this.received.delete(keyOf(route));
      this.withdrawn.add(keyOf(route));
    }
    for (const { announced, wire } of view.parts) {
      for (const route of announced) {
        this.received.set(keyOf(route), wire);
        for (const keys of this.#unrefreshed.values()) keys.delete(keyOf(route));
      }
    }
    const family = maskIds(negotiated.families).find((id) => familyOf(id).name === view.endOfRib);
    if (family !== undefined) this.endOfRib.add(family);
  }

  /**
   * RFC 2918: the speaker asks for all again. RFC 7313 §4: what the speaker does not announce between both marks is
   * gone.
   */
  #refreshMark(bytes: Uint8Array): void {
    const message = decodeRouteRefresh(bytes);
    if (message.kind !== "routeRefresh") throw new Error(`${this.config.speaker} sent a malformed ROUTE-REFRESH`);
    const { id, addressBytes } = families.find(({ afi, safi }) => afi === message.afi && safi === message.safi)!;
    if (message.subtype === RefreshSubtype.begin) {
      const isOurs = (key: string) => key.includes(":") === (addressBytes === 16);
      this.#unrefreshed.set(id, new Set([...this.received.keys()].filter(isOurs)));
    } else if (message.subtype === RefreshSubtype.request) {
      if (!this.refresh(id, [])) this.#sayTable(id);
    } else if (message.subtype === RefreshSubtype.end) {
      for (const key of this.#unrefreshed.get(id) ?? []) this.received.delete(key);
      this.#unrefreshed.delete(id);
    }
  }
}

/** An OPEN as a speaker without four-octet AS numbers sends it. */
function oldOpen(bytes: Uint8Array): Uint8Array {
  const result = decodeOpen(bytes);
  if (result.kind !== "open") throw new Error("our own OPEN is malformed");
  const { open } = result;
  return encodeOpen({ ...open, capabilities: open.capabilities.filter(({ kind }) => kind !== "fourOctetAs") });
}

/** What a set becomes on its way to a peer: as the speaker should have it. */
export function asReceived(wire: Uint8Array, internal: boolean): Uint8Array {
  const set = decodeAttributeSet(wire);
  return internal ? wire : encodeAttributeSet({ ...set, localPref: undefined });
}

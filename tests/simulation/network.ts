/**
 * TCP in memory: bytes arrive in order or not at all, late, and cut anywhere. A receiver that does not read stops its
 * sender. Links can be clogged, cut and silenced; hosts can refuse connections and vanish.
 */

import type { Millis } from "../../src/types/mod.ts";
import { type Connection, TransportError } from "../../src/transport/mod.ts";
import type { Random } from "./random.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** How long a closed connection may still flush, as src/transport has it. */
const closeLimitMs = 1000;
/** A kernel gives up a connection whose bytes are not acknowledged for so long. */
const retransmitLimitMs = 60_000;

/** How a link ends. `silent`: nothing is heard of the other side any more; only timers tell. */
export type Cut = "reset" | "endOfStream" | "silent";

/** What a host does about connections: answer, refuse, or not even that. */
export type Listening = "accept" | "refuse" | "ignore";

interface Host {
  accept: (connection: Connection) => void;
  listening: Listening;
}

export class Network {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #hosts = new Map<string, Host>();
  readonly #links = new Set<Link>();
  #nextPort = 40_000;

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The open connections. */
  get links(): readonly Link[] {
    return [...this.#links];
  }

  listen(address: string, accept: (connection: Connection) => void): void {
    this.#hosts.set(address, { accept, listening: "accept" });
  }

  setListening(address: string, listening: Listening): void {
    const host = this.#hosts.get(address);
    if (host !== undefined) host.listening = listening;
  }

  dial(from: string, to: string, signal: AbortSignal): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    signal.addEventListener("abort", () => reject(new TransportError("closed", "the dial was given up")));
    const random = this.#random;
    this.#clock.after(random.magnitude(0.05, 50), () => {
      if (signal.aborted) return;
      const host = this.#hosts.get(to);
      if (host?.listening === "ignore") return;
      if (host === undefined || host.listening === "refuse") {
        return reject(new TransportError("refused", `${to}:179 refused the connection`));
      }
      const link = new Link(from, this.#nextPort++, to, this.#clock, random.fork(), (link) => this.#links.delete(link));
      this.#links.add(link);
      // The listener may know of a connection before its dialler does, or the other way round.
      this.#clock.after(random.magnitude(0.01, 5), () => host.accept(link.callee));
      this.#clock.after(random.magnitude(0.01, 5), () => signal.aborted ? link.caller.close() : resolve(link.caller));
    });
    return promise;
  }

  /** The process at this address is gone; its kernel says so to the others, or, with `silent`, nobody does. */
  abandon(address: string, how: Cut): void {
    for (const link of this.#links) {
      if (link.caller.localAddress === address) link.abandon(link.caller, how);
      if (link.callee.localAddress === address) link.abandon(link.callee, how);
    }
  }

  /** Everything flows again, and everybody listens. */
  heal(): void {
    for (const host of this.#hosts.values()) host.listening = "accept";
    for (const link of this.#links) link.heal();
  }
}

/** One TCP connection: two ends, and a pipe in each direction. */
export class Link {
  readonly caller: End;
  readonly callee: End;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #forget: (link: Link) => void;

  constructor(
    from: string,
    port: number,
    to: string,
    clock: VirtualClock,
    random: Random,
    forget: (link: Link) => void,
  ) {
    this.#random = random;
    this.#forget = forget;
    const there = new Pipe(clock, random.fork());
    const back = new Pipe(clock, random.fork());
    const gone = () => this.#oneGone();
    this.#clock = clock;
    this.caller = new End(from, port, to, 179, back, there, clock, gone);
    this.callee = new End(to, 179, from, port, there, back, clock, gone);
  }

  toString(): string {
    return `${this.caller.localAddress}:${this.caller.localPort}>${this.callee.localAddress}`;
  }

  /** The ends learn of it each in its own time. */
  cut(how: Cut): void {
    if (how === "silent") return this.setClogged("both", true);
    for (const end of [this.caller, this.callee]) {
      this.#clock.after(this.#random.magnitude(0.01, 3000), () => end.hear(how));
    }
  }

  /** The process at this end is gone. */
  abandon(end: End, how: Cut): void {
    if (end.gone) return;
    end.abandon();
    const other = end === this.caller ? this.callee : this.caller;
    if (how === "silent") this.setClogged("both", true);
    else this.#clock.after(this.#random.magnitude(0.01, 100), () => other.hear(how));
  }

  setClogged(direction: "there" | "back" | "both", clogged: boolean): void {
    if (direction !== "back") this.callee.incoming.setClogged(clogged);
    if (direction !== "there") this.caller.incoming.setClogged(clogged);
  }

  heal(): void {
    this.setClogged("both", false);
    // A packet to a host that forgot the connection brings a reset.
    if (this.caller.gone && !this.callee.gone) this.callee.hear("reset");
    if (this.callee.gone && !this.caller.gone) this.caller.hear("reset");
  }

  #oneGone(): void {
    if (this.caller.gone && this.callee.gone) this.#forget(this);
  }
}

interface Writing {
  readonly bytes: Uint8Array;
  at: number;
  readonly resolve: () => void;
  readonly reject: (error: TransportError) => void;
}

/** Bytes in one direction. */
class Pipe {
  /** Called when there is something to read, or the end. */
  arrived: () => void = () => {};
  /** The receiver is gone: what arrives is answered by a reset. */
  deaf = false;
  unanswered: () => void = () => {};
  /** Where the receiver throws away what comes. */
  discarding = false;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #windowBytes: number;
  /** Each piece takes about so long. */
  readonly #delayMs: Millis;
  #writing: Writing[] = [];
  /** On the way; `null` is the FIN. */
  #flight: (Uint8Array | null)[] = [];
  #flightBytes = 0;
  /** Pieces that would have arrived by now, had the pipe not been clogged. */
  #late = 0;
  #clogged = false;
  #cloggedAt: Millis = 0;
  #received: Uint8Array[] = [];
  #receivedBytes = 0;
  #ended = false;
  #readerBroken: TransportError | undefined;
  #writerBroken: TransportError | undefined;

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#windowBytes = Math.floor(random.magnitude(64, 200_000));
    this.#delayMs = random.magnitude(0.01, 100);
  }

  get readable(): boolean {
    return this.#receivedBytes > 0 || this.ended;
  }

  /** True where bytes are on their way. */
  get busy(): boolean {
    return this.#writing.length > 0 || this.#flightBytes > 0;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#writerBroken !== undefined) return Promise.reject(this.#writerBroken);
    return new Promise((resolve, reject) => {
      this.#writing.push({ bytes, at: 0, resolve, reject });
      this.#send();
    });
  }

  /** The FIN, behind everything written. */
  end(): void {
    this.#fly(null);
  }

  take(into: Uint8Array): number | null {
    if (this.#readerBroken !== undefined) throw this.#readerBroken;
    if (this.#receivedBytes === 0) return null;
    // A read ends at a border of pieces, or anywhere.
    const first = this.#received[0]!;
    let count = Math.min(first.length, into.length);
    if (this.#random.chance(0.1)) count = this.#random.between(1, count);
    into.set(first.subarray(0, count));
    if (count === first.length) this.#received.shift();
    else this.#received[0] = first.subarray(count);
    this.#receivedBytes -= count;
    this.#send();
    return count;
  }

  discard(): void {
    this.discarding = true;
    this.#received = [];
    this.#receivedBytes = 0;
    this.#send();
  }

  setClogged(clogged: boolean): void {
    if (clogged && !this.#clogged) this.#cloggedAt = this.#clock.monotonic();
    this.#clogged = clogged;
    if (clogged) return;
    for (; this.#late > 0; this.#late--) this.#clock.after(this.#random.magnitude(0.01, 10), () => this.#land());
  }

  /** Clogged for so long that the sender's kernel gives up. */
  get hopeless(): boolean {
    return this.#clogged && this.#clock.monotonic() - this.#cloggedAt > retransmitLimitMs;
  }

  /** The sender's end of the connection broke. */
  breakWriter(error: TransportError): void {
    this.#writerBroken ??= error;
    for (const writing of this.#writing) writing.reject(error);
    this.#writing = [];
  }

  /** The receiver's end of the connection broke: what it has not read is lost. */
  breakReader(error: TransportError): void {
    this.#readerBroken ??= error;
    this.#received = [];
    this.#receivedBytes = 0;
    this.arrived();
  }

  #send(): void {
    while (this.#writing.length > 0) {
      const room = this.#windowBytes - this.#flightBytes - this.#receivedBytes;
      if (room <= 0) return;
      const writing = this.#writing[0]!;
      const left = writing.bytes.length - writing.at;
      const most = Math.min(room, left);
      const count = this.#random.chance(0.3) ? this.#random.between(Math.min(1, most), most) : most;
      // A copy: what the writer does to its buffer after this is its own affair.
      this.#fly(writing.bytes.slice(writing.at, writing.at + count));
      writing.at += count;
      if (writing.at < writing.bytes.length) continue;
      this.#writing.shift();
      writing.resolve();
    }
  }

  #fly(piece: Uint8Array | null): void {
    this.#flight.push(piece);
    this.#flightBytes += piece?.length ?? 0;
    this.#clock.after(this.#delayMs * this.#random.next(), () => {
      if (this.#clogged) this.#late++;
      else this.#land();
    });
  }

  /** The piece that was sent first arrives. */
  #land(): void {
    if (this.#clogged) {
      this.#late++;
      return;
    }
    const piece = this.#flight.shift();
    if (piece === undefined) return;
    if (piece === null) this.#ended = true;
    else {
      this.#flightBytes -= piece.length;
      if (this.deaf) return this.unanswered();
      if (!this.discarding && this.#readerBroken === undefined && piece.length > 0) {
        this.#received.push(piece);
        this.#receivedBytes += piece.length;
      }
      if (this.discarding) this.#send();
    }
    this.arrived();
  }

  get ended(): boolean {
    return this.#ended || this.#readerBroken !== undefined;
  }
}

class End implements Connection {
  readonly closed: Promise<void>;
  gone = false;
  readonly #resolveClosed: () => void;
  #closing = false;
  #reading: { into: Uint8Array; resolve: (count: number | null) => void; reject: (error: unknown) => void } | undefined;
  #unwritten = 0;
  #sentEnd = false;

  constructor(
    readonly localAddress: string,
    readonly localPort: number,
    readonly remoteAddress: string,
    readonly remotePort: number,
    readonly incoming: Pipe,
    readonly outgoing: Pipe,
    readonly clock: VirtualClock,
    readonly whenGone: () => void,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    incoming.arrived = () => this.#arrived();
    // The other side's kernel answers for a process that is gone.
    outgoing.unanswered = () => this.hear("reset");
  }

  read(into: Uint8Array): Promise<number | null> {
    if (into.length === 0) throw new Error("a read into nothing would never end");
    if (this.#reading !== undefined) throw new Error("a connection has one reader");
    if (this.#closing) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#reading = { into, resolve, reject };
      if (this.incoming.readable) this.#arrived();
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#closing || this.gone) {
      return Promise.reject(new TransportError("closed", "this side has closed the connection"));
    }
    this.#unwritten++;
    const settle = () => {
      this.#unwritten--;
      this.#finish();
    };
    const done = this.outgoing.write(bytes);
    done.then(settle, settle);
    if (this.outgoing.hopeless) this.hear("reset");
    return done;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#reading?.resolve(null);
    this.#reading = undefined;
    this.incoming.discard();
    this.clock.after(closeLimitMs, () => this.#destroy());
    this.#finish();
  }

  /** What reaches this end of a link that was cut. */
  hear(how: Exclude<Cut, "silent">): void {
    if (this.gone) return;
    if (how === "endOfStream") return this.incoming.end();
    const error = new TransportError("reset", `${this.remoteAddress} reset the connection`);
    this.incoming.breakReader(error);
    this.outgoing.breakWriter(error);
    if (this.#closing) this.#destroy();
  }

  /** The process is gone, with whatever it was waiting for. */
  abandon(): void {
    this.#reading = undefined;
    this.#destroy();
  }

  #arrived(): void {
    const reading = this.#reading;
    if (reading === undefined || !this.incoming.readable) {
      if (this.#closing) this.#finish();
      return;
    }
    this.#reading = undefined;
    try {
      reading.resolve(this.incoming.take(reading.into));
    } catch (error) {
      reading.reject(error);
    }
  }

  /** After close: the FIN when all is written; let go when the other side's is there. */
  #finish(): void {
    if (!this.#closing || this.gone || this.#unwritten > 0) return;
    if (!this.#sentEnd) {
      this.#sentEnd = true;
      this.outgoing.end();
    }
    if (this.incoming.ended) this.#destroy();
  }

  #destroy(): void {
    if (this.gone) return;
    this.gone = true;
    this.incoming.deaf = true;
    this.incoming.discard();
    this.#resolveClosed();
    this.whenGone();
  }
}

/**
 * One direction between two threads, in order. A short message, such as one UPDATE, goes through a ring in shared
 * memory: it costs a few memory accesses, and a wake-up where the other thread sleeps. Every other message is mail
 * (`postMessage`), which costs as much as ten routes; all mail of one task goes as one.
 *
 * A record of the ring says how many mails come before it, so that the reader keeps the order of both.
 *
 * Some messages are not urgent: an empty credit matters only to a peer that waits for it. They wake nobody unless the
 * reader has asked for that ({@link LaneReader.isAwaited}); the reader finds them at its next wake-up.
 */

import { createRing, RingReader, RingWriter } from "./ring.ts";
import type { Post } from "./messages.ts";

/** Octets in the ring of each direction. A message that finds no room goes as mail. */
const ringOctets = 256 * 1024;

/** A short message as it stands in the ring. */
export interface ShortMessage {
  kind: number;
  a: number;
  b: number;
  bytes: Uint8Array;
  start: number;
  end: number;
  /** The reader need not wake up for it. */
  isPatient: boolean;
}

/** How the messages of a direction stand in the ring. */
export interface ShortForm<M> {
  /** False: the message is not short. */
  pack(message: M, into: ShortMessage): boolean;
  unpack(ring: RingReader): M;
}

/** What both threads share. */
export interface SharedLane {
  readonly ring: SharedArrayBuffer;
  readonly state: SharedArrayBuffer;
}

export function createLane(): SharedLane {
  return { ring: createRing(ringOctets), state: new SharedArrayBuffer(12) };
}

/**
 * In `state`: 1 while the reader sleeps; 1 while it waits for messages that are not urgent; how many messages, of
 * anyone, wait for its event loop.
 */
const asleep = 0, awaited = 1, knocks = 2;
const nothing = new Uint8Array(0);

/** Wakes the reader of a lane: a message for its event loop was posted. */
export function knock(state: Int32Array): void {
  Atomics.add(state, knocks, 1);
  wake(state);
}

function wake(state: Int32Array): void {
  if (Atomics.compareExchange(state, asleep, 1, 0) === 1) Atomics.notify(state, asleep);
}

export class LaneWriter<M> {
  readonly #ring: RingWriter;
  readonly #state: Int32Array;
  readonly #form: ShortForm<M>;
  readonly #send: (mail: M[], transfer: Transferable[]) => void;
  readonly #short: ShortMessage = { kind: 0, a: 0, b: 0, bytes: nothing, start: 0, end: 0, isPatient: false };
  /** Mails so far, with the one that goes at the end of this task. */
  #mails = 0;
  #mail: M[] = [];
  #transfer: Transferable[] = [];

  constructor(shared: SharedLane, form: ShortForm<M>, send: (mail: M[], transfer: Transferable[]) => void) {
    this.#ring = new RingWriter(shared.ring);
    this.#state = new Int32Array(shared.state);
    this.#form = form;
    this.#send = send;
  }

  readonly post: Post<M> = (message, transfer) => {
    // Behind mail of this task, a message goes with it.
    if (this.#mail.length === 0 && this.#pushed(message)) return;
    if (this.#mail.length === 0) {
      this.#mails = (this.#mails + 1) | 0;
      queueMicrotask(this.#sendMail);
    }
    this.#mail.push(message);
    if (transfer !== undefined) this.#transfer.push(...transfer);
  };

  #pushed(message: M): boolean {
    const short = this.#short;
    if (!this.#form.pack(message, short)) return false;
    const { kind, a, b, bytes, start, end } = short;
    const pushed = this.#ring.push(kind, a, b, this.#mails, bytes, start, end);
    short.bytes = nothing;
    if (pushed && !(short.isPatient && Atomics.load(this.#state, awaited) === 0)) wake(this.#state);
    return pushed;
  }

  /** Sends the mail of this task now: a thread that is about to sleep does not reach the end of its task. */
  flush(): void {
    if (this.#mail.length > 0) this.#sendMail();
  }

  readonly #sendMail = () => {
    if (this.#mail.length === 0) return;
    const mail = this.#mail, transfer = this.#transfer;
    this.#mail = [];
    this.#transfer = [];
    this.#send(mail, transfer);
    knock(this.#state);
  };
}

export class LaneReader<M> {
  readonly #ring: RingReader;
  readonly #state: Int32Array;
  readonly #form: ShortForm<M>;
  readonly #handle: (message: M) => void;
  /** Mail that came, in order. */
  readonly #mail: M[][] = [];
  /** Mails whose messages are handled. */
  #mails = 0;
  #isHandling = false;
  #isClosed = false;
  /** Knocks whose messages came out of the event loop. */
  #answered = 0;

  constructor(shared: SharedLane, form: ShortForm<M>, handle: (message: M) => void) {
    this.#ring = new RingReader(shared.ring);
    this.#state = new Int32Array(shared.state);
    this.#form = form;
    this.#handle = handle;
  }

  /** Mail came. */
  receive(mail: M[]): void {
    this.answered();
    this.#mail.push(mail);
    this.drain();
  }

  /** Handles every message that is here and whose turn it is. */
  drain(): void {
    // A handler may call this again: the loop below goes on in any case.
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      const ring = this.#ring;
      for (;;) {
        if (this.#isDue()) {
          const message = this.#form.unpack(ring);
          ring.advance();
          this.#handle(message);
          continue;
        }
        const mail = this.#mail.shift();
        if (mail === undefined) return;
        this.#mails = (this.#mails + 1) | 0;
        for (const message of mail) this.#handle(message);
      }
    } finally {
      this.#isHandling = false;
    }
  }

  /** True: messages that are not urgent wake this thread, too. */
  set isAwaited(value: boolean) {
    Atomics.store(this.#state, awaited, value ? 1 : 0);
    // What came before is here already.
    if (value) queueMicrotask(() => this.drain());
  }

  /**
   * Blocks this thread until a message comes, for `ms` at most. True: a short message is here, {@link drain} handles
   * it. False: the event loop should run once, and then this method may be called again.
   */
  sleep(ms: number): boolean {
    const state = this.#state;
    Atomics.store(state, asleep, 1);
    if (!this.#hasKnocks() && !this.#isDue()) Atomics.wait(state, asleep, 1, ms);
    Atomics.store(state, asleep, 0);
    return this.#isDue();
  }

  /** A message for the event loop came out of it, so that one knock is answered. */
  answered(): void {
    this.#answered = (this.#answered + 1) | 0;
  }

  #hasKnocks(): boolean {
    return ((Atomics.load(this.#state, knocks) - this.#answered) | 0) > 0;
  }

  /** A short message is here, and no mail comes before it. */
  #isDue(): boolean {
    return this.#ring.next() && this.#ring.c === this.#mails;
  }

  /** Handles short messages whenever some come, until {@link close}. Rejects with what a handler throws. */
  async listen(): Promise<void> {
    while (!this.#isClosed) {
      this.drain();
      Atomics.store(this.#state, asleep, 1);
      // One that came since then found this thread awake, and woke nobody.
      if (this.#isDue()) {
        Atomics.store(this.#state, asleep, 0);
        continue;
      }
      const woken = Atomics.waitAsync(this.#state, asleep, 1);
      if (woken.async) await woken.value;
    }
  }

  /** Ends {@link listen}. */
  close(): void {
    this.#isClosed = true;
    Atomics.store(this.#state, asleep, 0);
    Atomics.notify(this.#state, asleep);
  }
}

/** One worker, and the requests that run in it or wait for it. */

import { WebError } from "../answers/answer.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

export interface LaneLimits {
  /** Requests in the worker at a time; those whose bodies come in parts count until their last part. */
  readonly running: number;
  /** Further requests wait, up to so many, and for so long. */
  readonly waiting: number;
  readonly waitMs: number;
}

/** How a lane reaches its worker; tests have their own. */
export interface WorkerPort {
  post(message: ToWorker): void;
  terminate(): void;
}

export interface LaneAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cacheMs: number;
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
}

export interface LaneOptions {
  readonly limits: LaneLimits;
  /** `onEnd`: the worker has ended by a fault; another one is started. */
  readonly start: (onMessage: (message: FromWorker) => void, onEnd: (reason: string) => void) => WorkerPort;
  readonly onBug: (text: string) => void;
}

interface Running {
  readonly answered: PromiseWithResolvers<LaneAnswer>;
  body: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  pulled: PromiseWithResolvers<void> | undefined;
}

interface Waiting {
  start(): void;
  refuse(reason: unknown): void;
}

export class Lane {
  readonly #limits: LaneLimits;
  readonly #start: () => WorkerPort;
  /** `undefined`: it has ended, and the next question starts another one. */
  #port: WorkerPort | undefined;
  #opening: ToWorker & { readonly kind: "open" } | undefined;
  readonly #onBug: (text: string) => void;
  readonly #running = new Map<number, Running>();
  readonly #waiting = new Set<Waiting>();
  #last = 0;
  #places: number;

  constructor({ limits, start, onBug }: LaneOptions) {
    this.#limits = limits;
    this.#places = limits.running;
    this.#onBug = onBug;
    this.#start = () => {
      const port: WorkerPort = start((message) => this.#handle(message), (reason) => this.#restart(port, reason));
      return port;
    };
    this.#port = this.#start();
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  post(message: ToWorker & { readonly kind: "open" }): void {
    this.#opening = message;
    this.#port?.post(message);
  }

  /** Throws {@link WebError} 503 where too many wait. `signal`: the client has gone. */
  async ask(path: string, query: string, accept: string, signal: AbortSignal): Promise<LaneAnswer> {
    await this.#enter(signal);
    if (signal.aborted) {
      this.#leave();
      throw signal.reason;
    }
    const id = ++this.#last;
    const running: Running = {
      answered: Promise.withResolvers<LaneAnswer>(),
      body: undefined,
      pulled: undefined,
    };
    this.#running.set(id, running);
    const onAbort = () => this.#cancel(id, signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#worker().post({ kind: "ask", id, path, query, accept });
    try {
      return await running.answered.promise;
    } finally {
      // A body in parts is cancelled by its reader.
      signal.removeEventListener("abort", onAbort);
    }
  }

  close(): void {
    this.#port?.terminate();
    const gone = new WebError(503, "bgpd web is stopping");
    for (const waiting of [...this.#waiting]) waiting.refuse(gone);
    this.#break(gone);
  }

  /** The worker has ended: what it was doing is lost, and everything else goes on with another one. */
  #restart(port: WorkerPort, reason: string): void {
    if (port !== this.#port) return;
    this.#onBug(`a worker has ended: ${reason}`);
    port.terminate();
    this.#port = undefined;
    this.#break(new WebError(503, "the worker of this answer has ended; ask again"));
  }

  #worker(): WorkerPort {
    if (this.#port !== undefined) return this.#port;
    this.#port = this.#start();
    if (this.#opening !== undefined) this.#port.post(this.#opening);
    return this.#port;
  }

  #break(gone: WebError): void {
    for (const [id, running] of [...this.#running]) {
      running.answered.reject(gone);
      running.body?.error(gone);
      running.pulled?.resolve();
      this.#end(id);
    }
  }

  #handle(message: FromWorker): void {
    if (message.kind === "bug") return this.#onBug(message.text);
    const running = this.#running.get(message.id);
    if (running === undefined) return;
    switch (message.kind) {
      case "answer":
        return this.#answered(message, running);
      case "part":
        if (message.bytes.length > 0) running.body?.enqueue(message.bytes);
        if (message.isLast) {
          running.body?.close();
          this.#end(message.id);
        }
        return running.pulled?.resolve();
      case "broken":
        running.body?.error(new Error(message.reason));
        running.pulled?.resolve();
        return this.#end(message.id);
    }
  }

  #answered(message: FromWorker & { readonly kind: "answer" }, running: Running): void {
    const { id, status, headers, cacheMs, bytes } = message;
    if (bytes !== undefined) {
      this.#end(id);
      return running.answered.resolve({ status, headers, cacheMs, body: bytes });
    }
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        running.body = controller;
      },
      pull: () => {
        if (!this.#running.has(id)) return;
        running.pulled = Promise.withResolvers<void>();
        this.#worker().post({ kind: "pull", id });
        return running.pulled.promise;
      },
      cancel: (reason) => this.#cancel(id, reason),
    }, { highWaterMark: 0 });
    running.answered.resolve({ status, headers, cacheMs, body });
  }

  #cancel(id: number, reason: unknown): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#worker().post({ kind: "cancel", id });
    running.answered.reject(reason);
    running.pulled?.resolve();
    this.#end(id);
  }

  #end(id: number): void {
    if (this.#running.delete(id)) this.#leave();
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#places++;
    else next.start();
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#places > 0) {
      this.#places--;
      return;
    }
    const { waiting, waitMs } = this.#limits;
    const tooMany = () => new WebError(503, "too many requests at the moment; try again in a second");
    if (this.#waiting.size >= waiting) throw tooMany();
    await new Promise<void>((resolve, reject) => {
      const finish = (then: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.#waiting.delete(me);
        then();
      };
      const me: Waiting = {
        start: () => finish(resolve),
        refuse: (reason) => finish(() => reject(reason)),
      };
      const onAbort = () => me.refuse(signal.reason);
      const timer = setTimeout(() => me.refuse(tooMany()), waitMs);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(me);
    });
  }
}

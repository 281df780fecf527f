/** The RIB thread as the main thread sees it. It processes what peers send, so it has no permission at all. */

import { createLane, LaneReader, LaneWriter } from "../thread/lane.ts";
import type { Post, RibToMain, ToRib } from "../thread/messages.ts";
import { shortToMain, shortToRib } from "../thread/short_messages.ts";
import type { RibStart } from "./rib_host.ts";
import type { RibWorkerStart } from "./rib_worker.ts";

export class RibThread {
  readonly worker: Worker;
  readonly #toRib = createLane();
  readonly #toMain = createLane();
  readonly #writer: LaneWriter<ToRib>;
  readonly #reader: LaneReader<RibToMain>;

  /** `handle` gets the messages of the thread in their order. */
  constructor(handle: (message: RibToMain) => void) {
    // `deno compile` finds the worker by this literal URL.
    const url = new URL("./rib_worker.ts", import.meta.url);
    const worker = new Worker(url, { type: "module", name: "rib", deno: { permissions: "none" } });
    this.worker = worker;
    this.#writer = new LaneWriter(this.#toRib, shortToRib, (mail, transfer) => worker.postMessage(mail, transfer));
    this.#reader = new LaneReader(this.#toMain, shortToMain, handle);
    worker.onmessage = ({ data }: MessageEvent<RibToMain[]>) => this.#reader.receive(data);
  }

  /** `store`: the port to the store thread. */
  start(start: RibStart, store: MessagePort): void {
    const message: RibWorkerStart = { ...start, store, toRib: this.#toRib, toMain: this.#toMain };
    this.worker.postMessage(message, [store]);
    // An error of a handler ends the process, as in any event handler.
    void this.#reader.listen();
  }

  /** The state of the lane to the thread: whoever posts to another of its ports knocks there. */
  get lane(): SharedArrayBuffer {
    return this.#toRib.state;
  }

  post(...message: Parameters<Post<ToRib>>): void {
    this.#writer.post(...message);
  }

  /** Somebody waits for credits, or nobody does any more: without this, empty credits come with the next message. */
  set creditsAreAwaited(value: boolean) {
    this.#reader.isAwaited = value;
  }

  terminate(): void {
    this.#reader.close();
    this.worker.terminate();
  }
}

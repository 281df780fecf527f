/** The stations that monitor the RIB: each gets octets while its connection takes some. */

import type { BmpFeed, MrtFeed, Rib } from "../../rib/mod.ts";
import type { Post, RibToMain, ToRib } from "../thread/messages.ts";

/** Octets of one message to the main thread, about. */
const pieceBytes = 65_536;

interface Open {
  readonly feed: BmpFeed | MrtFeed;
  room: number;
}

export class OpenMonitors {
  readonly #open = new Map<number, Open>();
  readonly #toMain: Post<RibToMain>;
  readonly #later: (step: () => void) => void;
  #answersLater = false;

  constructor(toMain: Post<RibToMain>, later: (step: () => void) => void) {
    this.#toMain = toMain;
    this.#later = later;
  }

  handle(message: ToRib & { kind: "openMonitor" | "pullMonitor" | "closeMonitor" }, rib: Rib): void {
    const { reader } = message;
    if (message.kind === "closeMonitor") {
      if (message.rest === true) this.#rest(reader);
      return this.#close(reader);
    }
    const open = this.#open.get(reader);
    if (open !== undefined) open.room += message.limit;
    // A pull may come after the reader was lapped and closed.
    else if (message.kind === "openMonitor") {
      const { choice, limit } = message;
      const feed = "format" in choice ? rib.archive(choice) : rib.monitor(choice);
      this.#open.set(reader, { feed, room: limit });
    }
  }

  #rest(reader: number): void {
    const feed = this.#open.get(reader)?.feed;
    // The main thread knows already that the reader was lapped and closed.
    if (feed === undefined) return;
    if (feed.isLapped) return this.#toMain({ kind: "monitorLapped", reader });
    const bytes = feed.pull(Infinity) ?? new Uint8Array(0);
    this.#toMain({ kind: "monitored", reader, bytes, isLast: true }, [bytes.buffer]);
  }

  #close(reader: number): void {
    this.#open.get(reader)?.feed.close();
    this.#open.delete(reader);
  }

  /** Gives each station a piece. What comes next waits for its turn: sessions come first. */
  answer(): void {
    if (this.#open.size === 0) return;
    let hasMore = false;
    for (const [reader, open] of this.#open) {
      if (open.feed.isLapped) {
        this.#close(reader);
        this.#toMain({ kind: "monitorLapped", reader });
        continue;
      }
      if (open.room <= 0) continue;
      const bytes = open.feed.pull(Math.min(open.room, pieceBytes));
      if (bytes === undefined) continue;
      open.room -= bytes.length;
      hasMore ||= open.room > 0;
      this.#toMain({ kind: "monitored", reader, bytes }, [bytes.buffer]);
    }
    if (!hasMore || this.#answersLater) return;
    this.#answersLater = true;
    this.#later(() => {
      this.#answersLater = false;
      this.answer();
    });
  }
}

/** The two speaker threads as the bench uses them: it asks, and waits for the answer. */

import type { FromSpeaker, SessionReport, ToSpeaker } from "./speaker_messages.ts";
import type { Table } from "./table.ts";

type Answer<K extends FromSpeaker["kind"]> = FromSpeaker & { kind: K };

interface Waiting {
  readonly kind: FromSpeaker["kind"];
  resolve(answer: FromSpeaker): void;
  reject(error: Error): void;
  settled(): void;
}

class Speaker {
  readonly #worker = new Worker(new URL("./speaker.ts", import.meta.url), { type: "module" });
  readonly #waiting: Waiting[] = [];
  /** What went wrong while nobody waited. */
  failure: string | undefined;

  constructor() {
    this.#worker.onmessage = (event: MessageEvent<FromSpeaker>) => this.#receive(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#receive({ kind: "failure", text: event.message });
    };
  }

  /** Rejects where the thread reports a failure, or does not answer in time. */
  ask<K extends FromSpeaker["kind"]>(message: ToSpeaker, kind: K, timeoutMs = 120_000): Promise<Answer<K>> {
    // These begin anew, or end.
    const begins = ["table", "prepare", "connect", "close"].includes(message.kind);
    if (this.failure !== undefined && !begins) {
      return Promise.reject(new Error(this.failure));
    }
    this.failure = undefined;
    this.#worker.postMessage(message);
    return new Promise((resolve, reject) => {
      const late = () => this.#receive({ kind: "failure", text: `no "${kind}" within ${timeoutMs / 1000} s` });
      const timer = setTimeout(late, timeoutMs);
      const settled = () => clearTimeout(timer);
      this.#waiting.push({
        kind,
        resolve: (answer) => resolve(answer as Answer<K>),
        reject,
        settled,
      });
    });
  }

  terminate(): void {
    this.#worker.terminate();
  }

  #receive(message: FromSpeaker): void {
    if (message.kind === "failure") {
      this.failure = message.text;
      for (const waiting of this.#waiting.splice(0)) {
        waiting.settled();
        waiting.reject(new Error(message.text));
      }
      return;
    }
    const at = this.#waiting.findIndex(({ kind }) => kind === message.kind);
    if (at === -1) return;
    const [waiting] = this.#waiting.splice(at, 1);
    waiting!.settled();
    waiting!.resolve(message);
  }
}

export class Speakers {
  readonly senders = new Speaker();
  readonly sinks = new Speaker();
  /** By place in the table: when its change was sent, and when it was first seen at a sink. 0: not yet. */
  sentAt: Float64Array = new Float64Array(0);
  seenAt: Float64Array = new Float64Array(0);

  async use(table: Table): Promise<void> {
    this.sentAt = new Float64Array(new SharedArrayBuffer(8 * table.count));
    this.seenAt = new Float64Array(new SharedArrayBuffer(8 * table.count));
    const message: ToSpeaker = { kind: "table", table, sentAt: this.sentAt, seenAt: this.seenAt };
    await Promise.all([this.senders.ask(message, "done"), this.sinks.ask(message, "done")]);
  }

  async reports(): Promise<SessionReport[]> {
    const reports = await Promise.all(
      [this.senders, this.sinks].map((speaker) => speaker.ask({ kind: "report" }, "report")),
    );
    return reports.flatMap(({ sessions }) => sessions);
  }

  async close(): Promise<void> {
    await Promise.all([this.senders, this.sinks].map((speaker) => speaker.ask({ kind: "close" }, "done")));
  }

  terminate(): void {
    this.senders.terminate();
    this.sinks.terminate();
  }
}

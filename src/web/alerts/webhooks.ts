/**
 * Delivers messages to webhooks. Each webhook has a bounded queue of its own, in order: one that does not answer delays
 * nobody else. What fails for now is tried again, later and later; what the other side refuses is given up.
 */

import type { Delivery } from "../../store/mod.ts";
import type { Millis } from "../../types/mod.ts";

/** Where a message goes. Its URL may be a secret: it never stands in a text for people. */
export interface WebhookTarget {
  /** The name of the alert, and the place of the webhook among those of this alert. */
  readonly key: string;
  /** Reads the URL. Throws an error in words where it cannot be read. */
  url(): string;
}

/** What the other side said; throws an error in words where there is no answer. */
export type Send = (url: string, body: string) => Promise<{ readonly status: number; readonly retryAfterMs?: Millis }>;

export interface WebhookPorts {
  readonly send: Send;
  /** Wall-clock time. */
  readonly now: () => Millis;
  readonly later: (ms: Millis, work: () => void) => void;
  readonly delivered: (delivery: Delivery) => void;
  readonly retry: (delivery: Delivery, attempts: number, nextAt: Millis, error: string) => void;
  readonly gaveUp: (delivery: Delivery, error: string) => void;
}

/** So many messages wait for one webhook; the oldest go where there are more. */
export const mostWaiting = 500;
const firstPauseMs: Millis = 1_000;
const longestPauseMs: Millis = 300_000;
/** A message that nobody takes for so long is given up. */
const longestMs: Millis = 86_400_000;

interface Queue {
  readonly target: WebhookTarget;
  waiting: Delivery[];
  isBusy: boolean;
}

export class Webhooks {
  readonly #ports: WebhookPorts;
  readonly #queues: ReadonlyMap<string, Queue>;
  readonly counts = { delivered: 0, failed: 0, retries: 0 };
  #isClosed = false;

  constructor(targets: readonly WebhookTarget[], ports: WebhookPorts) {
    this.#ports = ports;
    this.#queues = new Map(targets.map((target) => [target.key, { target, waiting: [], isBusy: false }]));
  }

  /** How many messages wait. */
  get waiting(): number {
    return this.#queues.values().reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  add(delivery: Delivery): void {
    const queue = this.#queues.get(delivery.target);
    if (queue === undefined) return this.#giveUp(delivery, "the webhook is no longer configured");
    queue.waiting.push(delivery);
    // The first one may be under way.
    if (queue.waiting.length > mostWaiting) {
      for (const oldest of queue.waiting.splice(1, 1)) this.#giveUp(oldest, `more than ${mostWaiting} messages wait`);
    }
    this.#next(queue);
  }

  close(): void {
    this.#isClosed = true;
  }

  #next(queue: Queue): void {
    const [first] = queue.waiting;
    if (queue.isBusy || this.#isClosed || first === undefined) return;
    queue.isBusy = true;
    const waitMs = Math.max(0, first.nextAt - this.#ports.now());
    const work = () => void this.#attempt(queue, first);
    if (waitMs === 0) work();
    else this.#ports.later(Math.min(waitMs, longestPauseMs), work);
  }

  /** Never rejects. */
  async #attempt(queue: Queue, delivery: Delivery): Promise<void> {
    if (this.#isClosed) return;
    const outcome = await this.#send(queue.target, delivery);
    if (this.#isClosed) return;
    queue.isBusy = false;
    if (outcome.kind === "later") {
      const { attempts } = delivery;
      const pauseMs = Math.min(longestPauseMs, outcome.pauseMs ?? firstPauseMs * 2 ** Math.min(attempts, 20));
      const nextAt = this.#ports.now() + pauseMs;
      this.counts.retries++;
      queue.waiting[0] = { ...delivery, attempts: attempts + 1, nextAt };
      this.#ports.retry(delivery, attempts + 1, nextAt, outcome.error);
    } else {
      queue.waiting.shift();
      if (outcome.kind === "refused") this.#giveUp(delivery, outcome.error);
      else {
        this.counts.delivered++;
        this.#ports.delivered(delivery);
      }
    }
    this.#next(queue);
  }

  async #send(target: WebhookTarget, { body, at }: Delivery): Promise<Outcome> {
    const failed = (error: string, pauseMs?: Millis): Outcome => {
      if (this.#ports.now() - at >= longestMs) return { kind: "refused", error: `${error}; given up after a day` };
      return { kind: "later", error, pauseMs };
    };
    try {
      const { status, retryAfterMs } = await this.#ports.send(target.url(), body);
      if (status >= 200 && status < 300) return { kind: "taken" };
      if (status >= 300 && status < 400) {
        return { kind: "refused", error: `it answered ${status}: bgpd web follows no redirect` };
      }
      if (status === 408 || status === 429 || status >= 500) return failed(`it answered ${status}`, retryAfterMs);
      return { kind: "refused", error: `it answered ${status}` };
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  #giveUp(delivery: Delivery, error: string): void {
    this.counts.failed++;
    this.#ports.gaveUp(delivery, error);
  }
}

type Outcome =
  | { readonly kind: "taken" }
  | { readonly kind: "later"; readonly error: string; readonly pauseMs: Millis | undefined }
  | { readonly kind: "refused"; readonly error: string };

const answerMs: Millis = 10_000;

/** Sends a message over HTTP. No error names the URL. */
export function sender(version: string): Send {
  return async (url, body) => {
    let response: Response;
    try {
      response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "user-agent": `bgpd/${version}` },
        body,
        // Another place may be anybody.
        redirect: "manual",
        signal: AbortSignal.timeout(answerMs),
      });
    } catch (error) {
      throw new Error(wordsOf(error), { cause: error });
    }
    const after = Number(response.headers.get("retry-after") ?? NaN);
    await response.body?.cancel();
    return { status: response.status, ...Number.isFinite(after) && { retryAfterMs: Math.max(1, after) * 1000 } };
  };
}

function wordsOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `no answer within ${answerMs / 1000} s`;
  const text = error instanceof Error ? error.message : String(error);
  return `it cannot be reached: ${text.replaceAll(/\(?https?:\/\/[^\s)]*\)?:?/g, "").replaceAll(/\s+/g, " ").trim()}`;
}

/** The inside of a worker of alerts: looks some times a second, and, in the role of the desk, remembers and reports. */

import { AlertMemory, StoreError } from "../../store/mod.ts";
import type { Millis } from "../../types/mod.ts";
import type { AlertsOpening, FromAlerts, FromSlow, ToAlerts } from "./alert_messages.ts";
import { Desk } from "./desk.ts";
import { isSlow, Looks } from "./looks.ts";
import { RouteCounts } from "./route_counts.ts";
import { sender } from "./webhooks.ts";

const tickMs: Millis = 200;
/** So often it is tried to become the desk: another process may be it, or the file cannot be written yet. */
const againMs: Millis = 5_000;

export class AlertsHost {
  readonly #post: (message: FromAlerts) => void;
  #desk: Desk | undefined;
  #looks: Looks | undefined;
  #lock: Deno.FsFile | undefined;
  #refusal: string | undefined;
  #status = "";

  constructor(post: (message: FromAlerts) => void) {
    this.#post = post;
  }

  handle(message: ToAlerts): void {
    switch (message.kind) {
      case "open":
        return void this.#run(message.opening);
      case "found":
        return this.#desk?.take(message.name, message.found);
      case "problem":
        return this.#desk?.problem(message.name, message.text);
      case "begins":
        return;
    }
  }

  /** Never ends, never rejects. */
  async #run(opening: AlertsOpening): Promise<void> {
    for (;;) {
      try {
        if (this.#looks === undefined) this.#open(opening);
        await this.#looks?.tick();
        this.#report();
      } catch (error) {
        const text = error instanceof Error ? error.stack ?? error.message : String(error);
        this.#post({ kind: "bug", text });
      }
      await new Promise((resolve) => setTimeout(resolve, this.#looks === undefined ? againMs : tickMs));
    }
  }

  #open(opening: AlertsOpening): void {
    const { role, database, alerts } = opening;
    if (role === "slow") {
      this.#looks = new Looks(database, alerts.filter(isSlow), this.#slowPorts((message) => this.#post(message)));
      return;
    }
    try {
      this.#openDesk(opening);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#refuse(error.message);
    }
  }

  #openDesk({ database, memory: path, alerts, url, title, version }: AlertsOpening): void {
    if (!this.#isAlone(`${path}.lock`)) {
      return this.#refuse(`another bgpd web looks after the alerts: it has locked ${path}.lock`);
    }
    const memory = new AlertMemory(path);
    const desk = new Desk({ alerts, memory, url, title }, {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      later: (ms, work) => void setTimeout(work, ms),
      newId: () => crypto.getRandomValues(new Uint8Array(9)).toBase64({ alphabet: "base64url" }),
      send: sender(version),
      readFile: (file) => Deno.readTextFileSync(file),
      append: (file, text) => Deno.writeTextFileSync(file, text, { append: true, create: true }),
      warn: (text) => this.#post({ kind: "warn", text }),
    });
    this.#desk = desk;
    this.#looks = new Looks(database, alerts.filter((alert) => !isSlow(alert)), {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      isWanted: (name) => desk.isWanted(name),
      found: (name, found) => desk.take(name, found),
      problem: (name, text) => desk.problem(name, text),
      keepCounts: (name, samples, from) => desk.keepCounts(name, samples, from),
    }, (alert) => alert.kind === "route-count" ? new RouteCounts(alert, memory.counts(alert.name)) : undefined);
  }

  #slowPorts(post: (message: FromSlow) => void): ConstructorParameters<typeof Looks>[2] {
    return {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      isWanted: () => false,
      begins: (name) => post({ kind: "begins", name }),
      found: (name, found) => post({ kind: "found", name, found }),
      problem: (name, text) => post({ kind: "problem", name, text }),
      keepCounts: () => {},
    };
  }

  /** Says once why there are no alerts. */
  #refuse(why: string): void {
    if (why !== this.#refusal) this.#post({ kind: "warn", text: `no alerts: ${why}; bgpd web keeps trying` });
    this.#refusal = why;
  }

  /** Two processes would report everything twice. The lock goes with the process. */
  #isAlone(path: string): boolean {
    try {
      this.#lock ??= Deno.openSync(path, { create: true, write: true, mode: 0o600 });
      return this.#lock.tryLockSync(true);
    } catch (error) {
      throw new StoreError(`${path} cannot be opened: ${error instanceof Error ? error.message : error}`);
    }
  }

  #report(): void {
    if (this.#desk === undefined) return;
    const { status } = this.#desk;
    const text = JSON.stringify(status);
    if (text !== this.#status) this.#post({ kind: "status", status });
    this.#status = text;
  }
}

/** The inside of a worker of alerts: it looks some times a second; one of them is the register, too. */

import { AlertMemory, StoreError } from "../../store/mod.ts";
import type { Millis } from "../../types/mod.ts";
import type { AlertsOpening, FromAlerts, FromSlow, ToAlerts } from "./alert_messages.ts";
import { AlertRegister } from "./register.ts";
import { isSlow, Looks } from "./looks.ts";
import { RouteCounts } from "./route_counts.ts";
import { sender } from "./webhooks.ts";

const tickMs: Millis = 200;
/** So often the register is opened again: another process may have it, or the file cannot be written yet. */
const againMs: Millis = 5_000;

export class AlertsHost {
  readonly #post: (message: FromAlerts) => void;
  #register: AlertRegister | undefined;
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
        return this.#register?.take(message.name, message.found);
      case "problem":
        return this.#register?.problem(message.name, message.text);
      case "begins":
        return;
    }
  }

  /** Never ends, never rejects. */
  async #run(opening: AlertsOpening): Promise<void> {
    for (;;) {
      try {
        if (this.#looks === undefined) this.#open(opening);
        this.#looks?.tick();
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
      this.#openRegister(opening);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#refuse(`${error.message} (database in [web] can name another file)`);
    }
  }

  #openRegister({ database, memory: path, alerts, url, title, version }: AlertsOpening): void {
    if (!this.#isAlone(`${path}.lock`)) {
      return this.#refuse(`another bgpd web looks after the alerts: it has locked ${path}.lock`);
    }
    const memory = new AlertMemory(path);
    const register = new AlertRegister({ alerts, memory, url, title }, {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      later: (ms, work) => void setTimeout(work, ms),
      newId: () => crypto.getRandomValues(new Uint8Array(9)).toBase64({ alphabet: "base64url" }),
      send: sender(version),
      readFile: (file) => Deno.readTextFileSync(file),
      append: (file, text) => Deno.writeTextFileSync(file, text, { append: true, create: true }),
      warn: (text) => this.#post({ kind: "warn", text }),
    });
    this.#register = register;
    this.#looks = new Looks(database, alerts.filter((alert) => !isSlow(alert)), {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      isWanted: (name) => register.isWanted(name),
      found: (name, found) => register.take(name, found),
      problem: (name, text) => register.problem(name, text),
      keepCounts: (name, samples, from) => register.keepCounts(name, samples, from),
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
    if (this.#register === undefined) return;
    const { status } = this.#register;
    const text = JSON.stringify(status);
    if (text !== this.#status) this.#post({ kind: "status", status });
    this.#status = text;
  }
}

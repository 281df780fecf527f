/** The workers of alerts, as the serving thread sees them. Without alerts there are none. */

import type { AlertSettings, WebSettings } from "../../config/mod.ts";
import { webDatabaseOf } from "../../store/mod.ts";
import type { Millis } from "../../types/mod.ts";
import type { AlertsOpening, FromAlerts, ToAlerts } from "./alert_messages.ts";
import type { AlertsStatus } from "./register.ts";
import { isSlow } from "./looks.ts";

export interface AlertsPort {
  post(message: ToAlerts): void;
  terminate(): void;
}

export interface AlertsOptions {
  readonly database: string;
  readonly alerts: readonly AlertSettings[];
  readonly settings: Pick<WebSettings, "url" | "title" | "database">;
  readonly version: string;
  readonly start: (name: string, onMessage: (message: FromAlerts) => void) => AlertsPort;
  readonly warn: (text: string) => void;
  readonly onBug: (text: string) => void;
}

/** A query that runs for so long is reported: nothing can end it, and the other slow alerts wait for it. */
const patienceMs: Millis = 60_000;

export class Alerts {
  readonly #options: AlertsOptions;
  readonly #ports: AlertsPort[] = [];
  #status: AlertsStatus | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  /** The alert whose look took too long. */
  #late: string | undefined;

  constructor(options: AlertsOptions) {
    this.#options = options;
    const { alerts, start } = options;
    if (alerts.length === 0) return;
    const register = start("web alerts", (message) => this.#fromWorker(message));
    this.#ports.push(register);
    register.post({ kind: "open", opening: this.#opening("register") });
    if (!alerts.some(isSlow)) return;
    const slow = start("web slow alerts", (message) => this.#fromSlow(message, register));
    this.#ports.push(slow);
    slow.post({ kind: "open", opening: this.#opening("slow") });
  }

  /** `undefined`: there are no alerts, or none has been looked at. */
  get status(): AlertsStatus | undefined {
    return this.#status;
  }

  close(): void {
    clearTimeout(this.#patience);
    for (const port of this.#ports) port.terminate();
  }

  #opening(role: AlertsOpening["role"]): AlertsOpening {
    const { database, alerts, settings, version } = this.#options;
    const { url, title } = settings;
    return { role, database, memory: settings.database ?? webDatabaseOf(database), alerts, url, title, version };
  }

  #fromSlow(message: FromAlerts, register: AlertsPort): void {
    clearTimeout(this.#patience);
    if (message.kind === "begins") {
      const { name } = message;
      this.#patience = setTimeout(() => {
        this.#late = name;
        const text = `its look takes more than ${patienceMs / 1000} s: make its query faster`;
        register.post({ kind: "problem", name, text });
      }, patienceMs);
    } else if (message.kind === "found" || message.kind === "problem") {
      if (this.#late !== undefined) register.post({ kind: "problem", name: this.#late, text: undefined });
      this.#late = undefined;
      register.post(message);
    } else this.#fromWorker(message);
  }

  #fromWorker(message: FromAlerts): void {
    switch (message.kind) {
      case "status":
        this.#status = message.status;
        return;
      case "warn":
        return this.#options.warn(message.text);
      case "bug":
        return this.#options.onBug(message.text);
    }
  }
}

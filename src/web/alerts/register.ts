/**
 * What comes of looks: which alerts begin and end. It remembers them, and writes messages for webhooks and lines for
 * files. A restart finds everything again.
 */

import type { AlertSettings } from "../../config/mod.ts";
import { type AlertMemory, type AlertRecord, type CountSample, type Delivery, StoreError } from "../../store/mod.ts";
import type { Millis } from "../../types/mod.ts";
import { AlertStates } from "./alert_states.ts";
import type { Found, Wrong } from "./found.ts";
import { jsonMessage, slackMessage } from "./message.ts";
import { type Send, Webhooks, type WebhookTarget } from "./webhooks.ts";

export interface RegisterOptions {
  readonly alerts: readonly AlertSettings[];
  readonly memory: AlertMemory;
  readonly url: string | undefined;
  readonly title: string;
}

export interface RegisterPorts {
  readonly now: () => Millis;
  readonly monotonic: () => Millis;
  readonly later: (ms: Millis, work: () => void) => void;
  readonly newId: () => string;
  readonly send: Send;
  readonly readFile: (path: string) => string;
  readonly append: (path: string, line: string) => void;
  readonly warn: (text: string) => void;
}

/** What the metrics say. */
export interface AlertsStatus {
  /** By severity. */
  readonly firing: Readonly<Record<string, number>>;
  readonly pending: number;
  readonly fired: number;
  readonly ended: number;
  readonly delivered: number;
  readonly failed: number;
  readonly waiting: number;
  /** How many alerts cannot be looked at. */
  readonly problems: number;
}

/** So many subjects of an alert that begin or end at the same time have a message each. */
export const mostMessages = 20;

interface Watch {
  readonly alert: AlertSettings;
  readonly states: AlertStates;
  /** What fires, by subject. */
  readonly firing: Map<string, AlertRecord>;
}

export class AlertRegister {
  readonly #options: RegisterOptions;
  readonly #ports: RegisterPorts;
  readonly #watches: ReadonlyMap<string, Watch>;
  readonly #webhooks: Webhooks;
  readonly #problems = new Map<string, string>();
  #fired = 0;
  #ended = 0;
  #memoryError: string | undefined;
  /** Numbers of messages that could not be stored. */
  #unstored = 0;

  constructor(options: RegisterOptions, ports: RegisterPorts) {
    this.#options = options;
    this.#ports = ports;
    const { alerts, memory } = options;
    const before = Map.groupBy(memory.firing(), ({ name }) => name);
    this.#watches = new Map(alerts.map((alert) => [alert.name, watchOf(alert, before.get(alert.name) ?? [])]));
    for (const [name, records] of before) {
      // Nobody watches it any more.
      if (!this.#watches.has(name)) { for (const { id } of records) this.#keep(() => memory.end(id, ports.now())); }
    }
    this.#keep(() => {
      memory.forgetProblems();
      memory.keepCountsOf(alerts.map(({ name }) => name));
    });
    this.#webhooks = new Webhooks(alerts.flatMap((alert) => targetsOf(alert, ports.readFile)), {
      send: ports.send,
      now: ports.now,
      later: ports.later,
      delivered: (delivery) => this.#keep(() => memory.delivered(delivery)),
      retry: (delivery, attempts, nextAt, error) => {
        this.#keep(() => memory.retry(delivery, attempts, nextAt, error));
        if (attempts === 1) ports.warn(`${delivery.target}: ${error}; bgpd web tries again`);
      },
      gaveUp: (delivery, error) => {
        this.#keep(() => memory.giveUp(delivery, error));
        ports.warn(`${delivery.target}: a message is lost: ${error}`);
      },
    });
    for (const delivery of memory.waiting()) this.#webhooks.add(delivery);
  }

  /** True where time may have turned an alert, so that it waits for a look. */
  isWanted(name: string): boolean {
    const at = this.#watches.get(name)?.states.nextAt;
    return at !== undefined && at <= this.#ports.monotonic();
  }

  /** Takes what a look found. */
  take(name: string, found: Found): void {
    const watch = this.#watches.get(name);
    if (watch === undefined) return;
    const wrong = new Map(found.wrong.map((each) => [each.subject, each]));
    const { unknown } = found;
    const { fired, ended } = watch.states.take({
      has: (subject) => wrong.has(subject),
      isKnown: (subject) => unknown !== "others" && !unknown.includes(subject),
      subjects: () => wrong.keys(),
    }, this.#ports.monotonic());
    this.#update(watch, wrong);
    if (fired.length + ended.length === 0) return;
    // An alert without its messages would be one that nobody hears of.
    this.#keep(() => this.#options.memory.begin());
    const begun = fired.flatMap((subject) => {
      const each = wrong.get(subject);
      return each === undefined ? [] : [this.#begin(watch, each)];
    });
    const over = ended.flatMap((subject) => {
      const record = watch.firing.get(subject);
      return record === undefined ? [] : [this.#end(watch, record)];
    });
    this.#fired += begun.length;
    this.#ended += over.length;
    for (const records of [begun, over]) this.#report(watch.alert, records);
    this.#keep(() => this.#options.memory.commit());
  }

  /** Why an alert cannot be looked at; `undefined`: it can. */
  problem(name: string, text: string | undefined): void {
    if (text === undefined) this.#problems.delete(name);
    else {
      this.#problems.set(name, text);
      this.#ports.warn(`the alert "${name}" cannot be looked at: ${text}`);
    }
    this.#keep(() => this.#options.memory.problem(name, text, this.#ports.now()));
  }

  keepCounts(name: string, samples: readonly CountSample[], from: Millis): void {
    this.#keep(() => this.#options.memory.keepCounts(name, samples, from));
  }

  get status(): AlertsStatus {
    const firing: Record<string, number> = { info: 0, warning: 0, critical: 0 };
    let pending = 0;
    for (const { alert, firing: records, states } of this.#watches.values()) {
      firing[alert.severity] = (firing[alert.severity] ?? 0) + records.size;
      pending += states.pending;
    }
    const { delivered, failed } = this.#webhooks.counts;
    return {
      firing,
      pending,
      fired: this.#fired,
      ended: this.#ended,
      delivered,
      failed,
      waiting: this.#webhooks.waiting,
      problems: this.#problems.size,
    };
  }

  close(): void {
    this.#webhooks.close();
  }

  #begin({ alert, firing }: Watch, { subject, text, since, prefix, peers, origin, asPath }: Wrong): AlertRecord {
    const { name, kind, severity } = alert;
    const firedAt = this.#ports.now();
    const record: AlertRecord = {
      ...{ id: this.#ports.newId(), name, kind, severity, subject, text, since: since ?? firedAt, firedAt },
      ...{ until: null, prefix, peers, origin, asPath, delivered: 0, failed: 0, error: null },
    };
    firing.set(subject, record);
    this.#keep(() => this.#options.memory.fire(record));
    return record;
  }

  #end({ firing }: Watch, record: AlertRecord): AlertRecord {
    const ended = { ...record, until: this.#ports.now() };
    firing.delete(record.subject);
    this.#keep(() => this.#options.memory.end(record.id, ended.until));
    return ended;
  }

  /** What is seen of alerts that go on: another peer, another path. */
  #update({ firing }: Watch, wrong: ReadonlyMap<string, Wrong>): void {
    for (const [subject, record] of firing) {
      const now = wrong.get(subject);
      if (now === undefined || now.text === record.text) continue;
      const { text, peers, origin, asPath } = now;
      const next = { ...record, text, peers, origin, asPath };
      firing.set(subject, next);
      this.#keep(() => this.#options.memory.update(next));
    }
  }

  /** Records of one alert that began, or ended, at the same time. */
  #report(alert: AlertSettings, records: readonly AlertRecord[]): void {
    const { url, title } = this.#options;
    const context = (i: number) => ({ url, title, more: i === mostMessages - 1 ? records.length - mostMessages : 0 });
    const format = alert.format === "slack" ? slackMessage : jsonMessage;
    const keys = targetsOf(alert, this.#ports.readFile).map(({ key }) => key);
    for (const [i, record] of records.slice(0, mostMessages).entries()) {
      const body = format(record, context(i));
      for (const target of keys) this.#webhooks.add(this.#queued({ alertId: record.id, target, body }));
    }
    const { file } = alert;
    if (file === undefined || records.length === 0) return;
    try {
      this.#ports.append(file, records.map((record) => `${jsonMessage(record, { url, title, more: 0 })}\n`).join(""));
    } catch (error) {
      this.#ports.warn(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #queued(message: Pick<Delivery, "alertId" | "target" | "body">): Delivery {
    const at = this.#ports.now();
    const whole = { ...message, at, nextAt: at };
    return this.#keep(() => this.#options.memory.queue(whole)) ??
      { ...whole, id: -(++this.#unstored), attempts: 0 };
  }

  /** Where the memory cannot be written, alerts go on without it. */
  #keep<T>(work: () => T): T | undefined {
    try {
      const result = work();
      this.#memoryError = undefined;
      return result;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.message !== this.#memoryError) {
        this.#ports.warn(`${error.message}: a restart would not know what bgpd web reports now`);
      }
      this.#memoryError = error.message;
      return undefined;
    }
  }
}

function watchOf(alert: AlertSettings, records: readonly AlertRecord[]): Watch {
  const firing = new Map(records.map((record) => [record.subject, record]));
  const times = { holdDownMs: alert.holdDownSeconds * 1000, recoveryMs: alert.recoverySeconds * 1000 };
  return { alert, states: new AlertStates(times, firing.keys()), firing };
}

/** A key names the place of a webhook, since its URL may be a secret. */
function targetsOf(
  { name, webhooks, webhookFiles }: AlertSettings,
  readFile: (path: string) => string,
): WebhookTarget[] {
  return [
    ...webhooks.map((url, i) => ({ key: `webhook ${i + 1} of "${name}"`, url: () => url })),
    ...webhookFiles.map((path, i) => ({
      key: `webhook file ${i + 1} of "${name}"`,
      url: () => urlIn(path, readFile(path)),
    })),
  ];
}

function urlIn(path: string, text: string): string {
  const url = text.trim();
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new Error(`${path} does not contain a URL`);
  return url;
}

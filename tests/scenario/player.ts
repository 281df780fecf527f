/**
 * Plays scenarios: a session of `src/session` in virtual time, line by line: what happens, and what the session should
 * do.
 *
 *     scenario RFC 4271 §6.5: a silent peer is dropped when the hold time is over
 *     config hold 90
 *     given Established A
 *     at 90s expect NOTIFICATION 4/0 A, close A, down hold timer, state Idle
 *
 * `given STATE [A]` takes the usual way to a state and forgets what was sent on it. `at TIME` lets time pass first:
 * every timer due on the way fires at its very moment. `expect` names all effects since the last line, in order and at
 * that time: an effect that no line expects is a failure. Notes for people are free. `at 60s expect nothing` is the
 * negative.
 *
 * Events: start [automatic], stop [CODE/SUBCODE], connected A, connect failed, accepted A, closed A,
 *   open A [as N] [id ADDRESS] [hold N] [capabilities none|plain|families NAME+NAME] [restarting] [role NAME|NUMBER+…],
 *   keepalive A, update A, refresh A,
 *   notification A CODE/SUBCODE [data HEX], fault A CODE/SUBCODE, pending A, sent A.
 *   `every 30s until 300s EVENT` repeats one. `ignore KEEPALIVE`: ours go unmentioned from here on.
 * Effects: connect, cancel connect, OPEN A, OPEN A without capabilities, OPEN A role NAME, KEEPALIVE A, NOTIFICATION
 * C/S [data HEX] A,
 *   close A, state STATE, established A, down REASON, note TEXT (a part of it), nothing.
 * Config: see {@link configKeys}.
 */

import assert from "node:assert/strict";
import {
  type Capability,
  decodeNotification,
  decodeOpen,
  type Notification,
  type Open,
  roleNames,
} from "../../src/message/mod.ts";
import {
  createSession,
  type DownReason,
  type Effect,
  handle,
  localOpen,
  nextDeadline,
  type Session,
  type SessionConfig,
  type SessionEvent,
  type State,
} from "../../src/session/mod.ts";
import { familyByName, familyMask, parseIpv4Number } from "../../src/types/mod.ts";

export const baseConfig: SessionConfig = {
  localAsn: 65000,
  remoteAsn: 65001,
  routerId: parseIpv4Number("10.0.0.1")!,
  holdTimeSeconds: 90,
  connectRetrySeconds: 120,
  idleHoldSeconds: 5,
  idleHoldMaxSeconds: 60,
  sendHoldSeconds: 480,
  passive: false,
  delayOpenSeconds: 0,
  families: [1, 2],
  addPathReceive: 0,
  addPathSend: 0,
  extendedNextHop: 0,
  role: undefined,
  roleStrict: false,
  extraCapabilities: [],
};

/** RFC 4724 with both families and N (RFC 8538). */
function graceful(restarting: boolean): Capability {
  const families = [1, 2].map((afi) => ({ afi, safi: 1, forwarding: true }));
  return { kind: "gracefulRestart", restarting, notification: true, restartSeconds: 120, families };
}

/** What `config` lines may say. `jitter` is the factor every jittered timer gets, 0.75 to 1. */
const configKeys: Record<string, (text: string) => Partial<SessionConfig>> = {
  "hold": (text) => ({ holdTimeSeconds: Number(text) }),
  "send hold": (text) => ({ sendHoldSeconds: Number(text) }),
  "connect retry": (text) => ({ connectRetrySeconds: Number(text) }),
  "idle hold": (text) => ({ idleHoldSeconds: Number(text) }),
  "idle hold max": (text) => ({ idleHoldMaxSeconds: Number(text) }),
  "delay open": (text) => ({ delayOpenSeconds: Number(text) }),
  "local as": (text) => ({ localAsn: Number(text) }),
  "remote as": (text) => ({ remoteAsn: text === "any" ? undefined : Number(text) }),
  "id": (text) => ({ routerId: parseIpv4Number(text)! }),
  "graceful": (text) => ({ extraCapabilities: text === "yes" ? [graceful(false)] : [] }),
  "passive": (text) => ({ passive: text === "yes" }),
  "families": (text) => ({ families: text.split("+").map((name) => familyByName(name)!.id) }),
  "role": (text) => ({ role: roleNames.find((name) => name === text) }),
  "role strict": (text) => ({ roleStrict: text === "yes" }),
  "add-path receive": (text) => ({ addPathReceive: familyMask([familyByName(text)!.id]) }),
};

/** One scenario of a file. */
export interface Scenario {
  readonly title: string;
  readonly lines: readonly { readonly number: number; readonly text: string }[];
}

/** Splits a file into its scenarios. `#` begins a comment. */
export function readScenarios(text: string): Scenario[] {
  const scenarios: { title: string; lines: { number: number; text: string }[] }[] = [];
  text.split("\n").forEach((raw, index) => {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    if (line.startsWith("scenario ")) scenarios.push({ title: line.slice("scenario ".length), lines: [] });
    else if (line !== "") scenarios.at(-1)!.lines.push({ number: index + 1, text: line });
  });
  return scenarios;
}

/** Plays one scenario; throws an error that names the line. */
export function play(scenario: Scenario): Player {
  const player = new Player();
  player.play(scenario.lines);
  return player;
}

/** Plays text that needs no title: a scenario of a test in TypeScript. */
export function playText(text: string): Player {
  const player = new Player();
  player.lines(text);
  return player;
}

interface Seen {
  readonly at: number;
  readonly effect: Effect;
}

export class Player {
  now = 0;
  #config = baseConfig;
  #jitter = 1;
  #session: Session | undefined;
  #seen: Seen[] = [];
  #ignored = new Set<string>();
  readonly #ids = new Map<string, number>();

  get session(): Session {
    return this.#session ??= createSession(this.#config, () => (this.#jitter - 0.75) * 4);
  }

  /** Plays lines; after the last one nothing may be left over. */
  play(lines: Scenario["lines"]): void {
    for (const { number, text } of lines) {
      try {
        this.#line(text);
      } catch (error) {
        if (error instanceof Error) error.message = `line ${number}: ${text}\n${error.message}`;
        throw error;
      }
    }
    this.#noneLeft();
  }

  lines(text: string): void {
    const lines = text.split("\n").map((line, index) => ({ number: index + 1, text: line.trim() }));
    this.play(lines.filter((line) => line.text !== ""));
  }

  #line(text: string): void {
    const at = /^at ([\d.]+)s\s+(.*)$/.exec(text);
    if (at !== null) {
      this.#noneLeft();
      this.#advance(Number(at[1]) * 1000);
      text = at[2]!;
    }
    const [, verb, rest] = /^(\S+)\s*(.*)$/.exec(text)!;
    switch (verb) {
      case "config":
        return this.#configure(rest!);
      case "given":
        return this.#given(rest!);
      case "expect":
        return this.#expect(rest!);
      case "ignore":
        this.#ignored.add(rest!);
        return;
      case "every":
        return this.#every(rest!);
      default:
        if (at === null) this.#noneLeft();
        this.send(this.event(text));
    }
  }

  send(event: SessionEvent): void {
    for (const effect of handle(this.session, event, this.now)) this.#seen.push({ at: this.now, effect });
  }

  /** The event a line tells of. */
  event(text: string): SessionEvent {
    const [verb, name = "", ...more] = text.split(/\s+/);
    const connection = this.id(name);
    switch (verb) {
      case "start":
        return { kind: "start", automatic: name === "automatic" };
      case "stop":
        return { kind: "stop", notification: notification(name || "6/2") };
      case "connect":
        return { kind: "connectFailed", reason: "connection refused" };
      case "connected":
      case "accepted":
      case "keepalive":
      case "update":
        return { kind: verb, connection };
      case "refresh":
        return { kind: "routeRefresh", connection };
      case "closed":
        return { kind: "closed", connection, reason: "connection reset by peer" };
      case "open":
        return { kind: "open", connection, open: this.#open(more.join(" ")) };
      case "notification":
      case "fault":
        return { kind: verb, connection, notification: notification(more[0]!, more[1] === "data" ? more[2] : "") };
      case "pending":
        return { kind: "dataPending", connection };
      case "sent":
        return { kind: "sent", connection, drained: true };
      default:
        throw new Error(`no event: ${text}`);
    }
  }

  /** The connection with this name. */
  id(name: string): number {
    if (!this.#ids.has(name)) this.#ids.set(name, this.#ids.size + 1);
    return this.#ids.get(name)!;
  }

  #name(id: number): string {
    for (const [name, other] of this.#ids) if (other === id) return name;
    return `#${id}`;
  }

  /** The peer's OPEN: what ours would be on its side, unless the words say otherwise. */
  #open(words: string): Open {
    const word = (key: string) => new RegExp(`(?:^| )${key} (\\S+)`).exec(words)?.[1];
    const asn = Number(word("as") ?? this.#config.remoteAsn ?? 65001);
    // A role is no mirror image; it is announced where a line says so.
    const mirrored = localOpen({ ...this.#config, localAsn: asn, role: undefined }).capabilities;
    const families = /capabilities families (.*)$/.exec(words)?.[1];
    let capabilities: readonly Capability[] = mirrored;
    if (families !== undefined) {
      capabilities = families.split("+").map((name) => {
        const { afi, safi } = familyByName(name)!;
        return { kind: "multiprotocol", afi, safi };
      });
    } else if (word("capabilities") === "none") capabilities = [];
    const roles = word("role")?.split("+").map((role): Capability => {
      const code = roleNames.findIndex((name) => name === role);
      return { kind: "role", role: code === -1 ? Number(role) : code };
    });
    if (roles !== undefined) capabilities = [...capabilities, ...roles];
    if (/(?:^| )restarting$/.test(words)) {
      capabilities = capabilities.map((each) => each.kind === "gracefulRestart" ? graceful(true) : each);
    }
    return {
      version: 4,
      asn,
      holdTimeSeconds: Number(word("hold") ?? 90),
      routerId: parseIpv4Number(word("id") ?? "10.0.0.2")!,
      capabilities,
    };
  }

  #configure(text: string): void {
    assert(this.#session === undefined, "config comes first");
    for (const part of text.split(",")) {
      const [, key, value] = /^\s*(.*?) (\S+(?: unicast\S*(?: unicast)?)?)$/.exec(part)!;
      if (key === "jitter") this.#jitter = Number(value);
      else {
        assert(key! in configKeys, `no such config: ${key}`);
        this.#config = { ...this.#config, ...configKeys[key!]!(value!) };
      }
    }
  }

  #given(text: string): void {
    const [state, name = "A"] = text.split(" ") as [State, string?];
    const ways: Record<State, string[]> = {
      Idle: [],
      Connect: ["start"],
      Active: ["start", "connect failed"],
      OpenSent: ["start", `connected ${name}`],
      OpenConfirm: ["start", `connected ${name}`, `open ${name}`],
      Established: ["start", `connected ${name}`, `open ${name}`, `keepalive ${name}`],
    };
    for (const event of ways[state]) {
      // A passive session is entered by the peer.
      const passive = this.#config.passive && event.startsWith("connected");
      this.send(this.event(passive ? event.replace("connected", "accepted") : event));
    }
    assert.equal(this.session.reported, state);
    this.#seen = [];
  }

  #every(text: string): void {
    const [, step, until, event] = /^([\d.]+)s until ([\d.]+)s (.*)$/.exec(text)!;
    for (let at = this.now + Number(step) * 1000; at <= Number(until) * 1000; at += Number(step) * 1000) {
      this.#advance(at);
      this.send(this.event(event!));
      this.#noneLeft();
    }
  }

  #advance(to: number): void {
    assert(to >= this.now, `time does not run backwards: ${this.now / 1000}s`);
    for (;;) {
      const deadline = nextDeadline(this.session);
      if (deadline === undefined || deadline > to) break;
      this.now = Math.max(this.now, deadline);
      this.send({ kind: "tick" });
      const next = nextDeadline(this.session);
      assert(next === undefined || next > this.now, "a deadline stays in the past after its tick");
    }
    this.now = to;
  }

  #expect(text: string): void {
    for (const expected of text.split(/,\s*/)) {
      if (expected === "nothing") {
        this.#noneLeft();
        continue;
      }
      if (!expected.startsWith("note ")) this.#skip();
      const next = this.#seen.shift();
      assert(next !== undefined, `expected ${expected}, but nothing more happened`);
      const forms = this.#forms(next.effect);
      const matches = expected.startsWith("note ") ? forms[0]!.includes(expected.slice(5)) : forms.includes(expected);
      assert(matches, `expected ${expected}, but saw ${forms.at(-1)} at ${next.at / 1000}s`);
      assert.equal(next.at, this.now, `${expected} came at ${next.at / 1000}s, not at ${this.now / 1000}s`);
    }
  }

  /** Drops what need not be expected. */
  #skip(): void {
    while (this.#seen.length > 0) {
      const { effect } = this.#seen[0]!;
      const free = effect.kind === "note" || (effect.kind === "send" && this.#ignored.has(effect.message));
      if (!free) return;
      this.#seen.shift();
    }
  }

  #noneLeft(): void {
    this.#skip();
    const left = this.#seen.map(({ at, effect }) => `${this.#forms(effect).at(-1)} at ${at / 1000}s`);
    assert.deepEqual(left, [], "nobody expected this");
  }

  /** The ways to write an effect, the most exact one last. */
  #forms(effect: Effect): string[] {
    switch (effect.kind) {
      case "connect":
        return ["connect"];
      case "cancelConnect":
        return ["cancel connect"];
      case "unanswered":
        return ["unanswered"];
      case "close":
        return [`close ${this.#name(effect.connection)}`];
      case "state":
        return [`state ${effect.to}`];
      case "established":
        return [`established ${this.#name(effect.connection)}`];
      case "down":
        return [`down ${describe(effect.reason)}`];
      case "note":
        return [`note ${effect.text}`];
      case "send":
        return this.#sendForms(effect);
    }
  }

  #sendForms(effect: Effect & { kind: "send" }): string[] {
    const name = this.#name(effect.connection);
    if (effect.message === "OPEN") {
      const result = decodeOpen(effect.bytes);
      assert(result.kind === "open", "we sent an OPEN that we would refuse");
      const { capabilities } = result.open;
      const roles = capabilities.filter((each) => each.kind === "role").map(({ role }) => roleNames[role]);
      if (roles.length > 0) return [`OPEN ${name} role ${roles.join("+")}`];
      return [capabilities.length === 0 ? `OPEN ${name} without capabilities` : `OPEN ${name}`];
    }
    if (effect.message === "KEEPALIVE") return [`KEEPALIVE ${name}`];
    const { code, subcode, data } = decodeNotification(effect.bytes);
    const hex = [...data].map((octet) => octet.toString(16).padStart(2, "0")).join("");
    const short = `NOTIFICATION ${code}/${subcode} ${name}`;
    return hex === "" ? [short] : [short, `NOTIFICATION ${code}/${subcode} data ${hex} ${name}`];
  }
}

export function notification(text: string, data = ""): Notification {
  const [code, subcode] = text.split("/").map(Number);
  return { code: code!, subcode: subcode!, data: Uint8Array.fromHex(data) };
}

function describe(reason: DownReason): string {
  switch (reason.kind) {
    case "notificationSent":
      return `sent ${reason.notification.code}/${reason.notification.subcode}`;
    case "notificationReceived":
      return `received ${reason.notification.code}/${reason.notification.subcode}`;
    case "holdTimerExpired":
      return "hold timer";
    case "sendHoldTimerExpired":
      return "send hold timer";
    case "connectionLost":
      return "connection lost";
  }
}

/** Random lives of a session: whatever happens, in whatever order, these laws hold. */

import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { decodeNotification, decodeOpen, type Open } from "../../../src/message/mod.ts";
import {
  connectionState,
  createSession,
  type Effect,
  handle,
  nextDeadline,
  type Session,
  type SessionConfig,
  type SessionEvent,
  state,
  timersOf,
} from "../../../src/session/mod.ts";
import { baseConfig, notification } from "../../scenario/player.ts";

/** One thing that happens. `pick` chooses among the connections there are (or were); `wait` passes before it. */
interface Happening {
  readonly event: string;
  readonly pick: number;
  readonly wait: number;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  // `comesUp` is the usual way in one go: random lives alone would hardly get to Established.
  event: fc.constantFrom(
    ...["start", "startAutomatic", "stop", "connectAnswered", "connectAnswered", "connectFailed", "accepted"],
    ...["accepted", "open", "open", "open", "open", "keepalive", "keepalive", "keepalive", "update", "refresh"],
    ...["openOfStranger", "openWithoutCapabilities", "notification", "refusal", "fault", "closed", "pending", "sent"],
    ...["ghost", "lateConnect", "comesUp", "comesUp"],
  ),
  pick: fc.nat(20),
  wait: fc.oneof(fc.constant(0), fc.nat(10_000), fc.nat(300_000)),
});

const config: fc.Arbitrary<SessionConfig> = fc.record({
  passive: fc.boolean(),
  delayOpenSeconds: fc.constantFrom(0, 0, 5),
  holdTimeSeconds: fc.constantFrom(0, 3, 90),
  sendHoldSeconds: fc.constantFrom(0, 60, 480),
  connectRetrySeconds: fc.constantFrom(0, 5, 120),
  idleHoldSeconds: fc.constantFrom(0, 5),
  routerId: fc.constantFrom(1, 0xffffffff),
}).map((choices) => ({ ...baseConfig, ...choices }));

const peerOpen: Open = {
  version: 4,
  asn: 65001,
  holdTimeSeconds: 90,
  routerId: 0x0a000002,
  capabilities: [{ kind: "multiprotocol", afi: 1, safi: 1 }],
};

/** A shell without sockets that watches every effect. */
class Watcher {
  now = 0;
  reached = new Set<string>();
  readonly session: Session;
  readonly open = new Set<number>();
  #dialing = false;
  #state = "Idle";
  #up: number | undefined;
  #epochs = 0;
  #nextConnection = 1;

  constructor(config: SessionConfig, random: () => number) {
    this.session = createSession(config, random);
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (let ticks = 0;; ticks++) {
      const deadline = nextDeadline(this.session);
      if (deadline === undefined || deadline > end) break;
      assert(ticks < 10_000, "timers spin");
      this.now = Math.max(this.now, deadline);
      this.does({ kind: "tick" });
      const next = nextDeadline(this.session);
      assert(next === undefined || next > this.now, "a deadline stays in the past after its tick");
    }
    this.now = end;
  }

  happens({ event, pick }: Happening): void {
    const known = [...this.open];
    const connection = known[pick % Math.max(1, known.length)];
    switch (event) {
      case "start":
        return this.does({ kind: "start", automatic: false });
      case "startAutomatic":
        return this.does({ kind: "start", automatic: true });
      case "stop":
        this.does({ kind: "stop", notification: notification("6/2") });
        assert.equal(state(this.session), "Idle");
        assert.equal(this.open.size, 0, "a stop leaves no connection");
        assert.equal(nextDeadline(this.session), undefined, "a stop leaves no timer");
        return;
      case "connectAnswered":
        if (this.#dialing) this.#connects("connected");
        return;
      case "lateConnect":
        // The dial was given up while it succeeded.
        if (!this.#dialing) this.#connects("connected");
        return;
      case "connectFailed":
        if (!this.#dialing) return;
        this.#dialing = false;
        return this.does({ kind: "connectFailed", reason: "refused" });
      case "accepted":
        return this.#connects("accepted");
      case "comesUp":
        return this.#comesUp();
      case "ghost":
        return this.does({ kind: "keepalive", connection: 1_000_000 + pick });
    }
    if (connection !== undefined) this.does(eventOn(connection, event));
  }

  #comesUp(): void {
    this.does({ kind: "start", automatic: false });
    const connection = this.#nextConnection;
    this.#connects(this.#dialing ? "connected" : "accepted");
    for (const event of ["open", "keepalive"]) {
      if (this.open.has(connection)) this.does(eventOn(connection, event));
    }
  }

  #connects(kind: "connected" | "accepted"): void {
    const connection = this.#nextConnection++;
    if (kind === "connected") this.#dialing = false;
    this.open.add(connection);
    this.does({ kind, connection });
  }

  does(event: SessionEvent): void {
    for (const effect of handle(this.session, event, this.now)) this.#watch(effect);
    this.#laws();
  }

  #watch(effect: Effect): void {
    switch (effect.kind) {
      case "connect":
        assert(!this.#dialing, "one dial at a time");
        assert(!this.session.config.passive, "a passive session never dials");
        this.#dialing = true;
        return;
      case "unanswered":
        assert(this.#dialing, "only a dial under way is unanswered");
        return;
      case "cancelConnect":
        assert(this.#dialing, "only a dial under way is given up");
        this.#dialing = false;
        return;
      case "send":
        assert(this.open.has(effect.connection), "nothing is sent on a closed connection");
        if (effect.message === "OPEN") assert.equal(decodeOpen(effect.bytes).kind, "open");
        if (effect.message === "NOTIFICATION") assert(decodeNotification(effect.bytes).code > 0);
        return;
      case "close":
        assert(this.open.delete(effect.connection), "a connection is closed once");
        return;
      case "state":
        assert.equal(effect.from, this.#state);
        assert.notEqual(effect.to, effect.from);
        this.#state = effect.to;
        this.reached.add(effect.to);
        return;
      case "established":
        assert.equal(this.#up, undefined, "one session at a time");
        assert.equal(effect.epoch, ++this.#epochs, "epochs grow by one");
        this.#up = effect.epoch;
        return;
      case "down":
        assert.equal(effect.epoch, this.#up, "down follows its own established, once");
        this.#up = undefined;
        return;
      case "note":
        assert.notEqual(effect.text, "");
    }
  }

  #laws(): void {
    const now = state(this.session);
    assert.equal(this.#state, now, "the last state effect is the state");
    assert.equal(this.#up !== undefined, now === "Established");
    for (const connection of this.open) assert.notEqual(connectionState(this.session, connection), undefined);
    assert(this.open.size <= 3, "connections are bounded");
    const confirmed = [...this.open].filter((id) =>
      ["OpenConfirm", "Established"].includes(connectionState(this.session, id)!)
    );
    assert(confirmed.length <= 1, "collisions are resolved at once");
    if (this.#dialing) assert.notEqual(now, "Idle");
    // Whoever runs is never stuck: a timer, a dial or the peer gets it further. Only passive sessions may wait for
    // ever.
    const waits = nextDeadline(this.session) !== undefined || this.#dialing || this.open.size > 0;
    assert(waits || !this.session.running || this.session.config.passive, "a running session never falls asleep");
    if (now !== "Idle") assert.equal(timersOf(this.session).idleHold, undefined, "damping is for Idle");
    if (this.open.size > 0) assert.equal(timersOf(this.session).connectRetry, undefined, "nothing to retry");
    for (const deadline of Object.values(timersOf(this.session))) assert(Number.isFinite(deadline));
  }
}

function eventOn(connection: number, event: string): SessionEvent {
  switch (event) {
    case "open":
      return { kind: "open", connection, open: peerOpen };
    case "openOfStranger":
      return { kind: "open", connection, open: { ...peerOpen, asn: 1 } };
    case "openWithoutCapabilities":
      return { kind: "open", connection, open: { ...peerOpen, holdTimeSeconds: 0, capabilities: [] } };
    case "keepalive":
    case "update":
      return { kind: event, connection };
    case "refresh":
      return { kind: "routeRefresh", connection };
    case "notification":
      return { kind: "notification", connection, notification: notification("6/4") };
    case "refusal":
      return { kind: "notification", connection, notification: notification("2/4") };
    case "fault":
      return { kind: "fault", connection, notification: notification("3/1") };
    case "closed":
      return { kind: "closed", connection, reason: "reset" };
    case "pending":
      return { kind: "dataPending", connection };
    case "sent":
      return { kind: "sent", connection, drained: false };
    default:
      throw new Error(`no such event: ${event}`);
  }
}

Deno.test("whatever happens to a session, its laws hold", () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(
      config,
      fc.array(happening, { maxLength: 60 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (config, life, lots) => {
        const watcher = new Watcher(config, () => lots.next().value!);
        for (const next of life) {
          watcher.pass(next.wait);
          watcher.happens(next);
        }
        watcher.pass(1_000_000);
        for (const state of watcher.reached) reached.add(state);
      },
    ),
    { numRuns: 500 },
  );
  // The canary: lives that never leave Idle would prove nothing.
  assert.deepEqual([...reached].sort(), ["Active", "Connect", "Established", "Idle", "OpenConfirm", "OpenSent"]);
});

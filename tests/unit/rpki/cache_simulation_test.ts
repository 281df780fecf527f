/**
 * A cache that changes, restarts, breaks off, sends garbage and speaks another version, in virtual time and any order.
 * What is in force is always a whole state that the cache once had, or nothing; once the cache behaves, it is the
 * cache's state of now.
 */
import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { decodePdu, encodePdu, type Pdu, type PduBody, RtrError, type RtrVersion } from "../../../src/rpki/mod.ts";
import { endOfData, notify, report, response, RtrRig, vrp } from "../../support/rtr_rig.ts";

type Action =
  | { kind: "change"; add: number; remove: number; isNotified: boolean }
  | { kind: "restart"; version: number; habit: Habit }
  | { kind: "mischief"; next: Mischief }
  | { kind: "hangUp" | "down" | "up" }
  | { kind: "pass"; seconds: number };

/** What the cache does where a query has a version above its own. */
type Habit = "report" | "reportAndClose" | "answer" | "close";
/** What the cache does instead of its next answer, or in the middle of it. */
type Mischief = "breakOff" | "garbage" | "silence" | "duplicate" | "unknown" | "noData" | "wrongSession";

const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("change" as const),
      add: fc.nat(40),
      remove: fc.nat(40),
      isNotified: fc.boolean(),
    }),
  },
  fc.record({
    kind: fc.constant("restart" as const),
    version: fc.nat(2),
    habit: fc.constantFrom<Habit>("report", "reportAndClose", "answer", "close"),
  }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("mischief" as const),
      next: fc.constantFrom<Mischief>(
        "breakOff",
        "garbage",
        "silence",
        "duplicate",
        "unknown",
        "noData",
        "wrongSession",
      ),
    }),
  },
  fc.record({ kind: fc.constantFrom("hangUp" as const, "down" as const, "up" as const) }),
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("pass" as const), seconds: fc.oneof(fc.nat(10), fc.nat(9000)) }),
  },
);

const timing = { refresh: 900, retry: 120, expire: 1800 };

class Cache {
  readonly rig = new RtrRig({ timing });
  /** Every state the cache had, as text. */
  readonly states = new Set([""]);
  isUp = true;
  mischief: Mischief | undefined;
  /** Announcements and withdrawals that contradict what it said before. */
  contradictions = 0;
  #version: RtrVersion = 2;
  #habit: Habit = "report";
  #sessionId = 1;
  #serial = 0;
  #vrps = new Set<number>();
  #history = new Map<number, ReadonlySet<number>>([[0, new Set()]]);

  get state(): string {
    return [...this.#vrps].map(vrpOf).sort().join();
  }

  play(action: Action): void {
    switch (action.kind) {
      case "change":
        this.#vrps.add(action.add);
        this.#vrps.delete(action.remove);
        this.#serial = (this.#serial + 1) >>> 0;
        this.#history.set(this.#serial, new Set(this.#vrps));
        this.states.add(this.state);
        if (action.isNotified && this.rig.session.isAgreed) this.#send(notify(this.#serial, this.#sessionId));
        break;
      case "restart":
        this.#version = action.version as RtrVersion;
        this.#habit = action.habit;
        this.#sessionId++;
        this.#serial = 4_294_967_290;
        this.#history = new Map([[this.#serial, new Set(this.#vrps)]]);
        this.rig.closed();
        break;
      case "mischief":
        this.mischief = action.next;
        break;
      case "hangUp":
        this.rig.closed();
        break;
      case "down":
      case "up":
        this.isUp = action.kind === "up";
        if (!this.isUp) this.rig.closed();
        break;
      case "pass":
        this.pass(action.seconds);
    }
    this.#react();
  }

  /** Time passes in small steps, for the shell answers at once. */
  pass(seconds: number): void {
    const until = this.rig.now + seconds * 1000;
    while (this.rig.now < until) {
      this.rig.pass(Math.min(30, (until - this.rig.now) / 1000));
      this.#react();
      this.check();
    }
  }

  check(): void {
    const now = [...this.rig.vrps].sort().join();
    assert.ok(this.states.has(now), `in force is what the cache never had: ${now}`);
    assert.ok(now === "" || this.rig.session.expiresAt! > this.rig.now, "data stay beyond their time");
  }

  /** Connections are accepted or refused, and queries answered, until nothing moves. */
  #react(): void {
    for (let turns = 0; turns < 50; turns++) {
      const { state } = this.rig.session;
      if (state === "connecting") {
        this.rig.sent.length = 0;
        this.rig.event(this.isUp ? { kind: "connected" } : { kind: "connectFailed", reason: "connection refused" });
        continue;
      }
      const query = this.rig.sent.shift();
      if (query === undefined) return this.check();
      const pdu = decodePdu(query);
      if (state === "asking" && (pdu.kind === "resetQuery" || pdu.kind === "serialQuery")) this.#answer(pdu);
    }
    assert.fail("the session does not come to rest");
  }

  #answer(query: Pdu & { kind: "resetQuery" | "serialQuery" }): void {
    if (query.version > this.#version) {
      if (this.#habit === "close") return void this.rig.closed();
      if (this.#habit !== "answer" || query.kind === "serialQuery") {
        this.rig.cacheIn(this.#version, report(RtrError.unsupportedVersion));
        if (this.#habit === "reportAndClose") this.rig.closed();
        return;
      }
    }
    const old = query.kind === "resetQuery"
      ? new Set<number>()
      : query.sessionId === this.#sessionId
      ? this.#history.get(query.serial)
      : undefined;
    if (old === undefined) return this.#send({ kind: "cacheReset" });
    const { mischief } = this;
    this.mischief = undefined;
    const changes = [
      ...[...this.#vrps].filter((id) => !old.has(id)).map((id) => vrp(`+${vrpOf(id)}`)),
      ...[...old].filter((id) => !this.#vrps.has(id)).map((id) => vrp(`-${vrpOf(id)}`)),
    ];
    const version = Math.min(query.version, this.#version) as RtrVersion;
    this.#sendAll(version, [response(this.#sessionId), ...changes], mischief);
    if (mischief === undefined) this.#sendAll(version, [endOfData(this.#serial, this.#sessionId, timing)]);
  }

  #sendAll(version: RtrVersion, bodies: PduBody[], mischief?: Mischief): void {
    if (mischief === "silence") return;
    if (mischief === "duplicate" || mischief === "unknown") this.contradictions++;
    if (mischief === "noData") return void this.rig.cacheIn(version, report(RtrError.noDataAvailable));
    const list = mischief === undefined ? bodies : bodies.slice(0, 1 + bodies.length / 2);
    if (mischief === "duplicate") list.push(...list.slice(1), vrp("+192.0.2.0/24-24 1"), vrp("+192.0.2.0/24-24 1"));
    if (mischief === "unknown") list.push(vrp("-192.0.2.0/24-24 1"));
    if (mischief === "wrongSession") list.push(endOfData(this.#serial, this.#sessionId + 7, timing));
    const octets = Uint8Array.from(list.flatMap((body) => [...encodePdu({ version, ...body } as Pdu)]));
    // In two pieces, cut somewhere.
    const cut = Math.trunc(octets.length / 3) + 1;
    this.rig.octets(octets.subarray(0, cut)).octets(octets.subarray(cut));
    if (mischief === "garbage") this.rig.octets("deadbeef00c0ffee11");
    if (mischief === "breakOff") this.rig.closed();
  }

  #send(body: PduBody): void {
    this.#sendAll(this.rig.session.version, [body]);
  }
}

function vrpOf(id: number): string {
  return id % 4 === 0 ? `2001:db8:${id + 1}::/48-48 64496` : `10.${id >> 1}.0.0/16-${16 + (id & 1)} 64496`;
}

Deno.test("whatever a cache does, what is in force is a whole state it had; once it behaves, its state of now", () => {
  let resets = 0, changes = 0, expiries = 0;
  fc.assert(
    fc.property(fc.array(anyAction, { maxLength: 40, size: "max" }), (actions) => {
      const cache = new Cache();
      cache.rig.event({ kind: "start" });
      for (const action of actions) cache.play(action);
      cache.mischief = undefined;
      cache.play({ kind: "up" });
      cache.pass(3 * timing.refresh);
      assert.equal([...cache.rig.vrps].sort().join(), cache.state);
      const { said } = cache.rig;
      const found = said.filter((line) => /^failed: (Duplicate Announcement|Withdrawal of Unknown)/.test(line)).length;
      assert.ok(found <= cache.contradictions, `${found} contradictions found, ${cache.contradictions} sent`);
      resets += said.filter((line) => line.startsWith("full")).length;
      changes += said.filter((line) => line.startsWith("changed")).length;
      expiries += said.filter((line) => line === "dropped: expired").length;
    }),
    { numRuns: 200 },
  );
  // A cache that never changes, or never fails, would prove nothing.
  assert.ok(
    resets > 400 && changes > 400 && expiries > 20,
    `${resets} resets, ${changes} changes, ${expiries} expiries`,
  );
});

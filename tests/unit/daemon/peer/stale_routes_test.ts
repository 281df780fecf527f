/** Stale routes of one peer in virtual time: what the RIB receives and when, and what people read of it. */
import assert from "node:assert/strict";
import type { GracefulSettings } from "../../../../src/config/mod.ts";
import { silentLog } from "../../../../src/daemon/log/log.ts";
import type { ToRib, ToStore } from "../../../../src/daemon/thread/messages.ts";
import { PeerReport } from "../../../../src/daemon/peer/peer_report.ts";
import { StaleRoutes } from "../../../../src/daemon/peer/stale_routes.ts";
import type { DownReason, GracefulTerms } from "../../../../src/session/mod.ts";
import { familyMask } from "../../../../src/types/mod.ts";
import { Random } from "../../../simulation/random.ts";
import { VirtualClock } from "../../../simulation/virtual_clock.ts";
import { negotiated } from "../../../support/negotiated.ts";

const both = familyMask([1, 2]);
const lost: DownReason = { kind: "connectionLost", reason: "connection reset" };
const terms: GracefulTerms = {
  restarting: false,
  notification: false,
  restartSeconds: 120,
  families: both,
  forwarding: both,
  longLived: { forwarding: both, staleSeconds: { 1: 1000, 2: 1000 } },
};
const graceful = negotiated({ graceful: terms });

function world(settings: Partial<GracefulSettings> = {}) {
  const clock = new VirtualClock(new Random(1));
  const toRib: ToRib[] = [];
  const toStore: ToStore[] = [];
  const services = {
    clock,
    log: silentLog,
    toRib: (message: ToRib) => void toRib.push(message),
    toStore: (message: ToStore) => void toStore.push(message),
  };
  const report = new PeerReport(7, "192.0.2.1", services);
  report.state({ state: "Idle", since: clock.now() });
  const stale = new StaleRoutes(
    7,
    "192.0.2.1",
    {
      gracefulRestart: "helper",
      restartSeconds: 120,
      staleRoutesSeconds: 360,
      longLived: 0,
      longLivedSeconds: 86_400,
      ...settings,
    },
    services,
    report,
  );
  /** What the RIB received since the last call. */
  const messages = () =>
    toRib.splice(0).map((message) => {
      assert.ok("peerId" in message && message.peerId === 7);
      if (message.kind === "sessionDown") return `down, retain ${message.retain}`;
      assert.ok("families" in message);
      return `${message.kind} ${message.families}`;
    });
  const events = () => toStore.splice(0).flatMap((message) => message.kind === "peerEvent" ? [message.event.kind] : []);
  /** In seconds from now. */
  const until = () => stale.until === undefined ? undefined : (stale.until - clock.now()) / 1000;
  return { clock, stale, messages, events, until };
}

Deno.test("RFC 4724 §4.2: the RIB learns what stays and when the Restart Time is over; peer_events too", async () => {
  const { clock, stale, messages, events, until } = world();
  stale.down(1, graceful, lost);
  assert.deepEqual(messages(), [`down, retain ${both}`]);
  assert.equal(until(), 120);
  assert.deepEqual(events(), ["stale"]);
  await clock.advance(119_999);
  assert.deepEqual(messages(), []);
  await clock.advance(1);
  assert.deepEqual(messages(), [`expireStale ${both}`]);
  assert.deepEqual(events(), ["staleGone"]);
  assert.equal(until(), undefined);
});

Deno.test("RFC 4724 §4.2: back in time, the wait is for End-of-RIB; after it nothing more is due", async () => {
  const { clock, stale, messages, until } = world();
  stale.down(1, graceful, lost);
  await clock.advance(60_000);
  assert.equal(stale.established(graceful), both);
  assert.equal(until(), 360);
  stale.ended(1);
  stale.ended(2);
  assert.equal(until(), undefined);
  messages();
  await clock.advance(10_000_000);
  assert.deepEqual(messages(), []);
});

Deno.test("the time of routes of an earlier run begins with the session, not with the daemon", async () => {
  const { clock, stale, messages } = world();
  await clock.advance(290_000);
  stale.established(graceful);
  await clock.advance(359_999);
  assert.deepEqual(messages(), []);
  await clock.advance(1);
  assert.deepEqual(messages(), [`expireStale ${both}`]);
});

Deno.test("negative: what waits for its peer's return is not taken for something of an earlier run", () => {
  const { stale, messages } = world();
  stale.down(1, graceful, lost);
  messages();
  stale.earlierRunOver();
  assert.deepEqual(messages(), []);
});

Deno.test("RFC 7313 §4: a refresh that never ends is ended", async () => {
  const { clock, stale, messages } = world();
  stale.established(graceful);
  stale.ended(1);
  stale.ended(2);
  stale.refreshBegan(2);
  await clock.advance(360_000);
  assert.deepEqual(messages(), [`expireStale ${familyMask([2])}`]);
});

Deno.test("RFC 9494 §4.2: Restart Time, then LLGR, then the end", async () => {
  const { clock, stale, messages, events, until } = world({ longLived: both, longLivedSeconds: 30 });
  stale.down(1, graceful, lost);
  assert.equal(until(), 150);
  messages();
  await clock.advance(120_000);
  assert.deepEqual(messages(), [`longLived ${both}`]);
  await clock.advance(30_000);
  assert.deepEqual(messages(), [`expireStale ${both}`]);
  assert.deepEqual(events(), ["stale", "longLivedStale", "staleGone"]);
});

Deno.test("a peer that is disabled, or that keeps nothing by configuration, leaves nothing", async () => {
  for (
    const end of [
      (stale: StaleRoutes) => stale.clear(),
      (stale: StaleRoutes) =>
        stale.configure({
          gracefulRestart: "off",
          restartSeconds: 1,
          staleRoutesSeconds: 1,
          longLived: 0,
          longLivedSeconds: 1,
        }),
    ]
  ) {
    const { clock, stale, messages, until } = world();
    stale.down(1, graceful, lost);
    messages();
    end(stale);
    assert.deepEqual(messages(), [`expireStale ${both}`]);
    assert.equal(until(), undefined);
    await clock.advance(1e9);
    assert.deepEqual(messages(), []);
  }
});

Deno.test("a daemon that restarts says nothing: what stays, stays in the database", async () => {
  const { clock, stale, messages } = world();
  stale.down(1, graceful, lost);
  messages();
  stale.stop();
  await clock.advance(1e9);
  assert.deepEqual(messages(), []);
});

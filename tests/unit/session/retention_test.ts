import assert from "node:assert/strict";
import { cease, CeaseCode, createNotification, ErrorCode, type Notification } from "../../../src/message/mod.ts";
import {
  type DownReason,
  type GracefulTerms,
  type Negotiated,
  Retention,
  type RetentionPolicy,
} from "../../../src/session/mod.ts";
import { asHardReset } from "../../../src/session/graceful.ts";
import { familyMask } from "../../../src/types/mod.ts";
import { negotiated as sessionOf } from "../../support/negotiated.ts";

const [v4, v6] = [1, 2] as const;
const both = familyMask([v4, v6]);
const only4 = familyMask([v4]);
const lost: DownReason = { kind: "connectionLost", reason: "connection reset" };

const terms: GracefulTerms = {
  restarting: false,
  notification: false,
  restartSeconds: 120,
  families: both,
  forwarding: both,
  longLived: undefined,
};

function session(overrides: Partial<GracefulTerms> = {}): Negotiated {
  return sessionOf({ graceful: { ...terms, ...overrides } });
}

function retention(policy: Partial<RetentionPolicy> = {}): Retention {
  return new Retention({ staleRoutesSeconds: 360, longLived: 0, longLivedSeconds: 86_400, ...policy });
}

/** What is due until then, each at its very moment. */
function play(kept: Retention, from: number, until: number): string[] {
  const said: string[] = [];
  for (let at = from;;) {
    const next = kept.nextDeadline;
    if (next === undefined || next > until) return said;
    assert.ok(next > at || at === from, "a deadline stays in the past");
    at = Math.max(at, next);
    for (const { kind, families } of kept.tick(at)) said.push(`${at / 1000} ${kind} ${families}`);
  }
}

const sent = (notification: Notification): DownReason => ({ kind: "notificationSent", notification });
const received = (notification: Notification): DownReason => ({ kind: "notificationReceived", notification });

Deno.test("RFC 4724 §4.2: a lost connection leaves the routes of the families in the peer's capability", () => {
  assert.equal(retention().down(session(), lost, 0), both);
  assert.equal(retention().down(session({ families: only4 }), lost, 0), only4, "and no others");
  assert.equal(retention().down(sessionOf(), lost, 0), 0, "negative: without the capability");
});

Deno.test("RFC 4724 §4: a NOTIFICATION, and the HoldTimer with it, ends the session as RFC 4271 has it", () => {
  const ends: DownReason[] = [
    received(createNotification(ErrorCode.update, 1)),
    sent(cease(CeaseCode.administrativeReset)),
    { kind: "holdTimerExpired" },
    { kind: "sendHoldTimerExpired" },
  ];
  for (const end of ends) assert.equal(retention().down(session(), end, 0), 0, end.kind);
});

Deno.test("RFC 8538 §4: with N from both sides they leave the routes as a lost connection does", () => {
  const agreed = session({ notification: true });
  const ends: DownReason[] = [
    received(createNotification(ErrorCode.update, 1)),
    received(cease(CeaseCode.administrativeShutdown)),
    sent(cease(CeaseCode.otherConfigurationChange)),
    { kind: "holdTimerExpired" },
    { kind: "sendHoldTimerExpired" },
  ];
  for (const end of ends) assert.equal(retention().down(agreed, end, 0), both, end.kind);
});

Deno.test("RFC 8538 §3.1, negative: a Hard Reset leaves nothing, whoever sends it", () => {
  const hard = cease(CeaseCode.hardReset);
  assert.equal(retention().down(session({ notification: true }), received(hard), 0), 0);
  assert.equal(retention().down(session({ notification: true }), sent(hard), 0), 0);
});

Deno.test("RFC 8538 §5: what is to last is wrapped in a Hard Reset, where N is agreed on; what passes is not", () => {
  const shutdown = cease(CeaseCode.administrativeShutdown, "bye");
  const wrapped = asHardReset(shutdown, session({ notification: true }));
  assert.deepEqual(wrapped, { code: 6, subcode: 9, data: Uint8Array.of(6, 2, 3, 98, 121, 101) });
  assert.equal(asHardReset(shutdown, session()), shutdown, "negative: without N");
  assert.equal(asHardReset(shutdown, sessionOf()), shutdown);
  const change = cease(CeaseCode.otherConfigurationChange);
  assert.equal(asHardReset(change, session({ notification: true })), change);
  const error = createNotification(ErrorCode.update, 1);
  assert.equal(asHardReset(error, session({ notification: true })), error);
});

Deno.test("RFC 4724 §4.2: stale routes go when the peer's Restart Time is over, and not before", () => {
  const kept = retention();
  kept.down(session(), lost, 0);
  assert.deepEqual(play(kept, 0, 119_999), []);
  assert.deepEqual(play(kept, 119_999, 1e9), [`120 expire ${both}`]);
});

Deno.test("a peer may ask for long, configuration says how long at the most", () => {
  const kept = retention({ staleRoutesSeconds: 60 });
  kept.down(session({ restartSeconds: 4095 }), lost, 0);
  assert.deepEqual(play(kept, 0, 1e9), [`60 expire ${both}`]);
});

Deno.test("RFC 4724 §4.2: after a restart in time, stale routes wait for End-of-RIB, up to a limit", () => {
  const kept = retention();
  kept.down(session(), lost, 0);
  assert.equal(kept.established(session(), 100_000), both);
  kept.ended(v4);
  assert.equal(kept.families, familyMask([v6]));
  assert.deepEqual(play(kept, 100_000, 1e9), [`460 expire ${familyMask([v6])}`]);
  assert.equal(kept.nextDeadline, undefined);
});

Deno.test("RFC 4724 §4.2: routes stay only in families that the new capability has, with F", () => {
  const cases: [Partial<GracefulTerms> | undefined, number][] = [
    [{}, both],
    [{ forwarding: only4 }, only4],
    [{ families: only4, forwarding: only4 }, only4],
    [undefined, 0],
  ];
  for (const [again, expected] of cases) {
    const kept = retention();
    kept.down(session(), lost, 0);
    assert.equal(kept.established(again === undefined ? sessionOf() : session(again), 1), expected);
    assert.equal(kept.families, expected);
  }
});

Deno.test("RFC 7313 §4: a refresh that was begun ends, at the latest after the time for stale routes", () => {
  const kept = retention();
  kept.established(session(), 0);
  kept.ended(v4);
  kept.ended(v6);
  kept.refreshBegan(v4, 500_000);
  assert.deepEqual(play(kept, 500_000, 859_999), []);
  assert.deepEqual(play(kept, 859_999, 1e9), [`860 expire ${only4}`]);
  kept.refreshBegan(v4, 2e9);
  kept.ended(v4);
  assert.equal(kept.nextDeadline, undefined, "negative: it ended");
});

const long = (seconds: number, forwarding = both) => ({
  longLived: { forwarding, staleSeconds: { [v4]: seconds, [v6]: 0 } },
});

Deno.test("RFC 9494 §4.2: after the Restart Time LLGR begins for families with an LLST", () => {
  const kept = retention({ longLived: both });
  kept.down(session(long(1000)), lost, 0);
  assert.deepEqual(play(kept, 0, 1e9), [
    `120 expire ${familyMask([v6])}`,
    `120 longLived ${only4}`,
    `1120 expire ${only4}`,
  ]);
});

Deno.test("RFC 9494 §5, negative: families that are not named here have no LLGR", () => {
  const kept = retention({ longLived: familyMask([v6]) });
  kept.down(session(long(1000)), lost, 0);
  assert.deepEqual(play(kept, 0, 1e9), [`120 expire ${both}`]);
});

Deno.test("RFC 9494 §4.2: the LLST may be cut by configuration", () => {
  const kept = retention({ longLived: both, longLivedSeconds: 30 });
  kept.down(session(long(1000)), lost, 0);
  assert.deepEqual(play(kept, 0, 1e9).at(-1), `150 expire ${only4}`);
});

Deno.test("RFC 9494 §4.2: a family that RFC 4724's capability does not list goes over to LLGR at once", () => {
  const kept = retention({ longLived: both });
  assert.equal(kept.down(session({ families: 0, ...long(1000) }), lost, 0), only4);
  assert.deepEqual(play(kept, 0, 0), [`0 longLived ${only4}`]);
});

Deno.test("RFC 9494 §4.2: an LLST is not begun anew by further losses; the time for the peer's return is", () => {
  const kept = retention({ longLived: both });
  const peer = session(long(1000));
  kept.down(peer, lost, 0);
  play(kept, 0, 200_000);
  assert.equal(kept.established(peer, 300_000), only4);
  assert.equal(kept.down(peer, lost, 310_000), both);
  assert.deepEqual(play(kept, 310_000, 1e9), [
    `430 expire ${familyMask([v6])}`,
    `430 longLived ${only4}`,
    `1120 expire ${only4}`,
  ]);
});

Deno.test("RFC 9494 §4.2: an LLST that ends while the peer is not yet in step: the next loss leaves nothing", () => {
  const kept = retention({ longLived: both, staleRoutesSeconds: 3600 });
  const peer = session(long(1000));
  kept.down(peer, lost, 0);
  play(kept, 0, 200_000);
  kept.established(peer, 1_100_000);
  assert.deepEqual(play(kept, 1_100_000, 1_200_000), [], "refreshed or not, they stay until End-of-RIB");
  assert.equal(kept.down(peer, lost, 1_200_000) & only4, 0);
});

Deno.test("RFC 9494 §4.2: once back in step the times begin anew", () => {
  const kept = retention({ longLived: both });
  const peer = session(long(1000));
  kept.down(peer, lost, 0);
  play(kept, 0, 200_000);
  kept.established(peer, 300_000);
  kept.ended(v4);
  kept.ended(v6);
  kept.down(peer, lost, 400_000);
  assert.equal(play(kept, 400_000, 1e9).at(-1), `1520 expire ${only4}`);
});

Deno.test("RFC 9494 §4.2: in LLGR it is the F bit of the LLGR Capability that counts", () => {
  for (const [again, expected] of [[long(1000, 0), 0], [{ forwarding: 0, ...long(1000) }, only4], [{}, 0]] as const) {
    const kept = retention({ longLived: both });
    kept.down(session(long(1000)), lost, 0);
    play(kept, 0, 200_000);
    assert.equal(kept.established(session(again), 300_000), expected);
  }
});

import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { createSession, type SessionConfig, timersOf } from "../../../src/session/mod.ts";
import { handle, nextDeadline } from "../../../src/session/mod.ts";
import { baseConfig } from "../../scenario/player.ts";

/** How long the ConnectRetryTimer runs after a start, with this draw of lots. */
function connectRetryMs(config: Partial<SessionConfig>, draw: number): number {
  const session = createSession({ ...baseConfig, ...config }, () => draw);
  handle(session, { kind: "start", automatic: false }, 0);
  return timersOf(session).connectRetry!;
}

Deno.test("RFC 4271 §10: jitter lies between 0.75 and 1.0 for every draw", () => {
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(fc.integer({ min: 1, max: 65535 }), draw, (connectRetrySeconds, value) => {
    const ms = connectRetryMs({ connectRetrySeconds }, value);
    assert(ms >= 750 * connectRetrySeconds && ms <= 1000 * connectRetrySeconds);
  }));
});

Deno.test("RFC 4271 §10: jitter uses its whole range", () => {
  assert.equal(connectRetryMs({ connectRetrySeconds: 100 }, 0), 75_000);
  assert.equal(connectRetryMs({ connectRetrySeconds: 100 }, 0.5), 87_500);
  assert.equal(connectRetryMs({ connectRetrySeconds: 100 }, 0.999999), 100_000);
});

Deno.test("a ConnectRetryTime of zero does not spin", () => {
  assert.equal(connectRetryMs({ connectRetrySeconds: 0 }, 0.999999), 1000);
});

Deno.test("nothing is due in a session that was never started", () => {
  assert.equal(nextDeadline(createSession(baseConfig, () => 0)), undefined);
});

Deno.test("a late tick fires each timer once, not once per period missed", () => {
  const session = createSession({ ...baseConfig, sendHoldSeconds: 0 }, () => 1);
  const open = { version: 4, asn: 65001, holdTimeSeconds: 90, routerId: 2, capabilities: [] };
  handle(session, { kind: "start", automatic: false }, 0);
  handle(session, { kind: "connected", connection: 1 }, 0);
  handle(session, { kind: "open", connection: 1, open }, 0);
  handle(session, { kind: "keepalive", connection: 1 }, 0);
  const effects = handle(session, { kind: "tick" }, 89_000);
  assert.deepEqual(effects.map(({ kind }) => kind), ["send"]);
  assert.equal(timersOf(session).keepalive, 119_000);
});

Deno.test("a tick before anything is due does nothing", () => {
  const session = createSession(baseConfig, () => 0);
  handle(session, { kind: "start", automatic: false }, 0);
  assert.deepEqual(handle(session, { kind: "tick" }, nextDeadline(session)! - 1), []);
});

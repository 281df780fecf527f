/** This speaker restarts (RFC 4724 §4.1): what its OPENs say, and when the RIB may choose. */
import assert from "node:assert/strict";
import { parseConfig, type PeerConfig } from "../../../../src/config/mod.ts";
import { silentLog } from "../../../../src/daemon/log/log.ts";
import type { ToRib } from "../../../../src/daemon/thread/messages.ts";
import { Restart } from "../../../../src/daemon/peer/restart.ts";
import { familyMask } from "../../../../src/types/mod.ts";
import { Random } from "../../../simulation/random.ts";
import { VirtualClock } from "../../../simulation/virtual_clock.ts";
import { negotiated } from "../../../support/negotiated.ts";

const both = familyMask([1, 2]);

function peer(id: number, keys: string): { id: number; config: PeerConfig } {
  const text = `router_id = "10.0.0.1"\n[[peers]]\nremote_ip = "192.0.2.${id}"\nremote_as = 1\nlocal_as = 2\n${keys}\n`;
  const parsed = parseConfig(text);
  assert.ok(parsed.kind === "config", JSON.stringify(parsed));
  return { id, config: parsed.config.peers[0]! };
}

const full = 'graceful_restart = "full"\nrestart_time = 60';

function world() {
  const clock = new VirtualClock(new Random(1));
  const toRib: ToRib[] = [];
  let done = 0;
  const restart = new Restart({
    clock,
    log: silentLog,
    toRib: (message) => void toRib.push(message),
    done: () => void done++,
  });
  return { clock, toRib, restart, done: () => done };
}

const graceful = negotiated({
  graceful: {
    restarting: false,
    notification: false,
    restartSeconds: 0,
    families: 0,
    forwarding: 0,
    longLived: undefined,
  },
});

Deno.test("RFC 4724 §4.1: R and F within the Restart Time of a run without a NOTIFICATION, then F alone", () => {
  const { restart, toRib, done } = world();
  assert.equal(restart.begin({ silentMs: 60_000, established: [1] }, [peer(1, full), peer(2, full)], 240), both);
  assert.deepEqual(restart.stateOf(1), { restarting: true, forwarding: true });
  assert.deepEqual(restart.stateOf(2), { restarting: false, forwarding: false }, "negative: it had no session");
  restart.established(1, graceful);
  restart.endOfRib(1, 1);
  assert.deepEqual(toRib, [{ kind: "select", families: familyMask([1]) }]);
  assert.equal(done(), 0);
  restart.endOfRib(1, 2);
  assert.deepEqual(toRib.slice(1), [{ kind: "select", families: familyMask([2]) }]);
  assert.equal(done(), 1);
  assert.deepEqual(restart.stateOf(1), { restarting: false, forwarding: true });
});

Deno.test("negative: too late, after a goodbye, or where no peer was asked to wait, a run begins anew", () => {
  const cases = [
    { earlier: { silentMs: 60_001, established: [1] }, keys: full },
    { earlier: undefined, keys: full },
    { earlier: { silentMs: 0, established: [] }, keys: full },
    { earlier: { silentMs: 0, established: [1] }, keys: "" },
    { earlier: { silentMs: 0, established: [1] }, keys: `${full}\nenabled = false` },
  ];
  for (const { earlier, keys } of cases) {
    const { restart } = world();
    assert.equal(restart.begin(earlier, [peer(1, keys)], 240), 0);
    assert.deepEqual(restart.stateOf(1), { restarting: false, forwarding: false });
  }
});

Deno.test("RFC 4724 §4.1: the Selection_Deferral_Timer ends the wait for a peer that does not come back", async () => {
  const { restart, clock, toRib, done } = world();
  restart.begin({ silentMs: 0, established: [1, 2] }, [peer(1, full), peer(2, "")], 240);
  restart.established(1, graceful);
  restart.endOfRib(1, 1);
  restart.endOfRib(1, 2);
  await clock.advance(239_999);
  assert.deepEqual(toRib, [], "a helper that was there is waited for, too");
  await clock.advance(1);
  assert.deepEqual(toRib, [{ kind: "select", families: both }]);
  assert.equal(done(), 1);
});

Deno.test("the restart does not wait for a peer that is disabled meanwhile", () => {
  const { restart, toRib } = world();
  restart.begin({ silentMs: 0, established: [1] }, [peer(1, full)], 240);
  restart.forget(1);
  assert.deepEqual(toRib, [{ kind: "select", families: both }]);
});

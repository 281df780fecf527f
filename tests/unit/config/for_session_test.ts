import assert from "node:assert/strict";
import { parseConfig, type RestartState, sessionConfig } from "../../../src/config/mod.ts";
import { encodeCapability } from "../../../src/message/mod.ts";

const anew: RestartState = { restarting: false, forwarding: false };

/** The capabilities about restarts that a peer with these keys is sent, as octets. */
function announced(keys: string, restart = anew): number[][] {
  const parsed = parseConfig(
    `router_id = "10.0.0.1"\n[[peers]]\nremote_ip = "192.0.2.1"\nremote_as = 1\nlocal_as = 2\n${keys}\n`,
  );
  assert.ok(parsed.kind === "config", JSON.stringify(parsed));
  return sessionConfig(parsed.config.peers[0]!, restart).extraCapabilities.map((each) => [...encodeCapability(each)]);
}

Deno.test("RFC 4724 §3: a helper announces no family, only that End-of-RIB comes; RFC 8538 §2: N", () => {
  assert.deepEqual(announced(""), [[64, 2, 0x40, 0]]);
  assert.deepEqual(announced('graceful_restart = "off"'), [], "negative: nothing is announced");
});

Deno.test("RFC 4724 §4.1: R and F in the OPEN of a speaker that restarted, and in no other", () => {
  const full = 'graceful_restart = "full"\nrestart_time = 300';
  const families = (flags: number) => [0, 1, 1, flags, 0, 2, 1, flags];
  assert.deepEqual(announced(full), [[64, 10, 0x41, 0x2c, ...families(0)]]);
  assert.deepEqual(announced(full, { restarting: true, forwarding: true }), [[64, 10, 0xc1, 0x2c, ...families(0x80)]]);
  assert.deepEqual(announced(full, { restarting: false, forwarding: true }), [[64, 10, 0x41, 0x2c, ...families(0x80)]]);
  assert.deepEqual(announced("", { restarting: true, forwarding: true }), [[64, 2, 0x40, 0]], "a helper keeps nothing");
});

Deno.test("RFC 9494 §5: LLGR is announced only for the named families, and never without graceful restart", () => {
  const keys = 'long_lived_graceful_restart = ["ipv6 unicast"]\nllgr_stale_time = 3600';
  assert.deepEqual(announced(keys), [[64, 2, 0x40, 0], [71, 0]]);
  assert.deepEqual(announced(`graceful_restart = "full"\n${keys}`)[1], [71, 7, 0, 2, 1, 0, 0, 0x0e, 0x10]);
  assert.equal(announced('graceful_restart = "full"').length, 1, "negative: not by default");
  const parsed = parseConfig(
    'router_id = "10.0.0.1"\n[[peers]]\nremote_ip = "192.0.2.1"\nremote_as = 1\nlocal_as = 2\n' +
      `graceful_restart = "off"\n${keys}`,
  );
  assert.ok(parsed.kind === "errors");
  assert.match(parsed.errors[0]!.message, /needs graceful_restart/);
});

import assert from "node:assert/strict";
import { parseConfig } from "../../../src/config/mod.ts";
import { encodeCapability } from "../../../src/message/mod.ts";
import { sessionConfig } from "../../../src/daemon/session_config.ts";

Deno.test("RFC 4724 §3: graceful restart without a family says that End-of-RIB comes, and not that routes would be kept", () => {
  const parsed = parseConfig(
    'router_id = "10.0.0.1"\n[[peers]]\nremote_ip = "192.0.2.1"\nremote_as = 1\nlocal_as = 2\n',
  );
  assert.ok(parsed.kind === "config");
  const announced = sessionConfig(parsed.config.peers[0]!).extraCapabilities.map(encodeCapability);
  assert.deepEqual(announced, [Uint8Array.of(64, 2, 0, 0)]);
});

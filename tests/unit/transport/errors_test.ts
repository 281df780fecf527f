import assert from "node:assert/strict";
import { formatEndpoint } from "../../../src/transport/mod.ts";
import { type Attempt, systemError, transportError } from "../../../src/transport/errors.ts";
import { peerAddress } from "../../../src/transport/endpoint.ts";

const listening: Attempt = { kind: "listen", address: "127.0.0.1", port: 179 };
const dialling: Attempt = { kind: "dial", address: "2001:db8::1", port: 179 };
const connected: Attempt = { kind: "connection", address: "192.0.2.1", port: 40_000 };

const rows: readonly [Attempt, string, string, string][] = [
  [
    listening,
    "EACCES",
    "permission",
    "cannot listen on 127.0.0.1:179: permission denied (ports below 1024 need root or CAP_NET_BIND_SERVICE)",
  ],
  [{ ...listening, port: 1179 }, "EACCES", "permission", "cannot listen on 127.0.0.1:1179: permission denied"],
  [listening, "EADDRINUSE", "addressInUse", "127.0.0.1:179 is already in use"],
  [dialling, "ECONNREFUSED", "refused", "[2001:db8::1]:179 refused the connection"],
  [dialling, "ENETUNREACH", "unreachable", "cannot connect to [2001:db8::1]:179: no route to it"],
  [dialling, "ETIMEDOUT", "timedOut", "[2001:db8::1]:179 did not answer in time"],
  [dialling, "EPERM", "permission", "cannot connect to [2001:db8::1]:179: permission denied"],
  [
    { ...dialling, localAddress: "2001:db8::2" },
    "EADDRNOTAVAIL",
    "addressNotLocal",
    "cannot connect to [2001:db8::1]:179 from 2001:db8::2: 2001:db8::2 is not an address of this machine",
  ],
  [connected, "ECONNRESET", "reset", "192.0.2.1:40000 reset the connection"],
  [connected, "EPIPE", "reset", "192.0.2.1:40000 reset the connection"],
  [connected, "ENOBUFS", "other", "lost the connection with 192.0.2.1:40000: write failed with ENOBUFS"],
];

for (const [attempt, code, kind, message] of rows) {
  Deno.test(`${code} on ${attempt.kind} is ${kind}: ${message}`, () => {
    const error = transportError(attempt, systemError(code, "write"));
    assert.equal(error.kind, kind);
    assert.equal(error.message, message);
  });
}

Deno.test("a missing permission of the runtime is a permission error", () => {
  const error = transportError(listening, new Deno.errors.NotCapable("Requires net access, run with --allow-net"));
  assert.equal(error.kind, "permission");
  assert.match(error.message, /^cannot listen on 127\.0\.0\.1:179: .*--allow-net/);
});

Deno.test("endpoints and reported addresses have one spelling", () => {
  assert.equal(formatEndpoint("192.0.2.1", 179), "192.0.2.1:179");
  assert.equal(formatEndpoint("2001:db8::1", 179), "[2001:db8::1]:179");
  assert.equal(peerAddress("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(peerAddress("FE80:0::1%eth0"), "fe80::1");
});

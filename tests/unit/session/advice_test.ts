/** What to check where there is no session: for each reason that bgpd can give. */
import assert from "node:assert/strict";
import { describeDown, unanswered } from "../../../src/daemon/peer/peer_text.ts";
import { notificationName } from "../../../src/message/code_points.ts";
import { createNotification } from "../../../src/message/mod.ts";
import { adviceOn, withAdvice } from "../../../src/session/mod.ts";
import { transportError } from "../../../src/transport/errors.ts";
import { configHead, parsedConfig, peerTable } from "../../support/config_text.ts";

const attempts = [
  { kind: "dial", address: "192.0.2.1", port: 179 },
  { kind: "dial", address: "192.0.2.1", port: 179, localAddress: "192.0.2.9" },
  { kind: "connection", address: "192.0.2.1", port: 179 },
] as const;
const codes = [
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "EADDRINUSE",
  "EADDRNOTAVAIL",
  "EACCES",
  "ECONNRESET",
];

Deno.test("every failure of a connection has an advice", () => {
  for (const attempt of attempts) {
    for (const code of codes) {
      if (code === "EADDRNOTAVAIL" && !("localAddress" in attempt)) continue;
      const { message } = transportError(attempt, Object.assign(new Error(code), { code }));
      assert.ok(adviceOn(message) !== undefined, message);
    }
  }
  const { message } = transportError({ kind: "dial", address: "fe80::1%eth9", port: 179 }, new Error("not known"));
  assert.match(adviceOn(message)!, /ip link/);
});

/** The session comes up again by itself, or our own operator ended it. */
const withoutAdvice = /Administrative Reset|Other Configuration Change|Connection Collision|error 7|ROUTE-REFRESH/;

Deno.test("every NOTIFICATION of the peer has an advice, unless the session comes up again by itself", () => {
  const subcodes = Array.from({ length: 12 }, (_, i) => i);
  for (const code of [1, 2, 3, 4, 5, 6, 8]) {
    for (const subcode of subcodes) {
      const text = `received NOTIFICATION ${notificationName(code, subcode)}`;
      assert.equal(adviceOn(text) === undefined, withoutAdvice.test(text), text);
      const down = describeDown({ kind: "notificationReceived", notification: createNotification(code, subcode) });
      assert.equal(adviceOn(down), adviceOn(text), down);
    }
  }
});

Deno.test("what we refuse in an OPEN names the key to change", () => {
  const cases: readonly [string, RegExp][] = [
    [
      "sent NOTIFICATION OPEN Message Error / Bad Peer AS: the peer says AS 65009, remote_as is 65001",
      /remote_as = 65009/,
    ],
    ["the peer has our router id, 192.0.2.1", /another router_id/],
    ["the peer speaks none of ipv6 unicast", /families/],
    ["the peer says it is customer, our role is customer", /provider and customer/],
    ["the peer announces no role", /role_strict/],
    ["over max prefixes, until peer enable: ipv4 unicast, 101 of 100", /raise max_prefixes/],
    ["connection to the peer ended in OpenSent: connection closed by the peer", /has our address and AS/],
    ["connection to the peer ended in OpenSent: the peer sent nothing until the HoldTimer expired", /not speak BGP/],
    ["hold timer expired", /packet loss/],
    ["send hold timer expired: the peer reads nothing", /does not read/],
  ];
  for (const [reason, advice] of cases) assert.match(adviceOn(reason) ?? "", advice, reason);
  assert.equal(adviceOn("sent NOTIFICATION Cease / Administrative Shutdown"), undefined, "our own doing");
  assert.equal(adviceOn("anything else"), undefined);
});

Deno.test("no answer: a TCP-MD5 key, TTL security or a firewall may be the reason", () => {
  const config = parsedConfig(
    configHead() + peerTable("192.0.2.1") + peerTable("192.0.2.2", { lines: 'password_file = "key"' }),
  );
  const [plain, signed] = config.peers.map((peer, i) => unanswered(`192.0.2.${i + 1}`, peer));
  assert.match(withAdvice(plain!), /^192\.0\.2\.1 did not answer within 5 s; check .*password_file.*ttl_security/);
  assert.match(withAdvice(signed!), /not the one in key; compare the TCP-MD5 key on both sides/);
});

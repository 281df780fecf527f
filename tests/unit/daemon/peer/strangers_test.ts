/** Who connects and is no peer: the log has the lines that accept it. */
import assert from "node:assert/strict";
import { introduction } from "../../../../src/daemon/peer/strangers.ts";
import { configHead, parsedConfig } from "../../../support/config_text.ts";
import { DaemonPeers } from "../daemon_peers.ts";

const nobody = () => new DaemonPeers(parsedConfig(configHead({ routerId: "192.0.2.2" })));

Deno.test("a stranger is introduced with its address and the AS of its OPEN, and refused", async () => {
  const daemon = nobody();
  const connection = await daemon.connect("192.0.2.1", { asn: 65009, milliseconds: 1 });
  assert.equal(connection.goodbye, "6/5");
  assert.deepEqual(daemon.warnings, [
    "refused a connection from 192.0.2.1: no such peer; to accept it, add these lines to the configuration file and " +
    "run `bgpd reload`, or run `bgpd peer add 192.0.2.1 --remote-as 65009`\n" +
    '[[peers]]\nremote_ip = "192.0.2.1"\nremote_as = 65009',
  ]);
});

Deno.test("a stranger without an OPEN is refused after a second; its AS is to be asked for", async () => {
  const daemon = nobody();
  const connection = await daemon.connect("fe80::1%eth0", { asn: undefined });
  assert.equal(connection.goodbye, undefined);
  await daemon.clock.advance(1001);
  assert.equal(connection.goodbye, "6/5");
  assert.match(daemon.warnings[0]!, /remote_ip = "fe80::1%eth0"\nremote_as = {3}# ask the operator of the peer/);
});

Deno.test("a stranger is introduced once in five minutes; the refusals in between are counted", async () => {
  const daemon = nobody();
  const connect = (milliseconds = 1) => daemon.connect("192.0.2.1", { asn: 65009, milliseconds });
  for (let i = 0; i < 200; i++) assert.equal((await connect()).goodbye, "6/5");
  assert.equal(daemon.warnings.length, 1);
  await daemon.clock.advance(300_000);
  await connect();
  assert.equal(daemon.warnings.length, 2);
  assert.match(daemon.warnings[1]!, /\(199 earlier refusals are not logged one by one\)/);
});

Deno.test("many strangers: the log is limited, and only a few of them are waited for", async () => {
  const daemon = nobody();
  const connections = await Promise.all(
    Array.from({ length: 300 }, (_, i) => daemon.connect(`10.0.${i >> 8}.${i & 255}`, { asn: undefined })),
  );
  const waiting = connections.filter(({ goodbye }) => goodbye === undefined);
  assert.equal(waiting.length, 8);
  await daemon.clock.advance(1001);
  assert.ok(connections.every(({ goodbye }) => goodbye === "6/5"));
  assert.ok(daemon.warnings.length <= 52, `${daemon.warnings.length} lines`);
});

Deno.test("the lines name the file, the database, and local_as where the file has no default_as", () => {
  const household = { file: "/etc/bgpd/bgpd.toml", database: "/var/lib/bgpd/bgpd.db", needsLocalAs: true };
  const { text, lines } = introduction("192.0.2.1", 65009, household);
  assert.equal(
    text,
    "no such peer; to accept it, add these lines to /etc/bgpd/bgpd.toml and run " +
      "`bgpd reload -d /var/lib/bgpd/bgpd.db`, or run `bgpd peer add 192.0.2.1 --remote-as 65009 --set local_as=AS " +
      "-d /var/lib/bgpd/bgpd.db`",
  );
  assert.equal(lines.at(-1), "local_as =   # our AS towards this peer; the file has no default_as");
});

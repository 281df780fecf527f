/**
 * Too many routes for a peer: what the peer gets, what the operator sees, and that it is left alone until somebody says
 * otherwise.
 */
import assert from "node:assert/strict";
import { MessageType } from "../../src/message/mod.ts";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { testContext, viewUpdate } from "../support/update_view.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

const prefixes = ["10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"];

/** The prefixes a peer holds. */
function heldBy(peer: ScriptedPeer): string[] {
  const updates = peer.received.filter(({ type }) => type === MessageType.update);
  return updates.flatMap(({ bytes }) => viewUpdate(bytes, testContext()).parts)
    .flatMap(({ announced }) => announced.map(({ prefix }) => prefix)).sort();
}

Deno.test("max_prefixes_out: one peer gets no more routes, the session of another ends (RFC 4486 §4)", async () => {
  const address = loopback();
  const port = freePort(address);
  const [sender, limited, ended] = [loopback(), loopback(), loopback()];
  const peer = (ip: string, asn: number, keys: string) =>
    `[[peers]]\nremote_ip = "${ip}"\nremote_as = ${asn}\npassive = true\nexport = "all"\n${keys}\n`;
  await using bgpd = await startBgpd({
    config: `${configHead({ routerId: "10.0.0.254", address, port })}database = "bgpd.db"\n` +
      peer(sender, 65001, "") + peer(limited, 65002, "max_prefixes_out = 2") +
      peer(ended, 65003, 'max_prefixes_out = { "ipv4 unicast" = 2 }\nmax_prefixes_out_action = "shutdown"'),
  });
  const connect = (local: string, asn: number) =>
    ScriptedPeer.connect({ local, address, port, asn, routerId: 0x0a000000 + asn });
  const [from, one, other] = [
    await connect(sender, 65001),
    await connect(limited, 65002),
    await connect(ended, 65003),
  ] as const;
  const detail = () => bgpd.process.log();
  for (const prefix of prefixes) from.announce(prefix);
  assert.deepEqual(await other.notification(), { code: 6, subcode: 2 });
  await waitFor("two routes", () => heldBy(one).length === 2, { detail });
  await waitFor("all routes", () => bgpd.sql("SELECT 1 FROM loc_rib").length === 3, { detail });
  const advertised = JSON.parse((await bgpd.command("show", "advertised", limited, "--json")).stdout);
  assert.deepEqual(advertised.map(({ prefix }: { prefix: string }) => prefix).sort(), heldBy(one));
  await bgpd.process.waitForLine(
    /more than 2 routes of ipv4 unicast to announce \(max_prefixes_out\): the others wait/,
  );
  // Whoever dials again is refused until it is enabled.
  const again = await ScriptedPeer.dial({ local: ended, address, port, asn: 65003 });
  await assert.rejects(async () => {
    again.write(again.openMessage());
    await again.message(MessageType.keepalive);
  }, /ended without/);
  assert.equal((await bgpd.command("peer", "enable", ended)).code, 0);
  const back = await connect(ended, 65003);
  for (const each of [from, one, other, again, back]) each.close();
});

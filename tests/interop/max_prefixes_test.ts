/** A peer over its limit, as its operator and ours see it: Cease, no session, and the word that lets it in again. */
import assert from "node:assert/strict";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

Deno.test("RFC 4486 §4: a peer over max_prefixes hears so and stays out until peer enable", async () => {
  const [address, local] = [loopback(), loopback()];
  const port = freePort(address);
  const config = configHead({ address, port }) +
    `[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\npassive = true\nmax_prefixes = 2\n`;
  await using bgpd = await startBgpd({ config });
  const connect = () => ScriptedPeer.connect({ local, address, port, asn: 65001 });
  const routes = () => bgpd.sql("SELECT prefix FROM rib WHERE peer = ?", local).length;
  const shown = async () => (await bgpd.command("show", "peers")).stdout;

  const peer = await connect();
  peer.announce("198.51.100.0/24");
  peer.announce("203.0.113.0/24");
  await waitFor("as many as it may have", () => routes() === 2);
  await waitFor("Established in show peers", async () => /Established/.test(await shown()));
  peer.announce("192.0.2.0/24");
  assert.deepEqual(await peer.notification(), { code: 6, subcode: 1 });
  await waitFor("the reason in show peers", async () => /over max prefixes, until peer enable/.test(await shown()));
  await waitFor("its routes to go", () => routes() === 0);

  const early = await ScriptedPeer.dial({ local, address, port, asn: 65001 });
  early.write(early.openMessage());
  assert.deepEqual(await early.notification(), { code: 6, subcode: 5 });

  const enabled = await bgpd.command("peer", "enable", local);
  assert.equal(enabled.code, 0, enabled.stderr);
  const again = await connect();
  again.announce("198.51.100.0/24");
  await waitFor("its route", () => routes() === 1);
  await waitFor("show peers to forget the limit", async () => !/over max prefixes/.test(await shown()));
  for (const each of [peer, early, again]) each.close();
});

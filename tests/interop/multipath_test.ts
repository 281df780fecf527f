/** Multipath routes of a running daemon: marked in SQL and in `show routes`, and unmarked after a reload. */
import assert from "node:assert/strict";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

Deno.test("multipath marks routes that tie with the best, with multipath_relax through other ASes, too", async () => {
  const address = loopback();
  const port = freePort(address);
  const peers = [1, 2, 3].map((i) => ({ local: loopback(), asn: 65000 + i }));
  const config = (top: string) =>
    `${configHead({ routerId: "10.0.0.254", address, port })}database = "bgpd.db"\n${top}\n` +
    peers.map(({ local, asn }) => `[[peers]]\nremote_ip = "${local}"\nremote_as = ${asn}\npassive = true\n`).join("");
  await using bgpd = await startBgpd({ config: config("multipath = 2\nmultipath_relax = true") });
  const sessions = await Promise.all(
    peers.map(({ local, asn }) => ScriptedPeer.connect({ local, address, port, asn, routerId: 0x0a000000 + asn })),
  );
  for (const session of sessions) session.announce("10.0.0.0/8");
  const marked = () => bgpd.sql("SELECT peer, best FROM rib WHERE multipath ORDER BY peer");
  const detail = () => `${JSON.stringify(marked())}\n${bgpd.process.log()}`;
  await waitFor("all routes", () => bgpd.sql("SELECT 1 FROM rib").length === 3, { detail });
  const wanted = () => marked().map(({ best }) => best).sort().join() === "0,1";
  await waitFor("two routes to be marked, the best one among them", wanted, { detail });
  const shown = (await bgpd.command("show", "routes")).stdout;
  assert.deepEqual([shown.match(/^>/gm)?.length, shown.match(/^=/gm)?.length], [1, 1], shown);
  await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, config("multipath = 3"));
  assert.equal((await bgpd.command("reload")).code, 0);
  // Without relax no two paths are through the same AS.
  await waitFor("no route to be marked", () => marked().length === 0, { detail });
  for (const session of sessions) session.close();
});

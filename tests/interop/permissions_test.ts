/**
 * A daemon that dropped its permissions goes on: a reload that adds keys, a restart, a database behind a symbolic link.
 */
import assert from "node:assert/strict";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

Deno.test("without the permission to load libraries a reload sets keys and a restart locks the database", async () => {
  const address = loopback();
  const at = { address, port: freePort(address) };
  const local = loopback();
  const folder = await Deno.makeTempDir();
  const elsewhere = await Deno.makeTempDir();
  await Deno.writeTextFile(`${elsewhere}/real.db`, "");
  await Deno.symlink(`${elsewhere}/real.db`, `${folder}/bgpd.db`);
  const peer = `[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\npassive = true\n`;
  const other = '[[peers]]\nremote_ip = "127.77.0.1"\nremote_as = 65002\npassive = true\n';
  const head = configHead({ routerId: "10.0.0.254", address, port: at.port });
  try {
    await using bgpd = await startBgpd({ config: head + peer + other, cwd: folder });
    await Deno.writeTextFile(`${folder}/key`, "secret\n");
    await Deno.writeTextFile(`${folder}/bgpd.toml`, `${head}${peer}${other}ttl_security = 1\npassword_file = "key"\n`);
    const reload = await bgpd.command("reload");
    assert.equal(reload.code, 0, reload.stdout + reload.stderr + bgpd.log);
    for (const round of ["first", "second"]) {
      const restart = await bgpd.command("restart");
      assert.equal(restart.code, 0, `${round}: ${restart.stdout}${restart.stderr}${bgpd.log}`);
    }
    const session = await ScriptedPeer.connect({ ...at, local, asn: 65001 });
    session.announce("203.0.113.0/24");
    await waitFor("the route", () => bgpd.sql("SELECT 1 FROM rib WHERE prefix = '203.0.113.0/24'").length === 1);
    session.close();
    assert.equal(await bgpd.stop(), 0, bgpd.log);
    assert.ok((await Deno.stat(`${elsewhere}/real.db`)).size > 4096);
  } finally {
    for (const each of [folder, elsewhere]) await Deno.remove(each, { recursive: true });
  }
});

/** The status of peers while bgpd runs, after it stopped, and after it was killed. */

import assert from "node:assert/strict";
import { bgpdPath, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { run } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

Deno.test("peer_status counts with the rows; show peers and SQL after SIGTERM and after kill -9", async () => {
  const address = loopback();
  const port = freePort(address);
  const remote = loopback();
  const config = configHead({ address, port }) +
    `[[peers]]\nremote_ip = "${remote}"\nremote_as = 65001\npassive = true\n`;
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  const session = () => ScriptedPeer.connect({ local: remote, address, port, asn: 65001 });
  try {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      await using bgpd = await startBgpd({ config, cwd: folder });
      const peer = await session();
      const rows = () =>
        bgpd.sql(
          "SELECT (SELECT count(*) FROM rib WHERE NOT stale) AS rows, routes, lag," +
            " (SELECT count(*) FROM loc_rib) AS best FROM peer_status",
        ).map((row) => Object.values(row))[0];
      peer.announce("192.0.2.0/24");
      // In one transaction: who sees the row sees the number.
      assert.deepEqual(await waitFor("the row", () => rows()?.[0] === 1 && rows()), [1, 1, 0, 1]);
      assert.equal((await bgpd.command("show", "peers")).code, 0);
      bgpd.process.signal(signal);
      await bgpd.process.end();
      peer.close();
      const { code, stdout, stderr } = await bgpd.command("show", "peers");
      const summary = await bgpd.command("show", "summary");
      if (signal === "SIGTERM") {
        assert.deepEqual([code, summary.code], [0, 0]);
        assert.match(stderr, /^bgpd is not running; it stopped at \S+Z$/m);
        assert.match(stdout, / Idle +0 +0 +0$/m);
        assert.match(summary.stdout, /ipv4 unicast +0 +0$/m);
        assert.deepEqual(rows(), [0, 0, 0, 1], "what is left is stale, and best as it last was");
      } else {
        assert.deepEqual([code, summary.code], [1, 1]);
        assert.match(
          stderr,
          /it ended unexpectedly after \S+Z, or this database is a backup; states and counters are the last/,
        );
        assert.match(stdout, / was Established +1 +1 +0$/m);
      }
    }
    // The file was changed where it stands, and not read yet: it is compared with what bgpd went by.
    await Deno.writeTextFile(
      `${folder}/bgpd.toml`,
      `${config}export = "all"\n[[peers]]\nremote_ip = "127.0.0.77"\nremote_as = 9\n`,
    );
    const diff = await run(bgpdPath, ["policy", "diff", "bgpd.toml"], { cwd: folder });
    assert.doesNotMatch(diff.stderr, /export is not compared/);
    assert.match(diff.stdout, /^export to all peers: no change$/m);
    // Nothing is chosen at a start before a peer has announced it.
    await using bgpd = await startBgpd({ config, cwd: folder });
    await waitFor("the rows to be loaded", () => Object.values(bgpd.sql("SELECT count(*) FROM loc_rib")[0]!)[0] === 0);
    assert.deepEqual(bgpd.sql("SELECT prefix, stale, best FROM rib").map((row) => Object.values(row)), [[
      "192.0.2.0/24",
      1,
      0,
    ]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("accepted and sent follow the routes of a peer: a rejected route is received and not accepted", async () => {
  const address = loopback();
  const port = freePort(address);
  const remote = loopback();
  const config = `${configHead({ address, port })}[[policies]]
name = "no-hosts"
default = "accept"
[[policies.rules]]
match = { prefix_length = ">= 28" }
action = "reject"
[[peers]]
remote_ip = "${remote}"
remote_as = 65001
passive = true
import = ["no-hosts"]
`;
  await using bgpd = await startBgpd({ config });
  const peer = await ScriptedPeer.connect({ local: remote, address, port, asn: 65001 });
  const counts = () =>
    bgpd.sql("SELECT routes, accepted, sent FROM peer_status").map((row) => Object.values(row).join(" "))[0];
  for (const prefix of ["192.0.2.0/24", "198.51.100.1/32", "203.0.113.0/24"]) peer.announce(prefix);
  await waitFor("three received, two accepted", () => counts() === "3 2 0");
  assert.equal((await bgpd.command("announce", "100.64.0.0/24")).code, 0);
  await waitFor("one sent", () => counts() === "3 2 1");
  // A policy that rejects nothing: the number of routes stays.
  await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, config.replace(">= 28", ">= 33"));
  assert.equal((await bgpd.command("reload")).code, 0);
  await waitFor("all accepted", () => counts() === "3 3 1");
  peer.close();
  await waitFor("none left", () => counts() === "0 0 0");
});

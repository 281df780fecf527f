/**
 * Archives and exports of routes of every family, with path identifiers: a database that imports the files has the
 * same routes, octet for octet, as the daemon's own.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { bgpdPath, startBgpd } from "../support/bgpd.ts";
import { capabilities, families, ofKinds, updates } from "../support/all_kinds.ts";
import { freePort, loopback } from "../support/net.ts";
import { run } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { sleep, waitFor } from "../support/wait.ts";

/** Routes as received: address of the peer, family, destination, path, octets of the attributes. */
function routesIn(path: string): string[] {
  using database = new DatabaseSync(path, { readOnly: true });
  return database.prepare(
    `SELECT peers.remote_ip || ' ' || f.name || ' ' || coalesce(p.prefix, n.nlri) || ' ' || path_id || ' '
       || hex(a.wire) AS route
     FROM routes JOIN attributes a ON a.id = coalesce(received_id, attribute_id)
     LEFT JOIN prefixes p ON p.id = prefix_id LEFT JOIN nlri n ON n.id = prefix_id
     JOIN families f ON f.id = coalesce(p.family, n.family) JOIN peers ON peers.id = peer_id ORDER BY 1`,
  ).all().map(({ route }) => String(route));
}

async function imported(folder: string, files: readonly string[]): Promise<string[]> {
  const database = `${folder}/imported-${files.length}-${files[0]!.replaceAll("/", "-")}.db`;
  const paths = files.map((file) => `${folder}/${file}`);
  const { code, stderr } = await run(bgpdPath, ["mrt", "import", ...paths, "-d", database]);
  assert.equal(code, 0, stderr);
  return routesIn(database);
}

Deno.test("routes of every family, in an archive of updates, one of tables and an export of the history", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-archive-" });
  const address = loopback(), port = freePort(address), locals = { all: loopback(), paths: loopback() };
  const peer = (local: string, keys: string) =>
    `[[peers]]
remote_ip = "${local}"
remote_as = 65000
passive = true
flowspec_validation = false
families = ${JSON.stringify(families.map(({ name }) => name))}
import = "changing"
${keys}
`;
  const bgpd = await startBgpd({
    cwd: folder,
    config: `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${address}:${port}"
${peer(locals.all, "")}${peer(locals.paths, 'add_path = "receive"')}
[[policies]]
name = "changing"
default = "accept"
[[policies.rules]]
set = { local_pref = 200, add_communities = ["65000:7"] }
[[archives]]
path = "mrt/updates.%s"
interval = 86400
[[archives]]
kind = "table"
path = "mrt/rib.%s.gz"
interval = 10
`,
  });
  try {
    const options = { address, port, asn: 65000, keepaliveMs: 1000 };
    const all = await ScriptedPeer.connect({ ...options, local: locals.all, capabilities: capabilities() });
    const paths = await ScriptedPeer.connect({
      ...options,
      local: locals.paths,
      routerId: 0x0a000003,
      capabilities: capabilities({ send: true }),
    });
    all.write(updates(ofKinds, { med: 1 }));
    for (const pathId of [1, 2, 3]) paths.write(updates(ofKinds.slice(0, 1), { med: pathId }, pathId));
    const database = `${folder}/bgpd.db`;
    await waitFor("the routes", () => routesIn(database).length === ofKinds.length + 3);
    await sleep(50);
    all.write(updates(ofKinds.filter((_, i) => i % 2 === 0), { med: 2 }));
    all.write(updates(ofKinds.filter((_, i) => i % 3 === 0), "withdraw"));
    paths.write(updates(ofKinds.slice(0, 1), "withdraw", 2));
    const left = ofKinds.filter((_, i) => i % 3 !== 0).length + 2;
    await waitFor("the changes", () => routesIn(database).length === left);
    const now = routesIn(database), changedAt = Date.now();
    assert.ok(now.some((route) => route.includes("evpn")) && now.some((route) => / [13] [0-9A-F]+$/.test(route)));

    const exported = await bgpd.command("mrt", "export", "changes.mrt", "--updates", "--from", "-10m");
    assert.equal(exported.code, 0, exported.stderr);
    assert.deepEqual(await imported(folder, ["changes.mrt"]), now);

    const tables = () =>
      [...Deno.readDirSync(`${folder}/mrt`)].map(({ name }) => name).filter((name) =>
        /^rib.*gz$/.test(name) && Number(name.split(".")[1]) * 1000 > changedAt
      );
    await waitFor("a table", () => tables().length > 0, { timeoutMs: 25_000 });
    assert.deepEqual(await imported(folder, [`mrt/${tables()[0]}`]), now);
    await bgpd.stop();
    all.close();
    paths.close();
    const files = [...Deno.readDirSync(`${folder}/mrt`)].map(({ name }) => name).filter((name) => name.startsWith("u"));
    assert.ok(files.every((name) => /^updates\.\d+$/.test(name)), files.join(" "));
    assert.deepEqual(await imported(folder, files.map((name) => `mrt/${name}`)), now);
  } finally {
    await bgpd.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

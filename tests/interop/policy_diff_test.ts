/**
 * `bgpd policy diff` against the truth: what it says about export is what other daemons see when the new configuration
 * is in force.
 */
import assert from "node:assert/strict";
import { waitFor } from "../support/wait.ts";
import { missingPrograms, type PeerRoute, peersRequired, type ReceivedRoute } from "./peers/mod.ts";
import { comparable, sampleRoutes } from "./routes.ts";
import { type Ray, routers, Star } from "./star.ts";

interface Diff {
  readonly peer: string;
  readonly export: { readonly examples: readonly { readonly kind: string; readonly prefix: string }[] };
}

/** Each daemon's own route, and one that all of them announce. */
function routesOf(third: number, asn: number): PeerRoute[] {
  const [own, shared] = sampleRoutes(third, asn);
  return [own!, { ...shared!, prefix: "100.30.0.0/24" }];
}

const policies = `
[[policies]]
name = "prefer"
[[policies.rules]]
set = { local_pref = 300 }
action = "accept"

[[policies]]
name = "out"
default = "accept"
[[policies.rules]]
name = "not the second"
match = { as_path = "^65002" }
action = "reject"
[[policies.rules]]
match = { prefix = ["100.10.0.0/24"] }
set = { add_communities = ["65000:7"] }
`;

Deno.test("policy diff names exactly the routes that other daemons then get, lose, or get otherwise", async () => {
  const present = routers.filter(({ programs }) => peersRequired || missingPrograms(programs).length === 0);
  if (present.length < 4) {
    console.error("SKIPPED: policy diff before other daemons: some are not installed");
    return;
  }
  const rays = present.map((kind, i): Ray => {
    const asn = 65001 + i;
    return { kind, asn, routes: routesOf(i, asn), keys: `next_hop = "unchanged"\nexport = "all" # ${i}\n` };
  });
  await using star = new Star(rays, "", policies);
  await star.start();
  const { bgpd, nodes, peers } = star;
  const seen = () => Promise.all(peers.map((peer) => peer.received()));
  // Three routes of others and the shared one; who announces the best one does not get it back.
  const settled = (expected: (lists: readonly (readonly ReceivedRoute[])[]) => boolean) =>
    waitFor("the routes", async () => {
      const lists = await seen();
      return expected(lists) && lists;
    }, star.patience);
  const before = await settled((lists) => lists.reduce((sum, list) => sum + list.length, 0) === 4 * 3 + 3);

  const config = star.config
    .replace('export = "all" # 0', 'export = "none"')
    .replace('export = "all" # 1', 'export = "out"')
    .replace('export = "all" # 2', 'export = "out"\nimport = "prefer"')
    .replace('export = "all" # 3', 'export = "out"\nas_override = true');
  await Deno.writeTextFile(`${bgpd.folder}/new.toml`, config);
  const diffs: readonly Diff[] = JSON.parse(
    await star.command("policy", "diff", "new.toml", "--limit", "1000", "--json"),
  );
  const predicted = nodes.map(({ endpoint }) =>
    diffs.find(({ peer }) => peer === endpoint.address)!.export.examples.map(({ kind, prefix }) => `${kind} ${prefix}`)
      .toSorted()
  );
  assert.deepEqual(await seen(), before, "a comparison changes nothing");
  assert.ok(
    ["accepted", "rejected", "changed"].every((kind) => predicted.flat().some((line) => line.startsWith(kind))),
  );

  await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, config);
  await star.command("reload");
  const found = (lists: readonly (readonly ReceivedRoute[])[]) =>
    lists.map((list, i) => {
      const old = new Map(before[i]!.map((route) => [route.prefix, JSON.stringify(comparable(route))]));
      const lines = list.flatMap((route) => {
        const was = old.get(route.prefix);
        old.delete(route.prefix);
        if (was === undefined) return [`accepted ${route.prefix}`];
        return was === JSON.stringify(comparable(route)) ? [] : [`changed ${route.prefix}`];
      });
      return [...lines, ...[...old.keys()].map((prefix) => `rejected ${prefix}`)].toSorted();
    });
  try {
    await settled((lists) => JSON.stringify(found(lists)) === JSON.stringify(predicted));
  } catch (error) {
    assert.deepEqual(found(await seen()), predicted, star.patience.detail());
    throw error;
  }
  // Compared with the configuration that is in force now, nothing changes.
  assert.match(await star.command("policy", "diff", "bgpd.toml"), /^export to all peers: no change$/m);
  await star.stop();
});

/**
 * `bgpd reload --dry-run` against what a reload then does to sessions with real daemons: the sessions that it names
 * reset or end, those that it names are asked for their routes, and nothing else happens to any of them.
 */
import assert from "node:assert/strict";
import { loopback } from "../support/net.ts";
import { waitFor } from "../support/wait.ts";
import { missingPrograms, peersRequired } from "./peers/mod.ts";
import { sampleRoutes } from "./routes.ts";
import { routers, Star } from "./star.ts";

interface View {
  readonly peer: string;
  readonly state: string;
  readonly since: string;
  readonly sessions: number;
  readonly messages_sent: { readonly route_refresh: number };
}

interface Plan {
  readonly included_files: number;
  readonly changes: readonly {
    readonly text: string;
    readonly peer: string | null;
    readonly keys: readonly { readonly key: string; readonly before: string | null; readonly after: string | null }[];
    readonly sessions: readonly { readonly peer: string; readonly effect: "resets" | "ends" }[];
    readonly routes: readonly { readonly peer: string; readonly effects: readonly string[] }[];
  }[];
}

Deno.test("reload --dry-run names the sessions that reset, end and are asked again, and changes nothing", async () => {
  const present = routers.filter(({ programs }) => peersRequired || missingPrograms(programs).length === 0);
  if (present.length < 4) {
    console.error("SKIPPED: reload --dry-run before other daemons: some are not installed");
    return;
  }
  const rays = present.map((kind, i) => {
    const asn = 65001 + i;
    return { kind, asn, routes: sampleRoutes(i, asn).slice(0, 1), keys: `# keys of ${i}` };
  });
  await using star = new Star(rays, 'include = ["more*.toml"]\n');
  await star.start();
  const { bgpd } = star;
  const views = async (): Promise<Map<string, View>> => {
    using client = Deno.createHttpClient({ proxy: { transport: "unix", path: `${bgpd.database}.sock` } });
    const response = await fetch("http://bgpd/api/v1/peers", { client });
    return new Map((await response.json() as View[]).map((peer) => [peer.peer, peer]));
  };
  const settled = (names: readonly string[]) =>
    waitFor("the sessions", async () => {
      const peers = await views();
      return names.every((name) => peers.get(name)?.state === "Established") && peers;
    }, star.patience);

  const [resets, asked, evaluated, removed] = star.nodes.map(({ endpoint }) => endpoint.address) as [
    string,
    string,
    string,
    string,
  ];
  const eligible = () => bgpd.sql("SELECT peer FROM rib WHERE ineligible IS NULL").length;
  await settled([resets, asked, evaluated, removed]);
  await waitFor("a route of each", () => eligible() === 4, star.patience);
  const before = await views();
  const added = loopback();
  const gone = star.config.slice(star.config.indexOf(`[[peers]]\nremote_ip = "${removed}"`));
  const config = star.config.replace(gone, "")
    .replace("# keys of 0", "hold_timer = 30")
    .replace("# keys of 1", "enforce_first_as = true")
    .replace("# keys of 2", 'import = "none"');
  await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, config);
  await Deno.writeTextFile(
    `${bgpd.folder}/more.toml`,
    `[[peers]]\nremote_ip = "${added}"\nremote_as = 65100\npassive = true\n`,
  );

  const plan: Plan = JSON.parse(await star.command("reload", "--dry-run", "--json"));
  assert.equal(plan.included_files, 1);
  const of = (peer: string) => plan.changes.find((change) => change.peer === peer)!;
  assert.deepEqual(of(resets).keys.map(({ key, before, after }) => [key, before, after]), [["hold_timer", null, "30"]]);
  assert.deepEqual(plan.changes.flatMap(({ sessions }) => sessions), [
    { peer: removed, effect: "ends" },
    { peer: resets, effect: "resets" },
  ]);
  assert.deepEqual(of(asked).routes, [{ peer: asked, effects: ["refresh"] }]);
  assert.deepEqual(of(evaluated).routes, [{ peer: evaluated, effects: ["import"] }]);
  assert.equal(of(added).text, `${added}: added`);
  const text = await star.command("reload", "--dry-run");
  assert.match(text, new RegExp(`^sessions: 1 resets \\(${resets}\\), 1 ends \\(${removed}\\), 2 go on$`, "m"));

  // Nothing has changed: the sessions, their counters, the peers and their routes.
  const states = (peers: Map<string, View>) =>
    [...peers.values()].map(({ peer, state, since, sessions, messages_sent: sent }) => ({
      ...{ peer, state, since, sessions },
      refreshes: sent.route_refresh,
    }));
  assert.deepEqual(states(await views()), states(before));
  assert.equal(eligible(), 4);

  const done = (await star.command("reload")).trimEnd().split("\n");
  assert.deepEqual(done, plan.changes.map((change) => change.text));
  const after = await settled([resets, asked, evaluated]);
  await waitFor("the routes without those of import none", () => eligible() === 2, star.patience);
  assert.equal(after.get(removed), undefined);
  assert.equal(after.get(resets)!.sessions, 2);
  for (const peer of [asked, evaluated]) {
    const { since, sessions } = after.get(peer)!;
    assert.deepEqual([since, sessions], [before.get(peer)!.since, 1], peer);
  }
  const asks = (peers: Map<string, View>, peer: string) => peers.get(peer)!.messages_sent.route_refresh;
  await waitFor("the ROUTE-REFRESH", async () => asks(await views(), asked) > asks(before, asked), star.patience);
  assert.equal(asks(await views(), evaluated), asks(before, evaluated));
  assert.equal((await star.command("reload", "--dry-run")).startsWith("a reload would change nothing"), true);

  // A mistake is refused with its place, and exit code 1.
  await Deno.writeTextFile(`${bgpd.folder}/more_b.toml`, "[[peers]]\nremote_ip = 5\n");
  const refused = await bgpd.command("reload", "--dry-run");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /a reload would be refused:\n(.*\/)?more_b\.toml:2:13: remote_ip must be/);
  await star.stop();
});

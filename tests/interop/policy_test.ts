/**
 * Policies of a running daemon: `reload` does, route by route, what `policy diff` predicted, and sessions stay up. The
 * loaded configuration has no difference to itself.
 */
import assert from "node:assert/strict";
import { emptyAttributeSet, encodeAttributeSet, UpdateEncoder } from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST, parseAddress } from "../../src/types/mod.ts";
import { type Bgpd, type Row, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";

const routes = 400;

/** Routes with paths of a few ASes and communities of a few kinds, eight to an attribute set. */
function table(asn: number, local: string): Uint8Array {
  const encoder = new UpdateEncoder({
    internal: false,
    fourOctetAs: true,
    families: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
    addPathReceive: 0,
    addPathSend: 0,
    extendedNextHop: 0,
    maxMessageBytes: 4096,
    localAsn: asn,
    remoteAsn: 0,
  });
  for (let i = 0; i < routes; i += 8) {
    const set = encodeAttributeSet({
      ...emptyAttributeSet(),
      origin: i % 3 === 0 ? 0 : 2,
      asPath: [{ type: 2, asns: [asn, ...[64512, 65010, 65020, 3356].slice(i % 4, 1 + i % 4 + i % 3)] }],
      nextHop: parseAddress(local),
      med: i % 5 === 0 ? i : undefined,
      communities: [asn * 65536 + i % 7, ...i % 16 === 0 ? [0xffff029a] : []],
      largeCommunities: i % 32 === 0 ? [[asn, 1, i]] : [],
    });
    encoder.begin(set, IPV4_UNICAST);
    for (let j = i; j < i + 8; j++) {
      const length = [16, 20, 22, 24, 25, 28, 31, 32][j % 8]!;
      encoder.add(((10 + j % 5) << 24) | (j << 16) & (-1 << (32 - length)), 0, 0, 0, length, -1);
    }
    encoder.finish();
  }
  return encoder.take();
}

const policies = `
[[prefix_sets]]
name = "some"
prefixes = ["10.0.0.0/8 le 32", "12.0.0.0/8 ge 25", "!10.0.0.0/8 ge 24 le 25"]
[[as_sets]]
name = "customers"
asns = [65010, 65020]
[[policies]]
name = "small"
[[policies.rules]]
name = "too specific"
match = { prefix_length = ">= 28" }
action = "reject"
[[policies]]
name = "first"
default = "accept"
[[policies.rules]]
name = "blackholes"
match = { community = "blackhole", not_prefix = "some" }
action = "reject"
[[policies.rules]]
match = { path_as = "customers" }
set = { local_pref = 200, med = "+10", add_communities = ["65000:1", "65000:1:1"], remove_communities = "65001:*" }
[[policies]]
name = "second"
[[policies.rules]]
match = { as_path = "_64512_", prefix = "some" }
set = { prepend_first = 2, communities = [] }
action = "accept"
[[policies.rules]]
match = { med = "none", not_origin = "igp" }
set = { med = 7, next_hop = "192.0.2.1" }
action = "accept"
`;

/** What `policy diff --json` says, one line for each route. */
async function foretold(bgpd: Bgpd, file: string): Promise<string[]> {
  const { code, stdout, stderr } = await bgpd.command("policy", "diff", file, "--json", "--limit", "100000");
  assert.equal(code, 0, stderr);
  const peers = JSON.parse(stdout) as { peer: string; examples: { kind: string; prefix: string }[] }[];
  return peers.flatMap(({ peer, examples }) => examples.map(({ kind, prefix }) => `${peer} ${prefix} ${kind}`)).sort();
}

function snapshot(bgpd: Bgpd): Map<string, Row> {
  const columns = "peer, prefix, ineligible, next_hop, as_path, med, local_pref, communities, large_communities";
  return new Map(bgpd.sql(`SELECT ${columns} FROM rib`).map((row) => [`${row.peer} ${row.prefix}`, row]));
}

/** What became of the routes, in the same words. */
function happened(before: Map<string, Row>, after: Map<string, Row>): string[] {
  return [...after].flatMap(([name, { ineligible, ...values }]) => {
    const { ineligible: was, ...old } = before.get(name)!;
    if (ineligible === null && was !== null) return [`${name} accepted`];
    if (ineligible !== null && was === null) return [`${name} rejected`];
    return ineligible === null && JSON.stringify(values) !== JSON.stringify(old) ? [`${name} changed`] : [];
  }).sort();
}

Deno.test("policy diff foretells what reload does, route by route, and no session notices", async () => {
  const ours = { address: loopback(), port: 0 };
  ours.port = freePort(ours.address);
  const locals = [loopback(), loopback()];
  const config = (first: string, second: string) =>
    `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${ours.address}:${ours.port}"
database = "bgpd.db"
${policies}
[[peers]]
remote_ip = "${locals[0]}"
remote_as = 65001
passive = true
${first}
[[peers]]
remote_ip = "${locals[1]}"
remote_as = 65002
passive = true
${second}
`;
  await using bgpd = await startBgpd({ config: config("", 'import = "none"') });
  const peers = await Promise.all(
    locals.map((local, i) => ScriptedPeer.connect({ local, ...ours, asn: 65001 + i, routerId: 0x0a000001 + i })),
  );
  try {
    peers.forEach((peer, i) => peer.write(table(65001 + i, locals[i]!)));
    const count = () => Number(bgpd.sql("SELECT count(*) AS n FROM rib")[0]?.n ?? 0);
    await waitFor("both tables", () => count() === 2 * routes, { detail: () => bgpd.log });
    const since = () =>
      bgpd.sql("SELECT since FROM peer_status WHERE state = 'Established' ORDER BY peer").map((row) => row.since);
    const sessions = await waitFor("both sessions", () => since().length === 2 && since());
    const seen = new Set<string>();
    for (
      const [first, second] of [
        ['import = "first"', 'import = ["small", "first"]'],
        ['import = ["second", "first"]', ""],
        ['import = { "ipv4 unicast" = "second", default = "none" }', 'import = "none"'],
        ["", 'import = ["first"]'],
      ] as const
    ) {
      const text = config(first, second);
      await Deno.writeTextFile(`${bgpd.folder}/new.toml`, text);
      const expected = await foretold(bgpd, "new.toml");
      const before = snapshot(bgpd);
      await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, text);
      const { code, stderr } = await bgpd.command("reload");
      assert.equal(code, 0, stderr);
      await waitFor("the new policies everywhere", async () => (await foretold(bgpd, "bgpd.toml")).length === 0, {
        detail: () => bgpd.log,
      });
      assert.deepEqual(happened(before, snapshot(bgpd)), expected);
      assert.ok(expected.length > 0);
      for (const line of expected) seen.add(line.split(" ")[2]!);
    }
    assert.deepEqual([...seen].sort(), ["accepted", "changed", "rejected"]);
    assert.deepEqual(since(), sessions);
    assert.equal(count(), 2 * routes);
  } finally {
    for (const peer of peers) peer.close();
  }
});

/**
 * Alice-LG and clients of bgplgd on a live session: a route server with two peers whose policies filter some routes and
 * withhold others. `./bgpd run` has the sessions, `./bgpd web` answers, the decoders in tests/support read.
 */
import assert from "node:assert/strict";
import { type AttributeSet, emptyAttributeSet, encodeAttributeSet, UpdateEncoder } from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST, parseAddress, parsePrefix } from "../../src/types/mod.ts";
import {
  aliceNeighbors,
  aliceRoutes,
  aliceRoutesOfNeighbor,
  aliceStates,
  aliceStatus,
} from "../support/alice_decoder.ts";
import { startBgpd } from "../support/bgpd.ts";
import { lgNeighbors, lgRoutes, lgStates } from "../support/bgplgd_decoder.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { startWebProcess } from "../support/web_process.ts";

const policies = `
[[policies]]
name = "clean"
default = "accept"
[[policies.rules]]
name = "too specific"
match = { prefix_length = ">= 25" }
action = "reject"
[[policies]]
name = "chosen"
default = "accept"
[[policies.rules]]
name = "not for you"
match = { community = "65001:666" }
action = "reject"
`;

const noExport = 0xffff_ff01;

function update(asn: number, local: string, text: string, more: Partial<AttributeSet> = {}): Uint8Array {
  const prefix = parsePrefix(text)!;
  const isWide = prefix.octets.length === 16;
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
  const set: AttributeSet = {
    ...emptyAttributeSet(),
    origin: 0,
    asPath: [{ type: 2, asns: [asn, 65099] }],
    nextHop: parseAddress(isWide ? "2001:db8::1" : local)!,
    ...more,
  };
  encoder.begin(encodeAttributeSet(set), isWide ? IPV6_UNICAST : IPV4_UNICAST);
  const view = new DataView(prefix.octets.buffer, prefix.octets.byteOffset);
  const word = (i: number) => isWide || i === 0 ? view.getInt32(i * 4) : 0;
  encoder.add(word(0), word(1), word(2), word(3), prefix.length, -1);
  encoder.finish();
  return encoder.take();
}

function configOf(ours: string, [first, second]: readonly string[]): string {
  return `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${ours}"
database = "bgpd.db"
${policies}
[[peers]]
name = "alpha"
description = "Alpha, Frankfurt"
remote_ip = "${first}"
remote_as = 65001
passive = true
import = "clean"
export = "all"
[[peers]]
name = "beta%2"
remote_ip = "${second}"
remote_as = 65002
passive = true
import = "all"
export = "chosen"
next_hop_ipv6 = "2001:db8::ff"
`;
}

/** What alpha announces: two routes that go on, two that are filtered, two that are withheld from beta. */
function announcements(local: string): Uint8Array[] {
  return [
    update(65001, local, "198.51.100.0/24", { med: 7, largeCommunities: [[65001, 1, 2]] }),
    update(65001, local, "2001:d00::/24"),
    update(65001, local, "203.0.113.128/25"),
    update(65001, local, "203.0.113.0/24", { asPath: [{ type: 2, asns: [65001, 65000] }] }),
    update(65001, local, "192.0.2.0/24", { communities: [65001 * 65536 + 666] }),
    update(65001, local, "100.64.0.0/16", { communities: [noExport] }),
  ];
}

const sorted = (routes: readonly { readonly network: string }[]) => routes.map(({ network }) => network).sort();

Deno.test("Alice-LG and bgplgd's clients read a live route server: accepted, filtered, not exported, why", async () => {
  const address = loopback();
  const port = freePort(address);
  const locals = [loopback(), loopback()];
  await using bgpd = await startBgpd({ config: configOf(`${address}:${port}`, locals) });
  const peers = await Promise.all(
    locals.map((local, i) => ScriptedPeer.connect({ local, address, port, asn: 65001 + i, routerId: 0x0a000001 + i })),
  );
  const [alpha, beta] = locals as [string, string];
  const [sender, receiver] = peers as [ScriptedPeer, ScriptedPeer];
  try {
    for (const message of announcements(alpha)) sender.write(message);
    receiver.write(update(65002, beta, "198.51.100.0/24", { asPath: [{ type: 2, asns: [65002, 65088, 65099] }] }));
    const sent = "SELECT sent FROM peer_status WHERE peer = 'beta%2'";
    await waitFor("all routes in the database", () => bgpd.sql("SELECT 1 FROM rib").length === 7);
    await waitFor("the counts", () => bgpd.sql(sent)[0]?.["sent"] === 2);
    await using web = await startWebProcess(bgpd);
    const ask = (path: string) => web.text(`/birdwatcher${path}`);
    const routes = async (path: string) => aliceRoutes(await ask(path));

    const status = aliceStatus(await ask("/status"));
    assert.deepEqual([status["router_id"], status["message"]], ["10.0.0.254", "Daemon is up and running"]);
    const neighbors = aliceNeighbors(await ask("/protocols/bgp"));
    const [alphaId, betaId] = [...neighbors.keys()] as [string, string];
    assert.deepEqual([alphaId, betaId], ["alpha", "beta_2~2"]);
    const { received, accepted, filtered, exported, preferred, description, state } = neighbors.get(alphaId)!;
    assert.deepEqual([received, accepted, filtered, exported, preferred, description, state], [
      6,
      4,
      2,
      0,
      4,
      "Alpha, Frankfurt",
      "up",
    ]);
    assert.equal(aliceStates(await ask("/protocols/short?uncached=true")).get(betaId), "up");

    const shown = aliceRoutesOfNeighbor(
      await routes(`/routes/protocol/${alphaId}`),
      await routes(`/routes/filtered/${alphaId}`),
    );
    const accepted4 = ["100.64.0.0/16", "192.0.2.0/24", "198.51.100.0/24"];
    assert.deepEqual(sorted(shown.imported), [...accepted4, "2001:d00::/24"].sort());
    const words = new Map(
      bgpd.sql("SELECT id, word FROM words WHERE kind = 'ineligible'").map((row) => {
        return [Number(row["id"]), String(row["word"])];
      }),
    );
    const why = Object.fromEntries(shown.filtered.map(({ network, largeCommunities }) => {
      return [network, largeCommunities.map((text) => words.get(Number(text.split(":")[2])))];
    }));
    assert.deepEqual(why, {
      "203.0.113.0/24": ["own ASN in AS path"],
      "203.0.113.128/25": ["import policy", "policy clean, rule too specific"],
    });

    const withheld = await routes(`/routes/noexport/${betaId}`);
    assert.deepEqual(Object.fromEntries(withheld.map((route) => [route.network, route.largeCommunities])), {
      "192.0.2.0/24": ["65000:65667:13"],
      "100.64.0.0/16": ["65000:65667:9"],
    });
    assert.ok(withheld.every(({ neighborId, gateway }) => neighborId === alphaId && gateway === alpha));
    assert.deepEqual(sorted(await routes(`/routes/export/${betaId}`)), ["198.51.100.0/24", "2001:d00::/24"]);
    assert.deepEqual(sorted(await routes("/routes/table/master4")), [...accepted4, "198.51.100.0/24"].sort());
    assert.deepEqual(sorted(await routes("/routes/table/master6")), ["2001:d00::/24"]);
    assert.equal((await routes("/routes/table/master4/filtered")).length, 2);

    const lg = (path: string) => web.text(`/bgplgd${path}`);
    assert.deepEqual(lgNeighbors(await lg("/neighbors")).map(({ asn, received, sent }) => [asn, received, sent]), [
      [65001, 6, 0],
      [65002, 1, 2],
    ]);
    assert.deepEqual(lgStates(await lg("/summary")), [["10.0.0.1", "established"], ["10.0.0.2", "established"]]);
    const rib = lgRoutes(await lg(`/rib?neighbor=${alpha}`));
    assert.deepEqual(rib.filter((route) => route.filtered).map(({ prefix }) => prefix), ["203.0.113.128/25"]);
    assert.equal(lgRoutes(await lg("/rib?as=65099&best=1")).length, 4);
    const out = lgRoutes(await lg(`/rib/out?neighbor=${beta}`));
    assert.deepEqual(out.map(({ prefix, asPath }) => [prefix, asPath[0]]).sort(), [
      ["198.51.100.0/24", 65000],
      ["2001:d00::/24", 65000],
    ]);
    const capabilities = JSON.parse(await lg("/neighbors?neighbor=alpha")).neighbors[0].session.remote.capabilities;
    assert.deepEqual([capabilities.as4byte, capabilities.multiprotocol], [true, ["IPv4 unicast", "IPv6 unicast"]]);
    assert.match(await lg("/metrics"), /bgpd_peer_message_receive_total\{[^}]*messages="open"\} 1\n/);
    const posted = await fetch(`${web.base}/bgplgd/rib`, { method: "POST" });
    assert.equal(posted.status, 405, await posted.text());
  } finally {
    for (const peer of peers) peer.close();
  }
});

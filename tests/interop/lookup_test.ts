/** Received routes from memory, over the socket of a running daemon: what the database says, in the same words. */
import assert from "node:assert/strict";
import { type AttributeSet, emptyAttributeSet, encodeAttributeSet, UpdateEncoder } from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST, parseAddress, parsePrefix } from "../../src/types/mod.ts";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

type Json = Record<string, unknown>;

/** An UPDATE of a peer; `pathId` -1 without ADD-PATH. */
function update(asn: number, prefix: string, more: Partial<AttributeSet> = {}, pathId = -1): Uint8Array {
  const { octets, length } = parsePrefix(prefix)!;
  const family = octets.length === 4 ? IPV4_UNICAST : IPV6_UNICAST;
  const encoder = new UpdateEncoder({
    internal: false,
    fourOctetAs: true,
    families: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
    addPathReceive: 0,
    addPathSend: pathId === -1 ? 0 : familyMask([IPV4_UNICAST]),
    extendedNextHop: 0,
    maxMessageBytes: 4096,
    localAsn: asn,
    remoteAsn: 65000,
  });
  const set = {
    ...emptyAttributeSet(),
    origin: 0 as const,
    asPath: [{ type: 2 as const, asns: [asn] }],
    nextHop: parseAddress(octets.length === 4 ? "192.0.2.1" : "2001:db8::1"),
    ...more,
  };
  encoder.begin(encodeAttributeSet(set), family);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const word = (i: number) => 4 * i < octets.length ? view.getInt32(4 * i) : 0;
  encoder.add(word(0), word(1), word(2), word(3), length, pathId);
  encoder.finish();
  return encoder.take();
}

Deno.test("routes over the socket are those of the view rib, route by route and word by word", async () => {
  const address = loopback();
  const port = freePort(address);
  const peers = [1, 2, 3].map((i) => ({ local: loopback(), asn: 65000 + i, routerId: 0x0a000000 + i }));
  const config = `${configHead({ routerId: "10.0.0.254", address, port })}multipath = 4\n` +
    `multipath_relax = true\n[[static_routes]]\nprefix = "10.9.0.0/16"\nnext_hop = "192.0.2.9"\n` +
    `[[policies]]\nname = "in"\ndefault = "accept"\n[[policies.rules]]\nname = "not 7"\n` +
    `match = { origin_as = [7] }\naction = "reject"\n[[policies.rules]]\nset = { local_pref = 200 }\n` +
    peers.map(({ local, asn }, i) =>
      `[[peers]]\nremote_ip = "${local}"\nremote_as = ${asn}\npassive = true\n${
        ["", 'add_path = "receive"', 'import = "in"'][i]
      }\n`
    ).join("");
  await using bgpd = await startBgpd({ config });
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path: `${bgpd.database}.sock` } });
  const get = async (query: string): Promise<Json[]> => {
    const response = await fetch(`http://bgpd/api/v1/routes?${query}`, { client });
    assert.equal(response.status, 200, query);
    return await response.json() as Json[];
  };
  const addPath = { kind: "addPath", families: [{ afi: 1, safi: 1, receive: true, send: true }] } as const;
  const [plain, paths, filtered] = await Promise.all(
    peers.map((peer, i) =>
      ScriptedPeer.connect({ ...peer, address, port, ...i === 1 ? { capabilities: [addPath] } : {} })
    ),
  );
  const path = (...asns: number[]) => ({ asPath: [{ type: 2 as const, asns }] });
  const communities = {
    communities: [0xfde80001, 0xffffff01],
    largeCommunities: [[1, 2, 3]],
    extCommunities: [Uint8Array.of(0, 2, 0xfd, 0xe8, 0, 0, 0, 100)],
  } as Partial<AttributeSet>;
  plain!.write(update(65001, "10.0.0.0/8", { med: 7, origin: 2, ...communities }));
  plain!.write(update(65001, "10.1.0.0/16", path(65001, 65000)));
  plain!.write(update(65001, "2001:db8::/32", { asPath: [...path(65001).asPath, { type: 1, asns: [5, 6] }] }));
  plain!.write(update(65001, "10.1.2.0/24"));
  for (const id of [0, 9]) paths!.write(update(65002, "10.1.2.0/24", path(65002, 20 + id), id));
  filtered!.write(update(65003, "10.1.2.0/24", path(65003, 7)));
  filtered!.write(update(65003, "10.2.0.0/16"));

  const key = (row: Json) => [row["family"], row["prefix"], row["peer"], row["path_id"]].join(" ");
  const sorted = (rows: Json[]) => rows.sort((a, b) => key(a) < key(b) ? -1 : 1);
  const shown = async () => sorted(JSON.parse((await bgpd.command("show", "routes", "--json")).stdout) as Json[]);
  const byName = (row: Json) => Object.entries(row).sort(([a], [b]) => a < b ? -1 : 1);
  const inSql = () => bgpd.sql("SELECT count(*) AS n FROM rib")[0]?.["n"];
  const held = async () => [
    ...await get("prefix=0.0.0.0/0&longer=true"),
    ...await get("prefix=::/0&longer=true"),
  ];
  // The database is a moment behind: rows, then marks.
  const agreed = async (count: number) => {
    let differ = "";
    await waitFor(`the ${count} routes of memory in the database`, async () => {
      const both = [sorted(await held()), await shown()].map((rows) => JSON.stringify(rows.map(byName), null, 1));
      differ = both.join("\n");
      return both[0] === both[1] && inSql() === count;
    }, { detail: () => differ });
    return await shown();
  };
  const all = await agreed(9);
  assert.equal(all.length, 9);
  // The rest of it is parts of that.
  for (
    const [query, wanted] of [
      ["address=10.1.2.3", "10.1.2.0/24"],
      ["address=10.1.3.1", "10.1.0.0/16"],
      ["address=10.3.0.1", "10.0.0.0/8"],
      ["address=10.9.1.1", "10.9.0.0/16"],
      ["address=2001:db8::5", "2001:db8::/32"],
      ["prefix=10.1.2.0/24", "10.1.2.0/24"],
    ] as const
  ) {
    const rows = await get(query);
    assert.deepEqual(sorted([...rows]), all.filter(({ prefix }) => prefix === wanted), query);
    assert.equal(rows.findIndex(({ best }) => best === true) <= 0, true, `${query}: the best one is the first`);
  }
  for (
    const query of [
      "address=11.0.0.1",
      "address=2001:db9::1",
      "prefix=10.1.2.0/25",
      "address=10.1.2.3&family=ipv4 multicast",
    ]
  ) {
    assert.deepEqual(await get(query), [], query);
  }
  assert.equal((await get("prefix=0.0.0.0/0&longer=true&limit=3")).length, 3);
  const words = [...new Set(all.map(({ ineligible }) => ineligible))].sort();
  assert.deepEqual(words, ["AS set in AS path", null, "own ASN in AS path", "policy in, rule not 7"]);
  // What a lost peer had is gone from memory, and then from the database.
  plain!.close();
  await waitFor("the routes of a lost peer to go", async () => {
    return (await held()).every(({ peer }) => peer !== peers[0]!.local);
  });
  assert.deepEqual((await get("address=10.3.0.1")).length, 0);
  assert.equal((await agreed(5)).length, 5);
  for (const peer of [paths!, filtered!]) peer.close();
});

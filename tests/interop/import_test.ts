/**
 * What happens to routes on their way in, with real peers: too many of them (RFC 4486), and import policy that changes
 * under a session that goes on.
 */
import assert from "node:assert/strict";
import { type Bgpd, ensureBgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { type Case, concurrently } from "../support/steps.ts";
import { waitFor } from "../support/wait.ts";
import {
  missingPrograms,
  type Peer,
  type PeerKind,
  peerKinds,
  type PeerRoute,
  peersRequired,
  startPeer,
} from "./peers/mod.ts";

const plain = { communities: [], largeCommunities: [], extCommunities: [] };
const nextHop = "198.51.100.1";

/** "100.10.N.0/24", the ones with odd N marked 65001:1. */
function routes(count: number): PeerRoute[] {
  return Array.from({ length: count }, (_, n) => ({
    ...plain,
    prefix: `100.10.${n}.0/24`,
    nextHop,
    communities: n % 2 === 1 ? ["65001:1"] : [],
  }));
}

interface Lab {
  readonly bgpd: Bgpd;
  readonly peer: Peer;
  /** Another configuration for the running daemon; gives what it says. */
  reload(peerKeys: string, policies?: string): Promise<string>;
  detail(): string;
}

async function lab(
  kind: PeerKind,
  own: readonly PeerRoute[],
  peerKeys: string,
  policies: string,
  run: (lab: Lab) => Promise<void>,
): Promise<void> {
  const [ourAddress, theirAddress] = [loopback(), loopback()];
  const ours = { address: ourAddress, port: freePort(ourAddress), asn: 65000 };
  const theirs = { address: theirAddress, port: freePort(theirAddress), asn: 65001 };
  const config = (keys: string, text: string) =>
    `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${ourAddress}:${ours.port}"
poll_interval = 1
[[peers]]
remote_ip = "${theirAddress}"
remote_as = 65001
local_ip = "${ourAddress}"
dest_port = ${theirs.port}
${keys}
${text}
`;
  const base = { local: theirs, remote: ours, routerId: "10.0.0.1", passive: true };
  await using peer = await startPeer(kind, { ...base, routes: own });
  await using bgpd = await startBgpd({ config: config(peerKeys, policies) });
  const reload = async (keys: string, text = policies) => {
    await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, config(keys, text));
    const { code, stdout, stderr } = await bgpd.command("reload");
    assert.equal(code, 0, stderr);
    return stdout;
  };
  await run({ bgpd, peer, reload, detail: () => `${bgpd.process.log()}\n${peer.log}` });
}

/** Routes of the peer by why they are no candidates; those that are, under "". */
function reasons(bgpd: Bgpd): Record<string, number> {
  const rows = bgpd.sql("SELECT coalesce(ineligible, '') AS why, count(*) AS n FROM rib WHERE peer_id <> 0 GROUP BY 1");
  return Object.fromEntries(rows.map(({ why, n }) => [String(why), Number(n)]));
}

async function waitReasons({ bgpd, detail }: Lab, expected: Record<string, number>): Promise<void> {
  const found = () => JSON.stringify(Object.entries(reasons(bgpd)).sort());
  const wanted = JSON.stringify(Object.entries(expected).sort());
  await waitFor(wanted, () => found() === wanted, { detail: () => `${found()}\n${detail()}` });
}

/** What each daemon says of a NOTIFICATION 6/1. */
const limitMessage: Readonly<Record<string, RegExp>> = {
  "BIRD": /Received: Maximum number of prefixes reached/,
  "FRR": /NOTIFICATION(\(Hard Reset\))?: received from neighbor \S+ 6\/1/,
  "GoBGP": /received notification.*[Cc]ode["=:]+6.*[Ss]ubcode["=:]+1\b/,
  "OpenBGPD": /received notification: Cease, received max-prefix exceeded/,
  "ExaBGP": /notification received \(6,1\)/,
};

async function shutdown(kind: PeerKind): Promise<void> {
  await lab(kind, routes(30), "max_prefixes = 20", "", async (it) => {
    const { bgpd, peer, detail } = it;
    const event = () => bgpd.sql("SELECT text FROM peer_events WHERE kind = 'sessionReset'")[0]?.text;
    await waitFor("the end of the session", event, { detail });
    assert.match(String(event()), /^\d+ routes of ipv4 unicast, more than 20 \(max_prefixes\)$/);
    await waitFor("the message of the peer", () => limitMessage[kind.title]!.test(peer.words), { detail });
    await waitReasons(it, {});
    // More are allowed, and somebody says so.
    await it.reload('max_prefixes = { "ipv4 unicast" = 40 }');
    const { code, stderr } = await bgpd.command("peer", "enable", peer.options.local.address);
    assert.equal(code, 0, stderr);
    await waitReasons(it, { "": 30 });
  });
}

async function discard(kind: PeerKind): Promise<void> {
  const keys = 'max_prefixes = 20\nmax_prefixes_action = "discard"';
  await lab(kind, routes(30), keys, "", async (it) => {
    const { bgpd, peer, detail } = it;
    await waitReasons(it, { "": 20, "over max prefixes": 2 });
    const word = /more than 20 routes of ipv4 unicast \(max_prefixes\): routes above the limit are refused/;
    await waitFor("a word about it", () => word.test(bgpd.log), { detail });
    // The peer withdraws some of those that are in; those that are out come in.
    const inside = new Set(
      bgpd.sql("SELECT prefix FROM rib WHERE ineligible IS NULL AND peer_id <> 0").map(({ prefix }) => String(prefix)),
    );
    const gone = new Set([...inside].slice(0, 12));
    await peer.announce(routes(30).filter(({ prefix }) => !gone.has(prefix)));
    await waitReasons(it, { "": 18 });
    await waitFor(
      "the session to be up",
      () => bgpd.sql("SELECT 1 FROM peer_status WHERE state = 'Established'").length === 1,
      { detail },
    );
    assert.equal(bgpd.sql("SELECT 1 FROM peer_events WHERE kind = 'sessionReset'").length, 0);
  });
}

const policies = `
[[prefix_sets]]
name = "low"
prefixes = ["100.10.0.0/21 le 32"]

[[policies]]
name = "in"
default = "accept"
[[policies.rules]]
name = "no low ones"
match = { prefix = "low" }
action = "reject"
[[policies.rules]]
match = { community = "65001:1" }
set = { local_pref = 200, add_communities = ["65000:7"] }
`;

async function policy(kind: PeerKind): Promise<void> {
  await lab(kind, routes(20), 'import = "in"', policies, async (it) => {
    const { bgpd, detail } = it;
    await waitReasons(it, { "": 12, "policy in, rule no low ones": 8 });
    const preferred = "SELECT count(*) AS n FROM rib WHERE local_pref = 200 AND communities = '65001:1 65000:7'";
    const count = (sql: string) => Number(bgpd.sql(sql)[0]!.n);
    assert.equal(count(preferred), 6);
    // As they were received.
    const received = "SELECT count(*) AS n FROM adj_rib_in WHERE peer_id <> 0 AND local_pref IS NULL";
    assert.equal(count(received), 20);
    assert.equal(count("SELECT count(*) AS n FROM adj_rib_in WHERE changed"), 6);
    const since = () => bgpd.sql("SELECT since FROM peer_status WHERE state = 'Established'");
    const before = await waitFor("the session in SQL", () => since().length === 1 && since(), { detail });

    const other = policies.replace("local_pref = 200", "local_pref = 50").replace('action = "reject"', "");
    assert.equal(await it.reload('import = "in"', other), "policies changed, routes are re-evaluated, sessions stay\n");
    await waitReasons(it, { "": 20 });
    await waitFor("other values", () => count(preferred.replace("200", "50")) === 10, { detail });

    const { address } = it.peer.options.local;
    assert.equal(await it.reload('import = "all"', other), `${address}: import changed, session stays\n`);
    await waitFor("values as received", () => count("SELECT count(*) AS n FROM adj_rib_in WHERE changed") === 0, {
      detail,
    });
    assert.equal(count("SELECT count(*) AS n FROM rib WHERE peer_id <> 0 AND local_pref IS NULL"), 20);
    // The same session, and no state of a route ended.
    assert.deepEqual(since(), before);
    assert.equal(count("SELECT count(*) AS n FROM history"), 0);
  });
}

const cases: readonly { title: string; kinds: readonly string[]; run: (kind: PeerKind) => Promise<void> }[] = [
  {
    title: "RFC 4486 §4: more prefixes than allowed end the session, and it gets the reason",
    kinds: ["BIRD", "FRR", "GoBGP", "OpenBGPD", "ExaBGP"],
    run: shutdown,
  },
  { title: "routes above the limit are left out and come in when there is room", kinds: ["BIRD", "FRR"], run: discard },
  { title: "policy changes, rejects, and changes its mind without a new session", kinds: ["BIRD", "FRR"], run: policy },
];

Deno.test("import: limits and policy with real peers", async (t) => {
  await ensureBgpd();
  const list: Case[] = [];
  for (const { title, kinds, run } of cases) {
    for (const kind of peerKinds.filter((each) => kinds.includes(each.title))) {
      const missing = missingPrograms(kind.programs);
      if (missing.length > 0 && !peersRequired) {
        console.error(`SKIPPED: ${title}: not installed: ${missing.join(", ")}`);
      } else list.push({ title: `${kind.title}: ${title}`, run: () => run(kind) });
    }
  }
  await concurrently(t, 4, list);
});

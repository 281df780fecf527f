/**
 * What sessions negotiate with each daemon that can, as iBGP and eBGP: two-octet AS numbers (RFC 6793), several paths
 * of a prefix (RFC 7911), IPv4 routes with IPv6 next hops (RFC 8950), messages up to 4096 octets and longer ones (RFC
 * 8654).
 */
import assert from "node:assert/strict";
import { type Bgpd, ensureBgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { type Case, concurrently } from "../support/steps.ts";
import { waitFor } from "../support/wait.ts";
import {
  type Ability,
  isV6,
  missingPrograms,
  type Peer,
  type PeerKind,
  peerKinds,
  type PeerRoute,
  peersRequired,
  startPeer,
} from "./peers/mod.ts";

/** At once: enough to overlap their waiting, few enough for two cores. */
const concurrency = 8;

/** AS numbers that two octets do not hold, and what stands for them there. */
const wideAsn = 4_200_000_001;
const wideOther = 4_200_000_002;
const asTrans = 23_456;

/**
 * Two-octet speakers that take AS_TRANS for the AS of a neighbour. FRR and OpenBGPD refuse it; BIRD wants the real one,
 * which it reads from our capability, but not in its configuration.
 */
const takesAsTrans = ["ExaBGP"];

const plain = { communities: [], largeCommunities: [], extCommunities: [] };

interface Lab {
  readonly kind: PeerKind;
  readonly internal: boolean;
  readonly uses: readonly Ability[];
  /** Our AS; with `internal` the peer's, too. */
  readonly asn: number;
  readonly v6?: boolean;
  /** What stands in the peer's configuration about us, where it cannot know better. */
  readonly seenAsn?: number;
  readonly routes: readonly PeerRoute[];
  /** Lines of the peer's table in our configuration, and its static routes. */
  readonly config?: string;
}

/** Starts both, waits until the session is Established, and runs the rest. */
async function lab(
  { kind, internal, uses, asn, v6 = false, seenAsn = asn, routes, config = "" }: Lab,
  run: (bgpd: Bgpd, peer: Peer, detail: () => string) => Promise<void>,
): Promise<void> {
  const address = () => v6 ? "::1" : loopback();
  const [ourAddress, theirAddress] = [address(), address()];
  const ours = { address: ourAddress, port: freePort(ourAddress), asn: seenAsn };
  const theirs = { address: theirAddress, port: freePort(theirAddress), asn: internal ? asn : 65001 };
  await using peer = await startPeer(kind, {
    addPath: config.includes("add_path"),
    local: theirs,
    remote: ours,
    routerId: "10.0.0.1",
    passive: true,
    routes,
    uses,
  });
  await using bgpd = await startBgpd({
    config: `router_id = "10.0.0.254"
default_as = ${asn}
bgp_socket = "${v6 ? `[${ourAddress}]` : ourAddress}:${ours.port}"
poll_interval = 1
[[peers]]
remote_ip = "${theirAddress}"
remote_as = ${theirs.asn}
local_ip = "${ourAddress}"
dest_port = ${theirs.port}
${config}
`,
  });
  const detail = () => `${bgpd.process.log()}\n${peer.log}`;
  const state = () => bgpd.sql("SELECT 1 FROM peer_status WHERE state = 'Established'").length === 1;
  await waitFor("Established", state, { detail });
  await run(bgpd, peer, detail);
}

/** Waits for `count` routes of the peer that may become best, and gives them. */
async function received(bgpd: Bgpd, count: number, detail: () => string) {
  const query = "SELECT prefix, path_id, next_hop, as_path, communities FROM rib" +
    " WHERE peer_id <> 0 AND ineligible IS NULL ORDER BY prefix, next_hop";
  return await waitFor(`${count} routes`, () => {
    const rows = bgpd.sql(query);
    return rows.length === count && rows;
  }, { detail });
}

const words = (value: unknown) => String(value ?? "").split(" ").filter((word) => word !== "").sort();

const staticRoute = (prefix: string, more: string) => `[[peers.static_routes]]\nprefix = "${prefix}"\n${more}\n`;

async function twoOctets(kind: PeerKind, internal: boolean): Promise<void> {
  const path = kind.abilities.includes("path") ? [wideOther, 64999] : [];
  const asPath = path.length > 0 ? path.join(" ") : undefined;
  const routes = [{ prefix: "100.10.1.0/24", nextHop: "198.51.100.1", ...plain, asPath }];
  const wide = !internal && takesAsTrans.includes(kind.title);
  const [asn, seenAsn] = wide ? [wideAsn, asTrans] : [65000, 65000];
  const config = staticRoute("100.10.2.0/24", `next_hop = "198.51.100.2"\nas_path = [${wideOther}, 64998]`);
  await lab({ kind, internal, uses: ["twoOctets"], asn, seenAsn, routes, config }, async (bgpd, peer, detail) => {
    const [row] = await received(bgpd, 1, detail);
    assert.equal(row!.as_path ?? "", [...internal ? [] : [65001], ...path].join(" "), "AS4_PATH is merged");
    const [{ capabilities } = {}] = bgpd.sql("SELECT capabilities FROM peers WHERE id <> 0");
    assert.doesNotMatch(String(capabilities), /4-octet|four/i);
    const { asPath } = await peer.waitReceived("100.10.2.0/24", { detail });
    // Some show AS_PATH as it came, and AS4_PATH beside it.
    const whole = [...internal ? [] : [asn], wideOther, 64998];
    const narrow = whole.map((each) => each > 65535 ? asTrans : each);
    assert.ok([whole.join(" "), narrow.join(" ")].includes(asPath), `${asPath}\n${detail()}`);
  });
}

async function addPath(kind: PeerKind, internal: boolean): Promise<void> {
  const several = kind.abilities.includes("pathIds");
  const both: PeerRoute[] = ["100.10.1.0/24", "2001:db8:1::/48"].flatMap((prefix) =>
    [1, 2].map((pathId) => {
      const nextHop = isV6(prefix) ? `2001:db8::${pathId}` : `198.51.100.${pathId}`;
      return { prefix, nextHop, ...plain, pathId };
    })
  );
  const routes: PeerRoute[] = several
    ? both
    : both.filter(({ pathId }) => pathId === 1).map(({ pathId: _, ...route }) => route);
  const config = `add_path = "receive"`;
  await lab({ kind, internal, uses: [], asn: 65000, routes, config }, async (bgpd, peer, detail) => {
    const rows = await received(bgpd, routes.length, detail);
    assert.deepEqual(rows.map((row) => `${row.prefix} ${row.next_hop}`), routes.map((r) => `${r.prefix} ${r.nextHop}`));
    assert.ok(rows.every(({ path_id }) => typeof path_id === "number"), detail());
    const identities = new Set(rows.map(({ prefix, path_id }) => `${prefix} ${path_id}`));
    assert.equal(identities.size, rows.length, "identifiers tell the paths of a prefix apart");
    await waitFor("one of each prefix to be best", () => bgpd.sql("SELECT 1 FROM loc_rib").length === 2, { detail });
    if (!several) return;
    // One path goes, the other stays.
    await peer.announce(routes.filter(({ pathId }) => pathId === 1));
    const left = await received(bgpd, 2, detail);
    assert.deepEqual(left.map(({ next_hop }) => next_hop), ["198.51.100.1", "2001:db8::1"]);
  });
}

async function extendedNextHop(kind: PeerKind, internal: boolean): Promise<void> {
  const routes = [{ prefix: "100.10.1.0/24", nextHop: "2001:db8::7", ...plain }];
  const config = "extended_next_hop = true";
  const options = { kind, internal, uses: ["extendedNextHop"] as const, asn: 65000, v6: true, routes, config };
  await lab(options, async (bgpd, _peer, detail) => {
    const [row] = await received(bgpd, 1, detail);
    assert.equal(row!.prefix, "100.10.1.0/24");
    const [nextHop] = String(row!.next_hop).split(" ");
    assert.equal(nextHop, "2001:db8::7");
  });
}

/** A route whose attributes take about so many octets, each way. */
async function large(kind: PeerKind, internal: boolean, communities: number, uses: readonly Ability[]): Promise<void> {
  const list = (asn: number) => Array.from({ length: communities }, (_, i) => `${asn}:${i}`);
  const routes = [{ prefix: "100.10.1.0/24", nextHop: "198.51.100.1", ...plain, communities: list(65010) }];
  const quoted = list(65020).map((text) => `"${text}"`).join(", ");
  const config = staticRoute("100.10.2.0/24", `next_hop = "198.51.100.2"\ncommunities = [${quoted}]`);
  await lab({ kind, internal, uses, asn: 65000, routes, config }, async (bgpd, peer, detail) => {
    const [row] = await received(bgpd, 1, detail);
    assert.deepEqual(words(row!.communities), list(65010).sort());
    const route = await peer.waitReceived("100.10.2.0/24", { detail });
    // birdc prints only so many.
    const wanted = kind.title === "BIRD" ? new Set(list(65020)).intersection(new Set(route.communities)) : list(65020);
    assert.deepEqual([...route.communities].sort(), [...wanted].sort());
    assert.ok(route.communities.length > 0, detail());
  });
}

const present = peerKinds.filter((kind) => {
  const missing = missingPrograms(kind.programs);
  if (missing.length === 0 || peersRequired) return true;
  console.error(`SKIPPED: capabilities with ${kind.title}: not installed: ${missing.join(", ")}`);
  return false;
});

/**
 * Communities of four octets each that nearly fill a message; or as many as the daemon can send: BIRD keeps half of a
 * message for prefixes, FRR takes no more words in a line.
 */
const most: Readonly<Record<string, number>> = { FRR: 200, BIRD: 480 };

function casesOf(kind: PeerKind): Case[] {
  return [true, false].flatMap((internal) => {
    const session = `${kind.title}, ${internal ? "iBGP" : "eBGP"}`;
    const found: Case[] = [];
    const add = (title: string, run: () => Promise<void>) => found.push({ title: `${session}: ${title}`, run });
    const can = (ability: Ability) => kind.abilities.includes(ability);
    const count = most[kind.title] ?? 980;
    if (can("twoOctets")) add("two-octet AS numbers only", () => twoOctets(kind, internal));
    if (can("addPath")) add("ADD-PATH receive", () => addPath(kind, internal));
    if (can("extendedNextHop")) add("IPv4 over an IPv6 next hop", () => extendedNextHop(kind, internal));
    add(`${count} communities in a message`, () => large(kind, internal, count, []));
    if (can("extendedMessages")) {
      add("2000 communities in an extended message", () => large(kind, internal, 2000, ["extendedMessages"]));
    }
    return found;
  });
}

Deno.test({
  name: "what five daemons negotiate with bgpd, and what then comes over the session",
  ignore: present.length === 0,
  async fn(t) {
    for (const { title, programs } of present) {
      assert.deepEqual(missingPrograms(programs), [], `${title} is required here`);
    }
    await ensureBgpd();
    await concurrently(t, concurrency, present.flatMap(casesOf));
  },
});

/**
 * FRR and GoBGP report by BMP what a peer sends them, and send it on to bgpd in a session, too. What stands in SQL of
 * the reports is compared with what the peer sent (adj-in), with what the router's policy makes of that (adj-in-post,
 * Loc-RIB), and with the routes of the session.
 */
import { emptyAttributeSet, encodeAttributeSet, SegmentType, UpdateEncoder } from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, parseAddress, parsePrefix } from "../../src/types/mod.ts";
import { wordOf } from "../../src/rpki/prefix_words.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { testContext } from "../support/update_view.ts";
import { waitFor } from "../support/wait.ts";
import { Frr } from "./peers/frr.ts";
import { GoBgp } from "./peers/gobgp.ts";
import { type PeerKind, type PeerOptions, startPeer } from "./peers/mod.ts";

/** A route to an IPv4 prefix. */
export interface ReportedRoute {
  readonly prefix: string;
  readonly origin: number;
}

const feederAsn = 65001;
/** What import policy does: it rejects what is inside one prefix, and gives a MED to what is inside another. */
const rejected = "20.0.0.0/8", marked = "21.0.0.0/8", med = 77;

const isRejected = ({ prefix }: ReportedRoute) => prefix.startsWith("20.");
const medOf = ({ prefix }: ReportedRoute) => prefix.startsWith("21.") ? med : null;

interface Station {
  readonly address: string;
  readonly port: number;
}

const routers: readonly {
  readonly kind: PeerKind;
  readonly asn: number;
  readonly options: (station: Station, feeder: string) => Partial<PeerOptions>;
  /** It reports its Loc-RIB, too. */
  readonly hasLoc: boolean;
  /** It reports paths as it would send them on: with its own AS in front, also before policy (FRR 8.4). */
  readonly prepends: boolean;
  /**
   * Makes the router connect, once it has the routes. FRR 8.4 reports routes that its policy rejects when it dumps its
   * tables, and not when they come.
   */
  readonly connect?: (station: Station) => string[];
}[] = [
  {
    kind: Frr,
    asn: 65102,
    hasLoc: false,
    prepends: true,
    connect: ({ address, port }) => [
      "configure terminal",
      "router bgp 65102",
      "bmp targets bgpd",
      `bmp connect ${address} port ${port} min-retry 100 max-retry 1000`,
    ],
    options: (_station, feeder) => ({
      args: ["-M", "bmp"],
      lines: {
        speaker: `ip prefix-list no permit ${rejected} le 32
ip prefix-list med permit ${marked} le 32
route-map in deny 10
 match ip address prefix-list no
exit
route-map in permit 20
 match ip address prefix-list med
 set metric ${med}
exit
route-map in permit 30
exit`,
        session: `bmp targets bgpd
  bmp stats interval 1000
  bmp monitor ipv4 unicast pre-policy
  bmp monitor ipv4 unicast post-policy
 exit`,
        family: `  neighbor ${feeder} soft-reconfiguration inbound\n  neighbor ${feeder} route-map in in`,
      },
    }),
  },
  {
    kind: GoBgp,
    asn: 65103,
    hasLoc: true,
    prepends: false,
    options: ({ address, port }, feeder) => ({
      lines: {
        speaker: `[global.apply-policy.config]
  import-policy-list = ["in"]
  default-import-policy = "accept-route"
[[defined-sets.neighbor-sets]]
  neighbor-set-name = "feeder"
  neighbor-info-list = ["${feeder}/32"]
[[defined-sets.prefix-sets]]
  prefix-set-name = "no"
  [[defined-sets.prefix-sets.prefix-list]]
    ip-prefix = "${rejected}"
    masklength-range = "8..32"
[[defined-sets.prefix-sets]]
  prefix-set-name = "med"
  [[defined-sets.prefix-sets.prefix-list]]
    ip-prefix = "${marked}"
    masklength-range = "8..32"
[[policy-definitions]]
  name = "in"
  [[policy-definitions.statements]]
    name = "reject"
    [policy-definitions.statements.conditions.match-prefix-set]
      prefix-set = "no"
    [policy-definitions.statements.conditions.match-neighbor-set]
      neighbor-set = "feeder"
    [policy-definitions.statements.actions]
      route-disposition = "reject-route"
  [[policy-definitions.statements]]
    name = "mark"
    [policy-definitions.statements.conditions.match-prefix-set]
      prefix-set = "med"
    [policy-definitions.statements.conditions.match-neighbor-set]
      neighbor-set = "feeder"
    [policy-definitions.statements.actions]
      route-disposition = "accept-route"
    [policy-definitions.statements.actions.bgp-actions]
      set-med = "${med}"
[[bmp-servers]]
  [bmp-servers.config]
    address = "${address}"
    port = ${port}
    route-monitoring-policy = "all"
    statistics-timeout = 15`,
      },
    }),
  },
];

/** UPDATEs of routes with the same origin together, or the withdrawal of routes. */
function updates(routes: readonly ReportedRoute[], kind: "announce" | "withdraw"): Uint8Array {
  const context = testContext({ internal: false, families: familyMask([IPV4_UNICAST]), maxMessageBytes: 4096 });
  const encoder = new UpdateEncoder(context);
  for (const [origin, group] of Map.groupBy(routes, (route) => kind === "announce" ? route.origin : 0)) {
    if (kind === "withdraw") encoder.beginWithdraw(IPV4_UNICAST);
    else {
      encoder.begin(
        encodeAttributeSet({
          ...emptyAttributeSet(),
          origin: 0,
          asPath: [{ type: SegmentType.sequence, asns: [feederAsn, origin] }],
          nextHop: parseAddress("192.0.2.1"),
        }),
        IPV4_UNICAST,
      );
    }
    for (const { prefix } of group) {
      const { octets, length } = parsePrefix(prefix)!;
      encoder.add(wordOf(octets, 0), 0, 0, 0, length, -1);
    }
    encoder.finish();
  }
  return encoder.take();
}

/** A table as `prefix|path|MED` rows, sorted. */
function table(bgpd: Bgpd, from: string): string[] {
  return bgpd.sql(`SELECT prefix || '|' || as_path || '|' || coalesce(med, 0) AS row FROM ${from}`)
    .map(({ row }) => String(row)).sort();
}

function expected(routes: readonly ReportedRoute[], asn = ""): { pre: string[]; post: string[] } {
  const row = (route: ReportedRoute, value: number | null) =>
    `${route.prefix}|${asn}${feederAsn} ${route.origin}|${value ?? 0}`;
  return {
    pre: routes.map((route) => row(route, null)).sort(),
    post: routes.filter((route) => !isRejected(route)).map((route) => row(route, medOf(route))).sort(),
  };
}

/** What differs, the first twenty of each side. */
function differences(title: string, ours: readonly string[], theirs: readonly string[]): string[] {
  const [one, other] = [new Set(ours), new Set(theirs)];
  return [
    ...ours.filter((row) => !other.has(row)).slice(0, 20).map((row) => `${title}: only in SQL: ${row}`),
    ...theirs.filter((row) => !one.has(row)).slice(0, 20).map((row) => `${title}: only in the router: ${row}`),
  ];
}

type Node = typeof routers[number] & {
  readonly local: { readonly address: string; readonly port: number; readonly asn: number };
  readonly feeder: string;
};

/** The tables of a router in SQL, and what must stand in them. */
function wantedTables({ kind, local, feeder, hasLoc, prepends }: Node, routes: readonly ReportedRoute[]) {
  const { pre, post } = expected(routes, prepends ? `${local.asn} ` : "");
  const direct = expected(routes, `${local.asn} `).post.map((row) => row.replace(/\|\d+$/, "|0"));
  const loc = `monitored_rib WHERE rib_kind = 'loc' AND router = '${kind.title}'`;
  return [
    { title: "adj-in", from: `monitored_rib WHERE rib_kind = 'adj-in' AND peer = '${feeder}'`, rows: pre },
    { title: "adj-in-post", from: `monitored_rib WHERE rib_kind = 'adj-in-post' AND peer = '${feeder}'`, rows: post },
    ...hasLoc ? [{ title: "loc", from: loc, rows: post }] : [],
    {
      title: "session",
      from: `(SELECT prefix, as_path, NULL AS med FROM rib WHERE peer = '${kind.title}')`,
      rows: direct,
    },
  ];
}

/** What differs between the tables of a router in SQL and what they should be, once they have come to rest. */
async function compare(bgpd: Bgpd, node: Node, routes: readonly ReportedRoute[]): Promise<string[]> {
  const found: string[] = [], isLarge = routes.length > 10_000;
  for (const { title, from, rows } of wantedTables(node, routes)) {
    const name = `${node.kind.title} ${title}`;
    const count = () => bgpd.sql(`SELECT count(*) AS n FROM ${from}`)[0]?.["n"];
    await waitFor(`all routes of ${name}`, () => count() === rows.length, {
      intervalMs: isLarge ? 1000 : 100,
      timeoutMs: 20_000 + routes.length,
    }).catch((error) => found.push(String(error)));
    await waitFor(`the same in ${name}`, () => differences(name, table(bgpd, from), rows).length === 0, {
      intervalMs: isLarge ? 5000 : 100,
      timeoutMs: isLarge ? 300_000 : 5_000,
    }).catch(() => found.push(...differences(name, table(bgpd, from), rows)));
  }
  return found;
}

/**
 * The routers get the routes, report them, and then get changes: each step withdraws some routes and gives others
 * another origin, of routes that policy accepts. Returns what differs.
 */
export async function report(
  routes: readonly ReportedRoute[],
  steps: readonly { readonly withdrawn: readonly ReportedRoute[]; readonly changed: readonly ReportedRoute[] }[],
): Promise<string[]> {
  await using stack = new AsyncDisposableStack();
  const ours = { address: loopback(), port: 0, asn: 65000 }, station = { address: loopback(), port: 0 };
  ours.port = freePort(ours.address);
  station.port = freePort(station.address);
  const nodes = routers.map((router) => {
    const at = loopback();
    return { ...router, local: { address: at, port: freePort(at), asn: router.asn }, feeder: loopback() };
  });
  const peers = nodes.map(({ kind, local }) =>
    `[[peers]]
name = "${kind.title}"
remote_ip = "${local.address}"
remote_as = ${local.asn}
passive = true
`
  );
  const config = `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${ours.address}:${ours.port}"
bmp_socket = "${station.address}:${station.port}"
bmp_unknown_routers = true
${peers.join("")}`;
  const bgpd = stack.use(await startBgpd({ config }));
  const found: string[] = [];
  for (const [i, node] of nodes.entries()) {
    const { kind, local, feeder, options } = node;
    const more = options(station, feeder), feeders = [{ address: feeder, asn: feederAsn }];
    const own = { local, remote: ours, routerId: `10.0.0.${i + 1}`, passive: false, routes: [], feeders };
    const peer = stack.use(await startPeer(kind, { ...own, ...more }));
    await peer.waitEstablished();
    const session = await ScriptedPeer.connect({ local: feeder, ...local, asn: feederAsn, keepaliveMs: 5000 });
    stack.defer(() => session.close());
    session.write(updates(routes, "announce"));
    if (node.connect !== undefined) {
      const accepted = routes.filter((route) => !isRejected(route)).length;
      const count = () => bgpd.sql(`SELECT count(*) AS n FROM rib WHERE peer = '${kind.title}'`)[0]?.["n"];
      await waitFor(`all routes at ${kind.title}`, () => count() === accepted, { timeoutMs: 20_000 + routes.length });
      await peer.ask(...node.connect(station));
    }
    found.push(...await compare(bgpd, node, routes));
    let current = routes;
    for (const { withdrawn, changed } of steps) {
      const gone = new Set(withdrawn.map(({ prefix }) => prefix));
      const left = changed.filter(({ prefix }) => !gone.has(prefix));
      const news = new Map(left.map((route) => [route.prefix, route]));
      current = current.filter(({ prefix }) => !gone.has(prefix)).map((route) => news.get(route.prefix) ?? route);
      session.write(updates(withdrawn, "withdraw"));
      session.write(updates(left, "announce"));
      found.push(...await compare(bgpd, node, current));
    }
  }
  return found;
}

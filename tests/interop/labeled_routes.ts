/** Routes with labels in the words of FRR and GoBGP: what to type to originate them, and what they say they hold. */
import type { Peer } from "./peers/mod.ts";

/** A labelled or VPN route, as both daemons can tell it. */
export interface LabeledRoute {
  readonly family: LabeledFamily;
  /** `65000:1 192.0.2.0/24`, without an RD `192.0.2.0/24`. */
  readonly destination: string;
  readonly label: number;
  readonly nextHop: string;
  /** `rt:65000:100`. */
  readonly targets: readonly string[];
}

/** And what a reflector adds (RFC 4456 §8). */
export interface ReflectedRoute extends LabeledRoute {
  readonly originatorId: string | undefined;
  readonly clusterList: readonly string[];
}

export const labeledFamilies = ["ipv4 labeled", "ipv6 labeled", "ipv4 vpn", "ipv6 vpn"] as const;
export type LabeledFamily = typeof labeledFamilies[number];

const frrNames = {
  "ipv4 labeled": "ipv4 labeled-unicast",
  "ipv6 labeled": "ipv6 labeled-unicast",
  "ipv4 vpn": "ipv4 vpn",
  "ipv6 vpn": "ipv6 vpn",
};
const gobgpNames = {
  "ipv4 labeled": "ipv4-mpls",
  "ipv6 labeled": "ipv6-mpls",
  "ipv4 vpn": "vpnv4",
  "ipv6 vpn": "vpnv6",
};

/** FRR announces VPN routes of its own; for labels of unicast routes it would need a kernel that forwards them. */
export async function originateAtFrr(peer: Peer, routes: readonly LabeledRoute[]): Promise<void> {
  const { local, remote } = peer.options;
  const lines = ["configure terminal"];
  for (const [i, { family, nextHop, targets }] of routes.entries()) {
    lines.push(`route-map m${i} permit 10`, `set extcommunity rt ${targets.map((text) => text.slice(3)).join(" ")}`);
    lines.push(family === "ipv4 vpn" ? `set ip next-hop ${nextHop}` : `set ipv6 next-hop global ${nextHop}`, "exit");
  }
  lines.push(`router bgp ${local.asn}`);
  for (const [i, { family, destination, label }] of routes.entries()) {
    const [rd, prefix] = destination.split(" ");
    lines.push(`address-family ${frrNames[family]}`, `neighbor ${remote.address} attribute-unchanged next-hop`);
    lines.push(`network ${prefix} rd ${rd} label ${label} route-map m${i}`, "exit-address-family");
  }
  const said = await peer.ask(...lines);
  if (said.trim() !== "") throw new Error(`FRR: ${said}`);
}

export async function withdrawAtFrr(peer: Peer, { family, destination, label }: LabeledRoute): Promise<void> {
  const [rd, prefix] = destination.split(" ");
  await peer.ask(
    ...["configure terminal", `router bgp ${peer.options.local.asn}`, `address-family ${frrNames[family]}`],
    `no network ${prefix} rd ${rd} label ${label}`,
  );
}

export async function originateAtGobgp(peer: Peer, routes: readonly LabeledRoute[]): Promise<void> {
  for (const route of routes) {
    const { nextHop, targets } = route;
    const more = [`nexthop ${nextHop}`, "origin igp", ...targets.map((text) => `rt ${text.slice(3)}`)];
    const said = await peer.ask(`global rib add ${gobgpWords(route)} ${more.join(" ")}`);
    if (said.trim() !== "") throw new Error(`GoBGP: ${said}`);
  }
}

export async function withdrawAtGobgp(peer: Peer, route: LabeledRoute): Promise<void> {
  await peer.ask(`global rib del ${gobgpWords(route)}`);
}

function gobgpWords({ family, destination, label }: LabeledRoute): string {
  const [rd, prefix] = destination.split(" ");
  return prefix === undefined
    ? `-a ${gobgpNames[family]} ${rd} ${label}`
    : `-a ${gobgpNames[family]} ${prefix} label ${label} rd ${rd}`;
}

interface FrrPath {
  readonly peer: { readonly peerId: string };
  readonly remoteLabel?: number;
  readonly nexthops: readonly { readonly ip: string }[];
  readonly extendedCommunity?: { readonly string: string };
  readonly originatorId?: string;
  readonly clusterList?: { readonly list: readonly string[] };
}

type FrrTable = Readonly<Record<string, unknown>>;

/** What FRR holds from the other speaker. */
export async function heldByFrr(peer: Peer): Promise<ReflectedRoute[]> {
  const found: ReflectedRoute[] = [];
  for (const family of labeledFamilies) {
    const name = frrNames[family];
    const { routes = {} } = JSON.parse(await peer.ask(`show bgp ${name} json`)) as { routes?: FrrTable };
    const byRd = (routes["routeDistinguishers"] ?? {}) as Readonly<Record<string, FrrTable>>;
    const places = family.endsWith("vpn")
      ? Object.entries(byRd).flatMap(([rd, table]) => Object.keys(table).map((prefix) => ({ rd, prefix })))
      : Object.keys(routes).map((prefix) => ({ rd: undefined, prefix }));
    for (const { rd, prefix } of places) {
      const whole = JSON.parse(await peer.ask(`show bgp ${name} ${prefix} json`));
      const { paths = [] } = (rd === undefined ? whole : whole[rd] ?? {}) as { paths?: readonly FrrPath[] };
      for (const path of paths) {
        if (path.peer.peerId !== peer.options.remote.address) continue;
        found.push({
          family,
          destination: rd === undefined ? prefix : `${rd} ${prefix}`,
          label: path.remoteLabel ?? -1,
          nextHop: path.nexthops[0]?.ip ?? "",
          targets: (path.extendedCommunity?.string ?? "").split(" ").filter((text) => text.startsWith("RT:"))
            .map((text) => text.toLowerCase()),
          originatorId: path.originatorId,
          clusterList: path.clusterList?.list ?? [],
        });
      }
    }
  }
  return found;
}

interface GobgpPath {
  readonly nlri: {
    readonly prefix: string;
    readonly labels: readonly number[];
    readonly rd?: { readonly admin: string | number; readonly assigned: number };
  };
  readonly attrs: readonly { readonly type: number; readonly nexthop?: string; readonly value?: unknown }[];
}

/** What GoBGP holds from the other speaker. */
export async function heldByGobgp(peer: Peer): Promise<ReflectedRoute[]> {
  const found: ReflectedRoute[] = [];
  for (const family of labeledFamilies) {
    const said = await peer.ask(`neighbor ${peer.options.remote.address} adj-in -a ${gobgpNames[family]} -j`);
    const table = JSON.parse(said || "{}") as Readonly<Record<string, readonly GobgpPath[]>>;
    for (const { nlri: { prefix, labels, rd }, attrs } of Object.values(table).flat()) {
      const value = (type: number) => attrs.find((attribute) => attribute.type === type);
      const extended = (value(16)?.value ?? []) as readonly { subtype: number; value: string }[];
      found.push({
        family,
        destination: rd === undefined ? prefix : `${rd.admin}:${rd.assigned} ${prefix}`,
        label: labels[0] ?? -1,
        nextHop: value(14)?.nexthop ?? "",
        targets: extended.filter(({ subtype }) => subtype === 2).map((community) => `rt:${community.value}`),
        originatorId: value(9)?.value as string | undefined,
        clusterList: (value(10)?.value ?? []) as readonly string[],
      });
    }
  }
  return found;
}

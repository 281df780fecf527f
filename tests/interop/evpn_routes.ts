/** EVPN routes in the words of FRR and GoBGP: what to type to originate them, and what they say they hold. */
import type { Peer } from "./peers/mod.ts";

/** A route as bgpd writes it, with what both daemons tell of it. */
export interface EvpnRoute {
  /** `ip-prefix rd 65000:1 tag 0 prefix 192.0.2.0/24`. */
  readonly nlri: string;
  /** The 24 bits of the label field; routes of types 3 and 4 have none, and of type 1 FRR shows none. */
  readonly label: number | undefined;
  readonly nextHop: string;
  /** `rt:65000:100`, `encap:vxlan` and `router-mac:…`, in this order. */
  readonly communities: readonly string[];
  /** Of a reflector (RFC 4456 §8). */
  readonly originatorId: string | undefined;
  readonly clusterList: readonly string[];
}

/** A route of GoBGP: the words of `gobgp global rib add -a evpn`, and what bgpd makes of it. */
export interface GobgpRoute {
  readonly words: string;
  readonly nlri: string;
  readonly label?: number;
  /** Beside the route target. */
  readonly communities: readonly string[];
}

/** An IP prefix route of FRR. It originates routes of other types from a kernel's bridges only. */
export interface FrrRoute {
  readonly rd: string;
  readonly tag: number;
  readonly prefix: string;
  /** FRR writes an MPLS label, with the bottom of the stack. */
  readonly label: number;
}

export const routerMac = "00:00:5e:00:53:11";

/** The next hop and the route target of a static route come from the policy of the session. */
export async function originateAtFrr(peer: Peer, routes: readonly FrrRoute[], nextHop: string): Promise<void> {
  const { local, remote } = peer.options;
  const said = await peer.ask(
    ...["configure terminal", "route-map out permit 10", "set extcommunity rt 65000:100"],
    ...[`set ip next-hop ${nextHop}`, "exit", `router bgp ${local.asn}`, "address-family l2vpn evpn"],
    `neighbor ${remote.address} route-map out out`,
    ...routes.map((route) => `network ${frrWords(route)}`),
  );
  if (said.trim() !== "") throw new Error(`FRR: ${said}`);
}

export async function withdrawAtFrr(peer: Peer, route: FrrRoute): Promise<void> {
  const said = await peer.ask(
    ...["configure terminal", `router bgp ${peer.options.local.asn}`, "address-family l2vpn evpn"],
    `no network ${frrWords(route).replace(/ routermac .*/, "")}`,
  );
  if (said.trim() !== "") throw new Error(`FRR: ${said}`);
}

function frrWords({ rd, tag, prefix, label }: FrrRoute): string {
  const gateway = prefix.includes(":") ? "::" : "0.0.0.0";
  const esi = "00:00:00:00:00:00:00:00:00:00";
  return `${prefix} rd ${rd} ethtag ${tag} label ${label} esi ${esi} gwip ${gateway} routermac ${routerMac}`;
}

export async function originateAtGobgp(peer: Peer, routes: readonly GobgpRoute[], nextHop: string): Promise<void> {
  for (const { words } of routes) {
    const said = await peer.ask(`global rib add -a evpn ${words} rt 65000:100 nexthop ${nextHop} origin igp`);
    if (said.trim() !== "") throw new Error(`GoBGP: ${said}`);
  }
}

export async function withdrawAtGobgp(peer: Peer, { words }: GobgpRoute): Promise<void> {
  const said = await peer.ask(`global rib del -a evpn ${words}`);
  if (said.trim() !== "") throw new Error(`GoBGP: ${said}`);
}

interface FrrPath {
  readonly vni?: string;
  readonly peer: { readonly peerId: string };
  readonly nexthops: readonly { readonly ip: string }[];
  readonly extendedCommunity?: { readonly string: string };
  readonly originatorId?: string;
  readonly clusterList?: { readonly list: readonly string[] };
}

/** What FRR holds from the other speaker. */
export async function heldByFrr(peer: Peer): Promise<EvpnRoute[]> {
  const byRd = JSON.parse(await peer.ask("show bgp l2vpn evpn route detail json")) as Record<string, unknown>;
  const found: EvpnRoute[] = [];
  for (const [rd, table] of Object.entries(byRd)) {
    if (typeof table !== "object" || table === null) continue;
    for (const [name, route] of Object.entries(table)) {
      const { paths = [] } = route as { paths?: readonly (readonly FrrPath[])[] };
      for (const path of paths.flat()) {
        if (path.peer.peerId !== peer.options.remote.address) continue;
        found.push({
          nlri: destinationOfFrr(rd, name),
          label: path.vni === undefined ? undefined : Number(path.vni),
          nextHop: path.nexthops[0]?.ip ?? "",
          communities: inOrder((path.extendedCommunity?.string ?? "").split(" ").map(communityOfFrr)),
          originatorId: path.originatorId,
          clusterList: path.clusterList?.list ?? [],
        });
      }
    }
  }
  return found;
}

/** `[5]:[0]:[24]:[192.0.2.0]`: the fields of the key by type. */
function destinationOfFrr(rd: string, name: string): string {
  const [type, ...fields] = [...name.matchAll(/\[([^\]]*)\]/g)].map(([, field]) => field!);
  switch (type) {
    case "1":
      return `auto-discovery rd ${rd} esi ${fields[1]} tag ${fields[0]}`;
    case "2":
      return `mac-ip rd ${rd} tag ${fields[0]} mac ${fields[2]}${fields[4] === undefined ? "" : ` ip ${fields[4]}`}`;
    case "3":
      return `multicast rd ${rd} tag ${fields[0]} originator ${fields[2]}`;
    case "4":
      return `ethernet-segment rd ${rd} esi ${fields[0]} originator ${fields[2]}`;
    default:
      return `ip-prefix rd ${rd} tag ${fields[0]} prefix ${fields[2]}/${fields[1]}`;
  }
}

function communityOfFrr(text: string): string {
  return text.replace(/^RT:/, "rt:").replace(/^ET:8$/, "encap:vxlan").replace(/^Rmac:/, "router-mac:");
}

interface GobgpPath {
  readonly nlri: { readonly type: number; readonly value: Readonly<Record<string, unknown>> };
  readonly attrs: readonly { readonly type: number; readonly nexthop?: string; readonly value?: unknown }[];
}

/** What GoBGP holds from the other speaker. */
export async function heldByGobgp(peer: Peer): Promise<EvpnRoute[]> {
  const said = await peer.ask(`neighbor ${peer.options.remote.address} adj-in -a evpn -j`);
  const table = JSON.parse(said || "{}") as Readonly<Record<string, readonly GobgpPath[]>>;
  return Object.values(table).flat().map(({ nlri: { type, value }, attrs }) => {
    const attribute = (code: number) => attrs.find((one) => one.type === code);
    const extended = (attribute(16)?.value ?? []) as readonly Readonly<Record<string, unknown>>[];
    return {
      nlri: destinationOfGobgp(type, value),
      label: value["label"] as number | undefined ?? (value["labels"] as number[] | undefined)?.[0],
      nextHop: attribute(14)?.nexthop ?? "",
      communities: inOrder(extended.map(communityOfGobgp)),
      originatorId: attribute(9)?.value as string | undefined,
      clusterList: (attribute(10)?.value ?? []) as readonly string[],
    };
  });
}

function destinationOfGobgp(type: number, value: Readonly<Record<string, unknown>>): string {
  const { admin, assigned } = value["rd"] as { admin: string | number; assigned: number };
  const rd = `rd ${admin}:${assigned}`;
  switch (type) {
    case 2:
      return `mac-ip ${rd} tag ${value["etag"]} mac ${value["mac"]} ip ${value["ip"]}`;
    case 3:
      return `multicast ${rd} tag ${value["etag"]} originator ${value["ip"]}`;
    case 5:
      return `ip-prefix ${rd} tag ${value["etag"]} prefix ${value["prefix"]}`;
    default:
      return `type ${type}: ${JSON.stringify(value)}`;
  }
}

function communityOfGobgp({ type, subtype, value, mac, tunnel_type }: Readonly<Record<string, unknown>>): string {
  if (subtype === 2 && type === 0) return `rt:${value}`;
  if (mac !== undefined) return `router-mac:${mac}`;
  return tunnel_type === 8 ? "encap:vxlan" : JSON.stringify({ type, subtype, value, tunnel_type });
}

const names = ["rt:", "encap:", "router-mac:"];

function inOrder(communities: readonly string[]): string[] {
  const place = (text: string) => names.findIndex((name) => text.startsWith(name));
  return communities.filter((text) => text !== "").toSorted((a, b) => place(a) - place(b));
}

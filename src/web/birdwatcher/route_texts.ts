/** Routes as birdwatcher writes them. What a set of attributes has is made once for many routes. */

import { decodeAttributeSet, defaultLocalPref, formatExtCommunity } from "../../message/mod.ts";
import type { PagedAttributes, PagedRoute, RoutePages } from "../../store/mod.ts";
import type { TablePeer } from "../tables/table_peers.ts";
import { birdTime } from "./envelope.ts";
import { protocolId } from "./protocol_ids.ts";
import type { LargeCommunity } from "../tables/reasons.ts";

/** So many texts are kept; then all are forgotten. */
const keptTexts = 10_000;

interface ProtocolTexts {
  readonly id: string;
  /** The members that all routes of the peer have. */
  readonly members: string;
  readonly address: string | undefined;
}

export class RouteTexts {
  readonly #pages: RoutePages;
  readonly #protocols: ReadonlyMap<number, ProtocolTexts>;
  readonly #kept = new Map<number, { readonly bgp: string; readonly nextHop: string }>();

  constructor(pages: RoutePages, peers: readonly TablePeer[]) {
    this.#pages = pages;
    this.#protocols = new Map(peers.map((peer) => [peer.id, protocolTexts(peer)]));
  }

  /** `reasons`: further large communities. `undefined`: the route has changed or gone since it was read. */
  text(route: PagedRoute, reasons: readonly LargeCommunity[] = []): string | undefined {
    const protocol = this.#protocols.get(route.peerId);
    const attributes = this.#attributes(route.setId);
    if (protocol === undefined || attributes === undefined) return undefined;
    const { bgp, nextHop } = attributes;
    // Alice-LG keeps filtered routes whose gateway is that of the accepted ones: it is the peer.
    const gateway = protocol.address ?? nextHop;
    return `{"network":"${route.prefix}","gateway":"${gateway}","learnt_from":"${protocol.address ?? ""}",` +
      `${protocol.members},"age":"${birdTime(route.receivedAt)}","primary":${route.isBest},` +
      `"bgp":${reasons.length === 0 ? bgp : withReasons(bgp, reasons)}}`;
  }

  #attributes(setId: number): { readonly bgp: string; readonly nextHop: string } | undefined {
    const kept = this.#kept.get(setId);
    if (kept !== undefined) return kept;
    const attributes = this.#pages.attributes(setId);
    if (attributes === undefined) return undefined;
    if (this.#kept.size >= keptTexts) this.#kept.clear();
    const made = { bgp: bgpText(attributes), nextHop: attributes.nextHop ?? "" };
    this.#kept.set(setId, made);
    return made;
  }
}

function protocolTexts(peer: TablePeer): ProtocolTexts {
  const id = protocolId(peer);
  const type = JSON.stringify([peer.row === undefined ? "static" : "BGP", "univ"]);
  const members = `"interface":"","from_protocol":${JSON.stringify(id)},"metric":100,"type":${type}`;
  return { id, members, address: peer.address };
}

const origins: Readonly<Record<string, string>> = { igp: "IGP", egp: "EGP", incomplete: "Incomplete" };

/** Numbers are texts, except in communities: the decoder of Alice-LG drops or refuses what has another type. */
function bgpText(attributes: PagedAttributes): string {
  const { asPath, nextHop, origin, localPref, med } = attributes;
  const hasMore = attributes.extCommunities !== null;
  const set = hasMore || hasOtc(attributes.wire) ? decodeAttributeSet(attributes.wire) : undefined;
  return JSON.stringify({
    origin: origins[origin ?? ""] ?? "Incomplete",
    as_path: asPath === "" ? [] : asPath.split(" "),
    next_hop: nextHop ?? "",
    local_pref: String(localPref ?? defaultLocalPref),
    ...med === null ? {} : { med: String(med) },
    ...set?.otc === undefined ? {} : { otc: String(set.otc) },
    communities: numbers(attributes.communities),
    ext_communities: set?.extCommunities.map(extCommunity) ?? [],
    large_communities: numbers(attributes.largeCommunities),
  });
}

/** The large communities are the last member. */
function withReasons(bgp: string, reasons: readonly LargeCommunity[]): string {
  const end = bgp.length - 2;
  return `${bgp.slice(0, end)}${bgp[end - 1] === "[" ? "" : ","}${JSON.stringify(reasons).slice(1, -1)}]}`;
}

/** ONLY_TO_CUSTOMER (RFC 9234) has this code; a set that has the octet elsewhere is decoded for nothing. */
function hasOtc(wire: Uint8Array): boolean {
  return wire.includes(35);
}

function numbers(list: string | null): number[][] {
  return list === null || list === "" ? [] : list.split(" ").map((text) => text.split(":").map(Number));
}

/** Three texts, as BIRD writes them: of an unknown kind, the octets as two numbers. */
function extCommunity(octets: Uint8Array): [string, string, string] {
  const [, name, administrator, value] = /^(rt|soo):([\d.]+):(\d+)$/.exec(formatExtCommunity(octets)) ?? [];
  if (name !== undefined) return [name === "soo" ? "ro" : name, administrator!, value!];
  const view = new DataView(octets.buffer, octets.byteOffset);
  return ["generic", `0x${view.getUint32(0).toString(16)}`, `0x${view.getUint32(4).toString(16)}`];
}

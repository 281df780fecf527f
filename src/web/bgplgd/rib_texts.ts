/** Routes as bgpctl writes them. What a set of attributes has is made once for many routes. */

import type { AdvertisedJson } from "../../control/mod.ts";
import { decodeAttributeSet, defaultLocalPref } from "../../message/mod.ts";
import { Ineligible } from "../../rib/mod.ts";
import { avsNames, avsOf, ovsNames, ovsOf } from "../../rpki/mod.ts";
import type { PagedRoute, RoutePages } from "../../store/mod.ts";
import type { Millis } from "../../types/mod.ts";
import { filteredReasons } from "../tables/reasons.ts";
import type { TablePeer } from "../tables/table_peers.ts";
import { ago, communityText, extCommunityText, originText, otherAttributes, pathText } from "./formats.ts";

/** So many texts are kept; then all are forgotten. */
const keptTexts = 10_000;
/** Reasons below this number are fixed; the others are rules of import policies. */
const firstRule = 64;
/** What an input filter of OpenBGPD would have refused. */
const filters: ReadonlySet<number> = new Set([
  Ineligible.notImported,
  Ineligible.importPolicy,
  Ineligible.rpkiInvalid,
  Ineligible.aspaInvalid,
]);

/** `dmetric` of OpenBGPD: how the decision process sees a path. */
const Metric = { invalid: 1, valid: 2, best: 5 } as const;

interface SetMembers {
  readonly front: Record<string, unknown>;
  readonly origin: string;
  readonly values: Record<string, unknown>;
  readonly communities: readonly string[];
  readonly large: readonly string[];
  readonly extended: readonly string[];
  readonly attributes: readonly unknown[];
}

export class RibTexts {
  readonly #pages: RoutePages;
  readonly #peers: ReadonlyMap<number, TablePeer>;
  readonly #now: Millis;
  readonly #asn: number;
  readonly #kept = new Map<number, SetMembers>();

  /** `asn`: ours, in the communities that say why a route is ineligible. */
  constructor(pages: RoutePages, peers: readonly TablePeer[], asn: number, now: Millis) {
    this.#pages = pages;
    this.#peers = new Map(peers.map((peer) => [peer.id, peer]));
    this.#asn = asn;
    this.#now = now;
  }

  /** `undefined`: the route has changed or gone since it was read. */
  text(route: PagedRoute): string | undefined {
    const peer = this.#peers.get(route.peerId);
    const set = this.#set(route.setId);
    if (peer === undefined || set === undefined) return undefined;
    const { ineligible, validity, isBest } = route;
    const valid = ineligible === 0;
    const reasons = valid ? [] : filteredReasons(this.#asn, ineligible).map((parts) => parts.join(":"));
    return JSON.stringify({
      prefix: route.prefix,
      ...set.front,
      neighbor: neighborOf(peer),
      ...route.pathId === -1 ? {} : { path_id: route.pathId },
      valid,
      ...isFiltered(ineligible) ? { filtered: true } : {},
      ...isBest ? { best: true } : {},
      source: isInternal(peer) ? "internal" : "external",
      ...route.isStale ? { stale: true } : {},
      ...peer.id === 0 ? { announced: true } : {},
      ovs: ovsNames[ovsOf(validity)] ?? "not-found",
      avs: avsNames[avsOf(validity)] ?? "unknown",
      origin: set.origin,
      ...set.values,
      dmetric: isBest ? Metric.best : valid ? Metric.valid : Metric.invalid,
      ...ago("last_update", route.receivedAt, this.#now),
      ...lists(set.communities, [...set.large, ...reasons], set.extended),
      ...set.attributes.length === 0 ? {} : { attributes: set.attributes },
    });
  }

  /** A route of Adj-RIB-Out: what the router writes to the peer. */
  sentText(route: AdvertisedJson, peer: TablePeer): string | undefined {
    if (route.prefix === null || route.nlri !== undefined) return undefined;
    return JSON.stringify({
      prefix: route.prefix,
      aspath: pathText(route.as_path),
      exit_nexthop: route.next_hop ?? "0.0.0.0",
      true_nexthop: route.next_hop ?? "0.0.0.0",
      neighbor: neighborOf(peer),
      ...route.path_id === null ? {} : { path_id: route.path_id },
      valid: true,
      source: isInternal(peer) ? "internal" : "external",
      ovs: "not-found",
      avs: "unknown",
      origin: originText(route.origin),
      metric: route.med ?? 0,
      localpref: route.local_pref ?? defaultLocalPref,
      weight: 0,
      dmetric: Metric.valid,
      ...ago("last_update", null, this.#now),
      ...lists(
        route.communities.map(communityText),
        route.large_communities,
        route.ext_communities.map((text) => text.replace(":", " ")),
      ),
    });
  }

  #set(setId: number): SetMembers | undefined {
    const kept = this.#kept.get(setId);
    if (kept !== undefined) return kept;
    const attributes = this.#pages.attributes(setId);
    if (attributes === undefined) return undefined;
    if (this.#kept.size >= keptTexts) this.#kept.clear();
    const set = decodeAttributeSet(attributes.wire);
    const hop = attributes.nextHop ?? "0.0.0.0";
    const made: SetMembers = {
      front: { aspath: pathText(attributes.asPath), exit_nexthop: hop, true_nexthop: hop },
      origin: originText(attributes.origin),
      values: { metric: attributes.med ?? 0, localpref: attributes.localPref ?? defaultLocalPref, weight: 0 },
      communities: words(attributes.communities).map(communityText),
      large: words(attributes.largeCommunities),
      extended: set.extCommunities.map(extCommunityText),
      attributes: otherAttributes(set),
    };
    this.#kept.set(setId, made);
    return made;
  }
}

export function isFiltered(ineligible: number): boolean {
  return ineligible >= firstRule || filters.has(ineligible);
}

/** This speaker is the neighbor of its own routes. */
function neighborOf({ id, address, row }: TablePeer): Record<string, unknown> {
  if (id === 0) return { description: "LOCAL", remote_addr: "0.0.0.0", bgp_id: "0.0.0.0" };
  const description = row?.description ?? null;
  return {
    ...description === null ? {} : { description },
    remote_addr: address ?? "",
    bgp_id: row?.routerId ?? "0.0.0.0",
  };
}

function isInternal({ row }: TablePeer): boolean {
  return row !== undefined && row.peerAs !== null && row.peerAs === row.localAs;
}

function lists(communities: readonly string[], large: readonly string[], extended: readonly string[]) {
  return {
    ...communities.length === 0 ? {} : { communities },
    ...large.length === 0 ? {} : { large_communities: large },
    ...extended.length === 0 ? {} : { extended_communities: extended },
  };
}

function words(list: string | null): string[] {
  return list === null || list === "" ? [] : list.split(" ");
}

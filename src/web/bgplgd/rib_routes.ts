/** `/rib`, `/rib/in` and `/rib/out`: routes with the filters of bgpctl. */

import type { AdvertisedJson } from "../../control/mod.ts";
import { Ineligible } from "../../rib/mod.ts";
import { Avs, Ovs } from "../../rpki/mod.ts";
import type { PagedRoute, PageFilter, PrefixChoice, RoutePages, TableFacts } from "../../store/mod.ts";
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST, parsePrefix, prefixContains } from "../../types/mod.ts";
import { type Answer, jsonType } from "../answers/answer.ts";
import type { Context, FrontRoute } from "../answers/front.ts";
import { listParts } from "../tables/list_parts.ts";
import { checkRouter, routerList } from "../tables/router_socket.ts";
import { type TablePeer, tablePeers } from "../tables/table_peers.ts";
import { refused } from "./answers.ts";
import { communityOf } from "./formats.ts";
import { chosenPeers } from "./neighbors.ts";
import { adjRibParameters, readQuery, ribParameters } from "./query_string.ts";
import { isFiltered, RibTexts } from "./rib_texts.ts";

type Query = ReadonlyMap<string, string>;
type Table = "in" | "out" | "loc";

export const ribRoutes: readonly FrontRoute[] = [
  {
    path: "/bgplgd/rib",
    lane: "slow",
    run: (asked, context) => rib(context, readQuery(asked.query, ribParameters), "loc"),
  },
  {
    path: "/bgplgd/rib/in",
    lane: "slow",
    run: (asked, context) => rib(context, readQuery(asked.query, adjRibParameters), "in"),
  },
  {
    path: "/bgplgd/rib/out",
    lane: "slow",
    run: (asked, context) => rib(context, readQuery(asked.query, adjRibParameters), "out"),
  },
];

/** The names of RIBs in OpenBGPD. */
const ribNames: Readonly<Record<string, Table>> = { "Loc-RIB": "loc", "Adj-RIB-In": "in", "Adj-RIB-Out": "out" };

async function rib(context: Context, query: Query, path: Table): Promise<Answer> {
  const name = query.get("rib");
  const table = name === undefined ? path : Object.hasOwn(ribNames, name) ? ribNames[name]! : undefined;
  if (table === undefined) return refused("no such RIB");
  const families = familiesOf(query.get("af"));
  // The routes of VPNs have no prefixes of their own in bgpctl: they are in the read API.
  if (families.length === 0) return refused("operation not supported");
  const { reader, now } = context;
  const [facts, pages] = [reader.tableFacts(), reader.routePages()];
  const all = tablePeers(reader, facts);
  const peers = chosenPeers(all, query);
  if (peers.length === 0) return refused("no such neighbor");
  const texts = new RibTexts(pages, all, facts.localAs, now());
  if (table === "out") return await adjRibOut(context, peers, query, texts);
  const filter = filterOf(query, { facts, peers, families, received: table === "in" });
  return list(routesOf(pages, filter, query), (route) => texts.text(route));
}

function list<T>(
  pages: Iterable<readonly T[]> | AsyncIterable<readonly T[]>,
  item: (item: T) => string | undefined,
): Answer {
  return { headers: { "content-type": jsonType }, body: listParts(pages, { head: '{"rib": [', item, tail: "]}\n" }) };
}

function familiesOf(name: string | undefined): readonly FamilyId[] {
  switch (name?.toLowerCase()) {
    case "ipv4":
      return [IPV4_UNICAST];
    case "ipv6":
      return [IPV6_UNICAST];
    case undefined:
      return [IPV4_UNICAST, IPV6_UNICAST];
    default:
      return [];
  }
}

/** Of these five the first one counts. */
const states = ["best", "error", "filtered", "invalid", "leaked"] as const;

interface Scope {
  readonly facts: TableFacts;
  readonly peers: readonly TablePeer[];
  readonly families: readonly FamilyId[];
  readonly received: boolean;
}

function filterOf(query: Query, { facts, peers, families, received }: Scope): PageFilter {
  const state = states.find((name) => query.get(name) === "1");
  const reasons = state === "filtered" ? [...facts.reasons().keys()].filter(isFiltered) : [Ineligible.otcLeak];
  return {
    // bgpd keeps no route that was treated as withdrawn.
    peerIds: state === "error" ? [] : peers.map(({ id }) => id),
    families,
    received,
    ...state === "best" ? { best: true } : {},
    ...state === "invalid" ? { which: "ineligible" as const } : {},
    ...state === "filtered" || state === "leaked" ? { reasons } : {},
    ovs: ovs[query.get("ovs") ?? ""],
    avs: avs[query.get("avs") ?? ""],
    among: prefixOf(query),
  };
}

/** Without RPKI data no VRP is found, and no path is known. */
const ovs: Readonly<Record<string, readonly number[]>> = {
  valid: [Ovs.valid],
  invalid: [Ovs.invalid],
  "not-found": [Ovs.none, Ovs.notFound],
};
const avs: Readonly<Record<string, readonly number[]>> = {
  valid: [Avs.valid],
  invalid: [Avs.invalid],
  unknown: [Avs.none, Avs.unknown],
};

function prefixOf(query: Query): PrefixChoice | undefined {
  const text = query.get("prefix");
  const prefix = text === undefined ? undefined : parsePrefix(text);
  if (text === undefined || prefix === undefined) return undefined;
  if (query.get("all") === "1") return { kind: "inside", prefix };
  if (query.get("or-shorter") === "1") return { kind: "covering", prefix };
  return text.includes("/") ? { kind: "exact", prefix } : { kind: "longest", address: text };
}

/** The communities of the database that the parameters mean; a large one has three parts, an extended one a name. */
function communitiesOf(query: Query): string[] {
  const extended = query.get("ext-community")?.trim().replace(/ +/, ":");
  return [query.get("community"), query.get("large-community")].flatMap((text) => {
    return text === undefined ? [] : [communityOf(text.trim())];
  }).concat(extended === undefined ? [] : [extended]);
}

/** Sets of attributes are few compared to routes: they are searched first. */
function* routesOf(pages: RoutePages, filter: PageFilter, query: Query): Generator<readonly PagedRoute[]> {
  const as = query.get("as");
  const communities = communitiesOf(query);
  if (as === undefined && communities.length === 0) return yield* pages.pages(filter);
  const search = pages.sets({ originAs: as === undefined ? undefined : Number(as), communities });
  let step = search.next();
  for (; step.done !== true; step = search.next()) yield [];
  yield* pages.pages({ ...filter, sets: step.value });
}

/** The router has Adj-RIBs-Out; the filters are those that a written route can meet. */
async function adjRibOut(
  { database }: Context,
  peers: readonly TablePeer[],
  query: Query,
  texts: RibTexts,
): Promise<Answer> {
  await checkRouter(database);
  const up = peers.filter(({ row }) => row?.state === "Established");
  const chooses = sentFilter(query);
  const items = async function* () {
    for (const peer of up) {
      const path = `/peers/${encodeURIComponent(peer.name)}/advertised`;
      for await (const page of routerList<AdvertisedJson>(database, path)) {
        yield page.filter(chooses).map((route) => [route, peer] as const);
      }
    }
  };
  return list(items(), ([route, peer]) => texts.sentText(route, peer));
}

function sentFilter(query: Query): (route: AdvertisedJson) => boolean {
  const [as, families, communities] = [query.get("as"), familiesOf(query.get("af")), communitiesOf(query)];
  const among = prefixOf(query);
  // A written route was neither refused nor invalid, and nothing is known of its states.
  const none = states.slice(1).some((name) => query.get(name) === "1") ||
    ["valid", "invalid"].some((state) => query.get("ovs") === state || query.get("avs") === state);
  return (route) => {
    if (none || route.prefix === null) return false;
    const family = route.prefix.includes(":") ? IPV6_UNICAST : IPV4_UNICAST;
    const own = [...route.communities, ...route.large_communities, ...route.ext_communities];
    return families.includes(family) && (as === undefined || route.as_path.split(" ").at(-1) === as) &&
      communities.every((each) => own.includes(each)) && (among === undefined || isAmong(route.prefix, among));
  };
}

function isAmong(text: string, among: PrefixChoice): boolean {
  const prefix = parsePrefix(text)!;
  const other = among.kind === "longest" ? parsePrefix(among.address)! : among.prefix;
  if (prefix.octets.length !== other.octets.length) return false;
  const isInside = prefixContains(other, prefix.octets, prefix.length);
  const isAround = prefixContains(prefix, other.octets, other.length);
  if (among.kind === "exact") return isInside && isAround;
  return among.kind === "inside" ? isInside : isAround;
}

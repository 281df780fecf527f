/** `/routes` and `/route`: tables, and the routes of one peer: accepted, filtered, exported, not exported. */

import type { PageFilter, PrefixChoice } from "../../store/mod.ts";
import type { AdvertisedJson } from "../../control/mod.ts";
import { type FamilyId, parseAddress, parsePrefix, type Prefix } from "../../types/mod.ts";
import { type Answer, jsonType, WebError } from "../answers/answer.ts";
import type { Asked, Context, FrontRoute } from "../answers/front.ts";
import { listParts, type ListText } from "../tables/list_parts.ts";
import { checkRouter, routerList } from "../tables/router_socket.ts";
import { type TablePeer, tablePeers } from "../tables/table_peers.ts";
import { type BestCounts, countKey } from "./best_counts.ts";
import { answer, envelope } from "./envelope.ts";
import { protocolId } from "./protocol_ids.ts";
import { filteredReasons, type LargeCommunity, notExportedReason } from "../tables/reasons.ts";
import { RouteTexts } from "./route_texts.ts";
import { bothFamilies, familiesOfTable } from "./table_names.ts";

const ttlMs = 60_000;

type Choice = Partial<PageFilter> & { readonly peers?: readonly TablePeer[] };

export function tableRoutes(counts: BestCounts): readonly FrontRoute[] {
  const at = (path: string, lane: FrontRoute["lane"], run: FrontRoute["run"]): FrontRoute => ({
    path: `/birdwatcher${path}`,
    lane,
    run,
  });
  const inTable = (asked: Asked) => ({ families: familiesOfTable(asked.part("table")) });
  const byAddress = (asked: Asked, context: Context) => ({ peers: peersAt(asked.part("address"), context) });
  return [
    at("/routes/protocol/{id}", "slow", (asked, context) => routes(context, { peers: [peerOf(asked, context)] })),
    at("/routes/filtered/{id}", "slow", (asked, context) => filtered(context, { peers: [peerOf(asked, context)] })),
    at("/routes/export/{id}", "slow", (asked, context) => sent(context, peerOf(asked, context), "exported")),
    at("/routes/noexport/{id}", "slow", (asked, context) => sent(context, peerOf(asked, context), "withheld")),
    at("/routes/table/{table}", "slow", (asked, context) => routes(context, inTable(asked))),
    at("/routes/table/{table}/filtered", "slow", (asked, context) => filtered(context, inTable(asked))),
    at(
      "/routes/table/{table}/peer/{address}",
      "slow",
      (asked, context) => routes(context, { ...inTable(asked), ...byAddress(asked, context) }),
    ),
    at("/routes/peer/{address}", "slow", (asked, context) => routes(context, byAddress(asked, context))),
    at("/routes/prefix", "quick", (asked, context) => routes(context, { among: prefixAsked(asked) })),
    ...["", "/table/{table}"].flatMap((end) =>
      ["", "/mask/{mask}"].map((mask) =>
        at(`/route/net/{net}${mask}${end}`, "quick", (asked, context) => lookUp(asked, context))
      )
    ),
    at("/routes/count/protocol/{id}", "quick", (asked, context) => count(context, peerOf(asked, context))),
    at("/routes/count/table/{table}", "quick", (asked, context) => countTable(context, asked.part("table"))),
    at("/routes/count/primary/{id}", "slow", (asked, context) => countBest(context, peerOf(asked, context), counts)),
    // A pipe joins two tables of BIRD: here there is none, so nothing is lost in one.
    at("/routes/pipe/filtered", "quick", (_asked, { now }) => answer({ routes: [] }, now(), ttlMs)),
    at("/routes/pipe/filtered/count", "quick", (_asked, { now }) => answer({ routes: 0 }, now(), ttlMs)),
  ];
}

function routes(context: Context, choice: Choice): Answer {
  return listed(context, { ...choice, which: "eligible" }, () => []);
}

/** Routes that a rule or a policy refuses, as they were received, each with its reason. */
function filtered(context: Context, choice: Choice): Answer {
  const asn = context.reader.tableFacts().localAs;
  return listed(context, { ...choice, which: "ineligible", received: true }, (number) => filteredReasons(asn, number));
}

function listed(context: Context, choice: Choice, reasonsOf: (ineligible: number) => LargeCommunity[]): Answer {
  const { reader } = context;
  const pages = reader.routePages();
  const all = tablePeers(reader, reader.tableFacts());
  const { peers = all, families = bothFamilies, ...rest } = choice;
  const texts = new RouteTexts(pages, all);
  return list(context, pages.pages({ families, peerIds: peers.map(({ id }) => id), ...rest }), (route) => {
    return texts.text(route, reasonsOf(route.ineligible));
  });
}

function list<T>(
  { now }: Context,
  pages: Iterable<readonly T[]> | AsyncIterable<readonly T[]>,
  item: ListText<T>["item"],
): Answer {
  const head = JSON.stringify({ ...envelope(now(), ttlMs), routes: [] }).slice(0, -2);
  return { headers: { "content-type": jsonType }, body: listParts(pages, { head, item, tail: "]}\n" }) };
}

/** The best routes that the peer is sent, or those that are withheld from it: only the router knows which they are. */
async function sent(context: Context, peer: TablePeer, which: "exported" | "withheld"): Promise<Answer> {
  const { reader, database } = context;
  // Without a session nothing is sent, and no rule withholds anything.
  if (peer.row?.state !== "Established") return list(context, [], () => undefined);
  await checkRouter(database);
  const facts = reader.tableFacts();
  const [asn, pages] = [facts.localAs, reader.routePages()];
  const texts = new RouteTexts(pages, tablePeers(reader, facts));
  const query = which === "withheld" ? "?withheld=true" : "";
  const items = routerList<AdvertisedJson>(database, `/peers/${encodeURIComponent(peer.name)}/advertised${query}`);
  return list(context, joined(items, pages), ([route, reason]) => {
    return texts.text(route, which === "withheld" ? [notExportedReason(asn, reason)] : []);
  });
}

type RoutePages = ReturnType<Context["reader"]["routePages"]>;

/** What the router says of prefixes, with their best routes. */
async function* joined(items: AsyncIterable<readonly AdvertisedJson[]>, pages: RoutePages) {
  for await (const page of items) {
    const prefixes = page.flatMap(({ prefix, nlri }) => prefix === null || nlri !== undefined ? [] : [prefix]);
    const best = new Map(pages.bestOf(prefixes, bothFamilies).map((route) => [route.prefix, route]));
    yield page.flatMap(({ prefix, nlri, reason }) => {
      const route = prefix === null || nlri !== undefined ? undefined : best.get(prefix);
      return route === undefined ? [] : [[route, reason] as const];
    });
  }
}

function prefixAsked(asked: Asked): PrefixChoice {
  const text = asked.parameter("prefix");
  if (text === undefined) throw new WebError(400, "need a prefix as single query parameter");
  if (parseAddress(text) !== undefined) return { kind: "longest", address: text };
  return { kind: "exact", prefix: prefixOf(text) };
}

/** The routes of the longest prefix that contains the one that is asked for. */
function lookUp(asked: Asked, context: Context): Answer {
  const [net, mask, table] = [asked.part("net"), asked.part("mask"), asked.part("table")];
  const prefix = prefixOf(mask === "" ? net : `${net}/${mask}`);
  const families = table === "" ? bothFamilies : familiesOfTable(table);
  const pages = context.reader.routePages();
  const all = tablePeers(context.reader, context.reader.tableFacts());
  const among = { kind: "covering", prefix } as const;
  const found = [...pages.pages({ peerIds: all.map(({ id }) => id), families, which: "eligible", among })].flat();
  const texts = new RouteTexts(pages, all);
  return list(context, [found.filter((route) => route.prefix === found[0]?.prefix)], (route) => texts.text(route));
}

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new WebError(400, `"${text.slice(0, 80)}" is neither a prefix nor an address`);
  return prefix;
}

/** Throws {@link WebError} where there is none. */
function peerOf(asked: Asked, { reader }: Context): TablePeer {
  const id = asked.part("id");
  const peer = tablePeers(reader, reader.tableFacts()).find((each) => protocolId(each) === id);
  if (peer === undefined) throw new WebError(404, `there is no protocol ${id.slice(0, 80)}`);
  return peer;
}

/** The peers with an address. Throws {@link WebError} for a text that is no address. */
function peersAt(address: string, { reader }: Context): TablePeer[] {
  if (parseAddress(address) === undefined) throw new WebError(400, `"${address.slice(0, 80)}" is not an address`);
  return tablePeers(reader, reader.tableFacts()).filter((peer) => peer.address === address);
}

function accepted({ reader }: Context, has: (peerId: number, family: FamilyId) => boolean): number {
  return reader.tableFacts().familyCounts().filter(({ peerId, family }) => has(peerId, family))
    .reduce((sum, counts) => sum + counts.accepted, 0);
}

function count(context: Context, { id }: TablePeer): Answer {
  const routes = accepted(context, (peerId, family) => peerId === id && bothFamilies.includes(family));
  return answer({ routes }, context.now(), ttlMs);
}

function countTable(context: Context, table: string): Answer {
  const families = familiesOfTable(table);
  return answer({ routes: accepted(context, (_peerId, family) => families.includes(family)) }, context.now(), ttlMs);
}

async function countBest({ reader, now }: Context, { id }: TablePeer, counts: BestCounts): Promise<Answer> {
  const all = await counts.get(reader.tableFacts(), now());
  const routes = bothFamilies.reduce((sum, family) => sum + (all.get(countKey(id, family)) ?? 0), 0);
  return answer({ routes }, now(), ttlMs);
}

/** One look of an alert at the database: what is wrong now, each with a sentence. */

import type { AlertKind, AlertSettings } from "../../config/mod.ts";
import type { AlertQueries, PeerFamily, SeenRoute, WatchedPeer } from "../../store/mod.ts";
import { type Asn, IPV4_UNICAST, IPV6_UNICAST, type Millis } from "../../types/mod.ts";
import { type Found, mostPeers, type Wrong } from "./found.ts";
import { rowsFound } from "./sql_rows.ts";

/** So many subjects of one alert are wrong at most: the rest stay as they are. */
export const mostSubjects = 1_000;
/** So many routes are read for one prefix. */
const mostRoutes = 20_000;
/** After so long a peer has sent its table, whether it sends End-of-RIB or not. */
const completeAfterMs = { withEnd: 300_000, withoutEnd: 60_000 } as const;

type Look = (alert: AlertSettings, queries: AlertQueries, now: Millis) => Found;

/** `route-count` needs numbers of before: see `route_counts.ts`. */
const looks: Readonly<Record<Exclude<AlertKind, "route-count">, Look>> = {
  "origin-change": (alert, queries) => {
    const { origins = [] } = alert;
    const expected = origins.map((asn) => `AS${asn}`).join(" or ");
    return bySubject(
      routesOf(alert, queries, { scope: "exact", notOrigins: origins }),
      (route, seen) => `${originOf(route)} originates ${route.prefix}, expected ${expected}; ${seen}`,
    );
  },
  "more-specific": (alert, queries) =>
    bySubject(
      routesOf(alert, queries, { scope: "longer", notOrigins: alert.origins }),
      (route, seen) => `${route.prefix} of ${originOf(route)} is inside a prefix that is watched; ${seen}`,
    ),
  "invalid": (alert, queries) => {
    const text = (route: SeenRoute, seen: string) =>
      `${route.prefix} of ${originOf(route)} is invalid by RPKI; ${seen}`;
    if (alert.prefixes !== undefined) {
      return bySubject(routesOf(alert, queries, { scope: "inside", invalid: true }), text);
    }
    return bySubject(queries.invalidRoutes(queries.watchedPeers(alert.peers), mostRoutes), text);
  },
  "new-upstream": newUpstreams,
  "withdrawn": withdrawn,
  "leak": leaks,
  "peer-down": peersDown,
  "sql": ({ sql = "" }, queries) => rowsFound(queries.queryRows(sql, mostSubjects + 1), mostSubjects),
};

/** Throws `StoreError` where the database cannot be read or the query is wrong. `now`: wall-clock time. */
export function look(
  alert: AlertSettings & { readonly kind: Exclude<AlertKind, "route-count"> },
  queries: AlertQueries,
  now: Millis,
): Found {
  return looks[alert.kind](alert, queries, now);
}

function* routesOf(
  { prefixes = [], peers }: AlertSettings,
  queries: AlertQueries,
  which: Pick<Parameters<AlertQueries["seenRoutes"]>[0], "scope" | "notOrigins" | "invalid">,
): Generator<SeenRoute> {
  const watched = queries.watchedPeers(peers);
  for (const prefix of prefixes) yield* queries.seenRoutes({ ...which, prefix, peers: watched, limit: mostRoutes });
}

/** Routes that are wrong, by prefix and origin. `seen`: by whom, and with which path. */
function bySubject(routes: Iterable<SeenRoute>, sentence: (route: SeenRoute, seen: string) => string): Found {
  return grouped(routes, (route) => `${route.prefix} ${originOf(route)}`, sentence);
}

function grouped(
  routes: Iterable<SeenRoute>,
  subjectOf: (route: SeenRoute) => string | undefined,
  sentence: (route: SeenRoute, seen: string) => string,
): Found {
  const groups = new Map<string, SeenRoute[]>();
  let isCut = false;
  for (const route of routes) {
    const subject = subjectOf(route);
    if (subject === undefined) continue;
    const group = groups.get(subject);
    if (group !== undefined) group.push(route);
    else if (groups.size < mostSubjects) groups.set(subject, [route]);
    else isCut = true;
  }
  const wrong = [...groups].map(([subject, group]) => {
    const oldest = group.reduce((one, other) => other.receivedAt < one.receivedAt ? other : one);
    const peers = [...new Set(group.map(({ peer }) => peer))];
    const path = oldest.asPath === "" ? "an empty AS path" : `AS path ${oldest.asPath}`;
    const rejected = group.every(({ ineligible }) => ineligible !== 0) ? ", rejected by us" : "";
    return {
      subject,
      text: sentence(oldest, `announced by ${namesOf(peers)}, ${path}${rejected}`),
      since: oldest.receivedAt,
      prefix: oldest.prefix,
      peers: peers.slice(0, mostPeers),
      origin: oldest.origin,
      asPath: oldest.asPath,
    };
  });
  return { wrong, unknown: isCut ? "others" : [] };
}

function originOf({ origin }: SeenRoute): string {
  return origin === null ? "an AS set" : `AS${origin}`;
}

/** `"a"`, `"a and b"`, `"a, b and 3 more"`. */
export function namesOf(names: readonly string[]): string {
  if (names.length <= 1) return names.join();
  if (names.length === 2) return names.join(" and ");
  return `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}

function newUpstreams(alert: AlertSettings, queries: AlertQueries): Found {
  const { upstreams = [], origins } = alert;
  const expected = upstreams.map((asn) => `AS${asn}`).join(" or ");
  const isWatched = ({ origin }: SeenRoute) => origin !== null && (origins?.includes(origin) ?? true);
  const upstreamOf = (route: SeenRoute) => {
    const upstream = isWatched(route) ? upstreamIn(route.asPath) : undefined;
    return upstream === undefined || upstreams.includes(upstream) ? undefined : upstream;
  };
  return grouped(
    routesOf(alert, queries, { scope: "inside" }),
    (route) => {
      const upstream = upstreamOf(route);
      return upstream === undefined ? undefined : `${route.prefix} AS${upstream}`;
    },
    (route, seen) =>
      `AS${upstreamOf(route)} stands before ${
        originOf(route)
      } in paths of ${route.prefix}, expected ${expected}; ${seen}`,
  );
}

/** The neighbour of the origin in an AS path; `undefined`: the path has none, or a set stands there. */
export function upstreamIn(asPath: string): Asn | undefined {
  // Segments of confederations are inside another AS.
  const asns = asPath.replaceAll(/\([^)]*\)|\[[^\]]*\]/g, "").split(" ").filter((word) => word !== "");
  const origin = asns.at(-1);
  const upstream = asns.findLast((asn) => asn !== origin);
  return upstream !== undefined && /^\d+$/.test(upstream) && /^\d+$/.test(origin ?? "") ? Number(upstream) : undefined;
}

function withdrawn(alert: AlertSettings, queries: AlertQueries, now: Millis): Found {
  const peers = queries.watchedPeers(alert.peers);
  const sending = new Set(
    queries.peerFamilies(peers).filter((family) => family.isEstablished && !isComplete(family, now))
      .map(({ familyId }) => familyId),
  );
  const wrong: Wrong[] = [], unknown: string[] = [];
  for (const prefix of alert.prefixes ?? []) {
    if (queries.seenRoutes({ peers, scope: "exact", prefix, limit: 1 }).length > 0) continue;
    // A peer may still be about to announce it.
    if (sending.has(prefix.includes(":") ? IPV6_UNICAST : IPV4_UNICAST)) unknown.push(prefix);
    else wrong.push(goneOf(prefix, peers, queries));
  }
  return { wrong, unknown };
}

function goneOf(prefix: string, peers: readonly WatchedPeer[], queries: AlertQueries): Wrong {
  const last = queries.lastSeen(prefix, peers);
  const who = last === undefined ? "" : `; ${last.peer} was the last one, AS path ${last.asPath || "empty"}`;
  return {
    subject: prefix,
    text: `no peer announces ${prefix}${who}`,
    since: last?.until ?? null,
    prefix,
    peers: last === undefined ? [] : [last.peer],
    origin: null,
    asPath: last?.asPath ?? null,
  };
}

/** True where a peer has sent all its routes of a family. */
export function isComplete(family: Pick<PeerFamily, "isComplete" | "since" | "sendsEndOfRib">, now: Millis): boolean {
  const limitMs = family.sendsEndOfRib ? completeAfterMs.withEnd : completeAfterMs.withoutEnd;
  return family.isComplete || now - (family.since ?? now) >= limitMs;
}

function leaks(alert: AlertSettings, queries: AlertQueries): Found {
  const peers = queries.watchedPeers(alert.peers);
  const found = alert.prefixes === undefined
    ? queries.leakingPeers(peers, undefined)
    : alert.prefixes.flatMap((prefix) => queries.leakingPeers(peers, prefix));
  const byPeer = Map.groupBy(found, ({ peer }) => peer);
  const wrong = [...byPeer].map(([peer, parts]) => {
    const routes = parts.reduce((sum, part) => sum + part.routes, 0);
    const oldest = parts.reduce((one, other) => other.receivedAt < one.receivedAt ? other : one);
    const why = oldest.avs === "invalid" ? "ASPAs" : "ONLY_TO_CUSTOMER";
    return {
      subject: peer,
      text: `${peer}${asOf(oldest.peerAs)} announces ${routes === 1 ? "a route" : `${routes} routes`} that ` +
        `${routes === 1 ? "is a leak" : "are leaks"} by ${why}, such as ${oldest.prefix}, AS path ${oldest.asPath}`,
      since: oldest.receivedAt,
      prefix: oldest.prefix,
      peers: [peer],
      origin: oldest.origin,
      asPath: oldest.asPath,
    };
  });
  return { wrong, unknown: [] };
}

function peersDown(alert: AlertSettings, queries: AlertQueries): Found {
  const down = queries.downPeers(queries.watchedPeers(alert.peers)).slice(0, mostSubjects);
  const wrong = down.map(({ peer, peerAs, state, since, reason }) => ({
    subject: peer,
    text: `${peer}${asOf(peerAs)} has no session: ${state}${reason === null ? "" : `, ${reason}`}`,
    since,
    prefix: null,
    peers: [peer],
    origin: null,
    asPath: null,
  }));
  return { wrong, unknown: [] };
}

/** `" (AS65001)"` */
export function asOf(asn: Asn | null): string {
  return asn === null ? "" : ` (AS${asn})`;
}

/**
 * Explains from the database why a route is the best one. The stored candidates go through `rib/decide/explain.ts`,
 * with the stored best route as the previous best route (RFC 5004).
 *
 * The decision is the table `best`, and the explanation has to give the same result. Where the rows are older or newer
 * than the decision, it cannot: then only the stored step is shown.
 */

import { decisionStepNames } from "../../rib/decide/decision.ts";
import { explain, explainIneligible } from "../../rib/decide/explain.ts";
import type { Candidate, DecisionStep, Explanation } from "../../rib/mod.ts";
import {
  families,
  formatPrefix,
  isPrefixFamily,
  parseIpv4Number,
  parsePrefix,
  parseZonedAddress,
} from "../../types/mod.ts";
import { StoreError } from "../errors.ts";
import { asInteger } from "./cells.ts";
import { Columns, flag, integer, integerOrNull, octets, octetsOrNull, type Row, text, textOrNull } from "./columns.ts";
import { type ExplainedValidity, explainValidity } from "./explain_validity.ts";
import { isoTime } from "./iso_time.ts";
import type { LongestMatch } from "./longest_match.ts";
import type { RouteAttributes } from "./route_attributes.ts";
import {
  destinationsOf,
  nlriColumns,
  routeColumns,
  type RouteFilter,
  type RouteRow,
  validityColumns,
} from "./route_query.ts";
import type { Database } from "../sqlite.ts";

export interface ExplainedPrefix {
  /** `null`: the destination has none. */
  readonly prefix: string | null;
  readonly family: string;
  /** The best route first, then the other eligible routes, then the ineligible ones. */
  readonly routes: readonly ExplainedRoute[];
  /** False: routes have changed since the stored decision. It is valid until the next decision is written. */
  readonly settled: boolean;
}

export interface ExplainedRoute extends RouteRow {
  readonly verdict: "best" | "lost" | "ineligible";
  /** The step that selected the route, or that removed it from the candidates. */
  readonly step: string | null;
  /** The value of the route in this step, and the value that it was compared with. */
  readonly value: string | null;
  readonly against: string | null;
  /** The reason as a sentence. */
  readonly explanation: string;
  /** When the route became the best one; ISO 8601, UTC. */
  readonly bestSince: string | null;
  /** The received values of attributes that import policy changed. */
  readonly received: ReceivedValues | null;
  /** Why the route has its states by RPKI data. */
  readonly rpki: ExplainedValidity | null;
}

export type ReceivedValues = Partial<Pick<RouteAttributes, typeof changeable[number]>>;

/** The attributes that import policy can change. */
const changeable = [
  "nextHop",
  "asPath",
  "origin",
  "med",
  "localPref",
  "communities",
  "largeCommunities",
  "extCommunities",
] as const;

/** A row of `rib`, and the values that the decision process needs. */
interface Found {
  readonly route: RouteRow;
  readonly prefixId: number;
  readonly ineligible: number;
  readonly candidate: Candidate;
  readonly received: ReceivedValues | null;
  readonly rpki: ExplainedValidity | null;
}

/** The stored decision. */
interface Stored {
  readonly step: DecisionStep;
  readonly since: string;
}

/** What to explain: a destination, or all with a prefix, or the longest match of an address. */
export type ExplainedFilter = Pick<RouteFilter, "prefix" | "address" | "best" | "rd" | "nlri">;

export function explainPrefixes(
  db: Database,
  match: LongestMatch,
  filter: ExplainedFilter,
): ExplainedPrefix[] {
  // One snapshot: routes and decisions of the same moment.
  db.exec("BEGIN");
  try {
    const plain = filter.rd === undefined && filter.nlri === undefined ? families : [];
    return [
      ...plain.filter(({ id }) => isPrefixFamily(id)).flatMap(({ id, name }) => {
        const text = filter.address === undefined ? filter.prefix : match.find(filter.address, id)?.prefix;
        return text === undefined ? [] : explained(db, name, findPlain(db, text, id));
      }),
      ...nlriIds(db, filter).flatMap(({ id, family }) => explained(db, family, findNlri(db, id))),
    ];
  } finally {
    db.rollback();
  }
}

/** The routes of one destination, with the stored decision. */
function explained(db: Database, family: string, routes: readonly Found[]): ExplainedPrefix[] {
  const [first] = routes;
  if (first === undefined) return [];
  const stored = db.prepare(`SELECT step, ${isoTime("since")} FROM best WHERE prefix_id = ?`).get(first.prefixId);
  const best = stored && { step: asInteger<DecisionStep>(stored[0]), since: String(stored[1]) };
  return [{ prefix: first.route.prefix, family, ...decided(routes, best) }];
}

const idColumns = { peerId: integer("peer_id"), prefixId: integer("prefix_id") };
type FoundIds = Row<typeof idColumns>;
const foundRows = new Columns({ ...routeColumns, ...validityColumns, ...idColumns });
const foundNlriRows = new Columns({ ...routeColumns, ...nlriColumns, ...idColumns });

const restColumns = {
  isInternal: flag("p.remote_as IS p.local_as"),
  routerId: text("p.router_id"),
  remoteIp: text("p.remote_ip"),
  wire: octets("a.wire"),
  receivedWire: octetsOrNull("o.wire"),
  role: textOrNull("p.role"),
  localAs: integerOrNull("p.local_as"),
  remoteAs: integerOrNull("p.remote_as"),
  ineligible: integer("t.ineligible"),
  // The received attributes; without a received id they are null.
  receivedId: integerOrNull("t.received_id"),
  nextHop: textOrNull("o.next_hop"),
  asPath: textOrNull("o.as_path"),
  origin: textOrNull("o.origin"),
  med: integerOrNull("o.med"),
  localPref: integerOrNull("o.local_pref"),
  communities: textOrNull("o.communities"),
  largeCommunities: textOrNull("o.large_communities"),
  extCommunities: textOrNull("o.ext_communities"),
};

const restRows = new Columns(restColumns);
const restQuery = `SELECT ${restRows.sql} FROM routes t` +
  " JOIN peers p ON p.id = t.peer_id JOIN attributes a ON a.id = t.attribute_id" +
  " LEFT JOIN attributes o ON o.id = t.received_id WHERE t.peer_id = ? AND t.prefix_id = ? AND t.path_id = ?";

function findPlain(db: Database, text: string, family: number): Found[] {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new StoreError(`"${text}" is not a prefix`);
  return db.prepare(`SELECT ${foundRows.sql} FROM rib WHERE prefix = ? AND family_id = ?`)
    .all(formatPrefix(prefix), family).map((row) => found(db, foundRows.read(row)));
}

function findNlri(db: Database, id: number): Found[] {
  return db.prepare(`SELECT ${foundNlriRows.sql} FROM nlri_rib WHERE prefix_id = ?`).all(id)
    .map((row) => found(db, foundNlriRows.read(row)));
}

/** The destinations that are no plain prefixes. */
function nlriIds(db: Database, filter: ExplainedFilter): { readonly id: number; readonly family: string }[] {
  const conditions = destinationsOf(db, filter);
  if (conditions === undefined) return [];
  return db.prepare(
    "SELECT DISTINCT prefix_id, family, family_id, rd FROM nlri_rib" +
      `${conditions.sql} ORDER BY family_id, rd, nlri`,
  ).all(...conditions.values).map(([id, family]) => ({ id: asInteger(id), family: String(family) }));
}

/** A row of a view of routes as a candidate of the decision. */
function found(db: Database, { peerId, prefixId, ...route }: RouteRow & FoundIds): Found {
  const pathId = route.pathId ?? -1;
  const more = restRows.read(db.prepare(restQuery).get(peerId, prefixId, pathId)!);
  const candidate = {
    peerId,
    internal: more.isInternal,
    // A peer in another member AS adds that AS in front, in a segment of its own (RFC 5065 §4.1).
    confederation: /^[([]/.test(more.asPath ?? route.asPath),
    routerId: parseIpv4Number(more.routerId) ?? 0,
    address: parseZonedAddress(more.remoteIp) ?? new Uint8Array(4),
    pathId,
    wire: more.wire,
  };
  const received = receivedValues(route, more);
  const rpki = explainValidity(db, route, { ...more, wire: more.receivedWire ?? more.wire });
  return { route, prefixId, ineligible: more.ineligible, candidate, received, rpki };
}

/** The received values that import policy changed; `null`: none. */
function receivedValues(route: RouteRow, more: Row<typeof restColumns>): ReceivedValues | null {
  if (more.receivedId === null) return null;
  const changed = changeable.flatMap((name) => more[name] === route[name] ? [] : [[name, more[name]]]);
  return changed.length === 0 ? null : Object.fromEntries(changed);
}

/** Repeats the decision, in up to four ways, until the result is the stored one. */
function decided(routes: readonly Found[], stored: Stored | undefined): Pick<ExplainedPrefix, "routes" | "settled"> {
  const eligible = routes.filter(({ ineligible }) => ineligible === 0);
  const fresh = eligible.filter(({ route }) => !route.stale);
  const best = eligible.find(({ route }) => route.best);
  const attempts = [
    // The best route stays the best one (RFC 5004). The previous best route is not stored.
    [eligible, best],
    [eligible, undefined],
    // Routes of an earlier run take no part in the decision.
    [fresh, best],
    [fresh, undefined],
  ] as const;
  for (const [candidates, before] of attempts) {
    const positions = new Map(candidates.map((each, i) => [each, i]));
    const current = before === undefined ? -1 : positions.get(before) ?? -1;
    const explanation = explain(candidates.map(({ candidate }) => candidate), current);
    const same = stored === undefined
      ? explanation.winner === -1
      : candidates[explanation.winner] === best && explanation.step === stored.step;
    if (same) {
      return {
        settled: true,
        routes: ranked(routes, (each) => explainedRoute(each, positions.get(each), explanation, stored)),
      };
    }
  }
  return { settled: false, routes: ranked(routes, (each) => unexplained(each, stored)) };
}

const order = { best: 0, lost: 1, ineligible: 2 } as const;

function ranked(routes: readonly Found[], describe: (each: Found) => ExplainedRoute): ExplainedRoute[] {
  return routes.map(describe).sort((a, b) => order[a.verdict] - order[b.verdict]);
}

function explainedRoute(
  each: Found,
  at: number | undefined,
  { verdicts, winner }: Explanation,
  stored: Stored | undefined,
): ExplainedRoute {
  if (at === undefined) return notCandidate(each);
  const { step, value, against, text } = verdicts[at]!;
  const hasValue = value !== "" && against !== "";
  return {
    ...each.route,
    verdict: at === winner ? "best" : "lost",
    step: decisionStepNames[step] ?? null,
    value: hasValue ? value : null,
    against: hasValue ? against : null,
    explanation: text,
    bestSince: at === winner ? stored?.since ?? null : null,
    received: each.received,
    rpki: each.rpki,
  };
}

/** A route that is not a candidate. */
function notCandidate({ route, ineligible, received, rpki }: Found): ExplainedRoute {
  return {
    ...route,
    verdict: "ineligible",
    step: null,
    value: null,
    against: null,
    explanation: ineligible === 0
      ? "no candidate: stale, from an earlier session and not announced again yet"
      : explainIneligible(ineligible, String(route.ineligible)),
    bestSince: null,
    received,
    rpki,
  };
}

function unexplained(each: Found, stored: Stored | undefined): ExplainedRoute {
  if (each.ineligible !== 0) return notCandidate(each);
  const step = stored === undefined ? null : decisionStepNames[stored.step] ?? null;
  return {
    ...each.route,
    verdict: each.route.best ? "best" : "lost",
    step: each.route.best ? step : null,
    value: null,
    against: null,
    explanation: each.route.best
      ? `${step}; routes have changed since, and the next decision is not written yet`
      : "not compared: routes have changed since the stored decision",
    bestSince: each.route.best ? stored?.since ?? null : null,
    received: each.received,
    rpki: each.rpki,
  };
}

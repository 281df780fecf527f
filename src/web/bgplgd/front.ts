/**
 * The API of OpenBGPD's bgplgd(8) below `/bgplgd`: the same paths, parameters, errors and members. bgpd has no kernel
 * routes and no interfaces; members for them, and counters that bgpd does not keep, are left out.
 */

import type { StatusJson } from "../../control/mod.ts";
import { families } from "../../types/mod.ts";
import type { Answer } from "../answers/answer.ts";
import type { Context, Front, FrontRoute } from "../answers/front.ts";
import { unhurried } from "../tables/list_parts.ts";
import { askRouter } from "../tables/router_socket.ts";
import { answer, failure, refused } from "./answers.ts";
import { ago } from "./formats.ts";
import { metricsText } from "./metrics.ts";
import { basicMembers, neighborMembers, neighborsOf } from "./neighbors.ts";
import { neighborParameters, readQuery } from "./query_string.ts";
import { ribRoutes } from "./rib_routes.ts";

/** Routes without parameters, unless `run` reads them. */
const others: readonly (readonly [path: string, lane: FrontRoute["lane"], run: FrontRoute["run"]])[] = [
  ["/interfaces", "quick", () => answer({ interfaces: [] })],
  ["/memory", "slow", (_asked, context) => memory(context)],
  ["/metrics", "quick", (_asked, context) => metrics(context)],
  ["/nexthops", "slow", (_asked, context) => nextHops(context)],
  ["/rtr", "quick", (_asked, context) => rtr(context)],
  ["/sets", "slow", (_asked, context) => sets(context)],
  ["/summary", "quick", (_asked, context) => summary(context)],
];

export const bgplgdFront: Front = {
  prefix: "/bgplgd",
  routes: [
    ...others.map(([path, lane, run]): FrontRoute => ({
      path: `/bgplgd${path}`,
      lane,
      run(asked, context) {
        readQuery(asked.query, []);
        return run(asked, context);
      },
    })),
    {
      path: "/bgplgd/neighbors",
      lane: "quick",
      run: (asked, context) => neighbors(context, readQuery(asked.query, neighborParameters)),
    },
    ...ribRoutes,
  ],
  failure,
};

async function neighbors(context: Context, query: ReadonlyMap<string, string>): Promise<Answer> {
  const found = await neighborsOf(context, query);
  if (found.length === 0 && query.size > 0) return refused("no such neighbor");
  return answer({ neighbors: found.map((each) => neighborMembers(each, context.now())) });
}

async function summary(context: Context): Promise<Answer> {
  const found = await neighborsOf(context);
  return answer({ neighbors: found.map((each) => basicMembers(each, context.now())) });
}

async function metrics(context: Context): Promise<Answer> {
  const running = await askRouter<StatusJson>(context.database, "/status");
  const body = metricsText(await neighborsOf(context), running?.version ?? context.version, context.now());
  return { headers: { "content-type": "application/openmetrics-text; version=1.0.0; charset=utf-8" }, body };
}

/** How many of each there are. bgpd does not know the octets of each kind. */
async function memory({ reader }: Context): Promise<Answer> {
  const facts = reader.tableFacts();
  const routes = facts.familyCounts();
  const best = new Map<number, number>();
  await unhurried((function* () {
    for (const page of facts.bestCounts()) {
      for (const { family, count } of page) best.set(family, (best.get(family) ?? 0) + count);
      yield;
    }
  })());
  const byFamily = [...best].map(([family, count]) => [familyName(family), { count }] as const);
  const total = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0);
  return answer({
    memory: {
      ...Object.fromEntries(byFamily),
      rib: { count: total(best.values()) },
      prefix: { count: total(routes.map((each) => each.routes)) },
      adjout_prefix: { count: total(routes.map((each) => each.sent)) },
    },
  }, 10_000);
}

/** OpenBGPD writes `IPv4 unicast`. */
function familyName(id: number): string {
  return (families.find((family) => family.id === id)?.name ?? String(id)).replace(/^ipv/, "IPv");
}

/** Every next hop of a route; bgpd takes each as reachable, since it does not look at the kernel's routes. */
async function nextHops({ reader }: Context): Promise<Answer> {
  const addresses = new Set<string>();
  await unhurried((function* () {
    for (const page of reader.tableFacts().nextHops()) {
      for (const address of page) addresses.add(address);
      yield;
    }
  })());
  return answer({ nexthops: [...addresses].sort().map((address) => ({ address, valid: true })) }, 10_000);
}

const rtrStates: Readonly<Record<string, string>> = {
  idle: "established",
  receiving: "exchange",
  asking: "exchange",
  connecting: "negotiation",
};

function rtr({ reader }: Context): Answer {
  const caches = reader.tableFacts().rpkiSources().filter(({ kind }) => kind === "cache");
  return answer({
    rtrs: caches.map(({ name, address, state, version, sessionId, serial, refresh, retry, expire }) => {
      const [, host = address, port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
      return {
        descr: name,
        remote_addr: host,
        remote_port: Number(port ?? 0),
        state: rtrStates[state] ?? "closed",
        ...sessionId === null ? {} : { version: version ?? 0, session_id: sessionId, serial: serial ?? 0 },
        ...Object.fromEntries(Object.entries({ refresh, retry, expire }).filter(([, seconds]) => seconds !== null)),
      };
    }),
  });
}

/** What caches and files say together is one set of each kind. */
function sets({ reader, now }: Context): Answer {
  const facts = reader.tableFacts();
  if (facts.rpkiSources().length === 0) return answer({ sets: [] });
  const { ipv4, ipv6, aspas, changedAt } = facts.rpkiCounts();
  const changed = ago("last_change", changedAt === 0 ? null : changedAt, now());
  return answer({
    sets: [
      { name: "RPKI", type: "ROA", ...changed, num_IPv4: ipv4, num_IPv6: ipv6 },
      { name: "RPKI", type: "ASPA", ...changed, num_ASnum: aspas },
    ],
  }, 10_000);
}

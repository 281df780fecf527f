/**
 * RFC 4271 §9.1.2: rows of routes for one prefix, and the one that is best. Every order of arrival is tried, with one
 * decision at the end and with a decision after each route. RFC 5004 §3 lets a best route stay, so that for some orders
 * the second way ends at another route: `stays` names those orders by the places of the routes in the row.
 */
import assert from "node:assert/strict";
import type { AttributeSet } from "../../src/message/mod.ts";
import { DecisionStep } from "../../src/rib/mod.ts";
import { formatAddress, parseAddress, parseIpv4Number } from "../../src/types/mod.ts";
import { Exchange } from "../unit/rib/out_support.ts";
import { announce, wire } from "../unit/rib/support.ts";

interface DecisionRow {
  readonly description: string;
  readonly rfc: string;
  readonly routes: readonly {
    readonly peer: string;
    readonly asn: number;
    readonly internal?: boolean;
    readonly routerId?: string;
    readonly path: readonly number[];
    readonly set?: Partial<AttributeSet>;
  }[];
  /** The peer with the best route. */
  readonly best: string;
  readonly step: keyof typeof DecisionStep;
  /** Orders of arrival, e.g. `"2 1"`, after which an earlier best route stays. */
  readonly stays?: readonly string[];
}

type DecisionRoute = DecisionRow["routes"][number];

const prefix = "198.51.100.0/24";
const rows: readonly DecisionRow[] = JSON.parse(Deno.readTextFileSync(new URL("decisions.json", import.meta.url)));

/** Ids of peers are the last octet of their address. */
const idOf = (address: string) => parseAddress(address)![3]!;

/** The best route after these arrived one by one. */
function decide(routes: readonly DecisionRoute[], afterEach: boolean): { best: string; step: number } {
  const exchange = new Exchange();
  for (const { peer, asn, internal = false, routerId = peer } of routes) {
    const address = parseAddress(peer)!;
    const session = { internal, remoteAsn: asn, remoteRouterId: parseIpv4Number(routerId)! };
    exchange.up(idOf(peer), { address }, session, { remoteAddress: address });
  }
  for (const { peer, path, set, internal } of routes) {
    const id = idOf(peer);
    const attributes = { nextHop: parseAddress(peer)!, ...internal === true ? { localPref: 100 } : {}, ...set };
    exchange.rib.ingest(
      id,
      exchange.epochOf(id),
      announce(exchange.contexts.get(id)!, wire(attributes, [...path]), prefix),
    );
    if (afterEach) exchange.rib.decide();
  }
  exchange.rib.decide();
  const best = [...exchange.rib.dump()].filter((row) => row.best);
  assert.equal(best.length, 1);
  return { best: formatAddress(Uint8Array.of(192, 0, 2, best[0]!.peerId)), step: best[0]!.step };
}

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length <= 1) return [[...list]];
  return list.flatMap((first, i) => permutations(list.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}

for (const { description, rfc, routes, best, step, stays = [] } of rows) {
  Deno.test(`${rfc}: ${description}`, () => {
    for (const order of permutations(routes)) {
      const label = order.map((route) => routes.indexOf(route) + 1).join(" ");
      const atOnce = decide(order, false);
      assert.deepEqual(atOnce, { best, step: DecisionStep[step] }, `order ${label}, one decision`);
      const oneByOne = decide(order, true);
      assert.equal(
        oneByOne.best !== best,
        stays.includes(label),
        `order ${label}, one by one: ${oneByOne.best} is best`,
      );
      if (oneByOne.best !== best) assert.equal(oneByOne.step, DecisionStep.oldest);
    }
    const orders = permutations(routes.map((_, i) => i + 1)).map((order) => order.join(" "));
    assert.deepEqual(stays.filter((order) => !orders.includes(order)), [], "orders that do not exist");
  });
}

Deno.test("the decisions cover the steps of RFC 4271", () => {
  const steps = new Set(rows.map(({ step }) => step));
  for (
    const step of ["localPref", "asPathLength", "origin", "med", "ebgpOverIbgp", "routerId", "peerAddress"] as const
  ) {
    assert.ok(steps.has(step), step);
  }
});

/** Questions in the RIB's thread: their order, and what is too much. */
import assert from "node:assert/strict";
import type { AnsweredRoute } from "../../../../src/daemon/thread/page_codec.ts";
import { OpenQueries } from "../../../../src/daemon/rib/open_queries.ts";
import { IPV4_UNICAST } from "../../../../src/types/mod.ts";

const route: AnsweredRoute = {
  family: IPV4_UNICAST,
  prefix: { octets: Uint8Array.of(10, 0, 0, 0), length: 8 },
  pathId: -1,
  state: "advertised",
  reason: undefined,
  wire: Uint8Array.of(1),
};

function* routes(count: number): Generator<AnsweredRoute | undefined> {
  for (let i = 0; i < count; i++) yield route;
}

Deno.test("pages are made in the order of their requests, and none for a query that has ended", () => {
  const queries = new OpenQueries(() => 0);
  queries.open(1, routes(600));
  queries.open(2, routes(300));
  queries.open(3, routes(1));
  queries.end(3);
  const seen: unknown[] = [];
  for (let page = queries.next(); page !== undefined; page = queries.next()) {
    seen.push([page.request, page.rows.count, page.done]);
    if (!page.done) queries.want(page.request);
  }
  assert.deepEqual(seen, [[1, 250, false], [2, 250, false], [1, 250, false], [2, 50, true], [1, 100, true]]);
  assert.equal(queries.isWanted, false);
});

Deno.test("queries above the limit are refused with a reason, until another one ends", () => {
  const queries = new OpenQueries(() => 0, { open: 2, routes: 1000, ms: 1000 });
  for (const request of [1, 2, 3]) queries.open(request, routes(1));
  assert.match(queries.next()!.refused!, /^too many queries are open/);
  assert.equal(queries.next()!.done, true);
  queries.open(4, routes(1));
  const left = [queries.next()!, queries.next()!].map(({ request, refused }) => [request, refused]);
  assert.deepEqual(left, [[2, undefined], [4, undefined]]);
});

Deno.test("an answer with too many routes, or that takes too long, ends with the reason", () => {
  let now = 0;
  const all = (limits: { routes: number; ms: number }, stepMs: number) => {
    const queries = new OpenQueries(() => now += stepMs, { open: 1, ...limits });
    queries.open(1, routes(10_000));
    for (;;) {
      const page = queries.next()!;
      if (page.done) return page.refused;
      queries.want(1);
    }
  };
  assert.match(all({ routes: 500, ms: 1000 }, 0)!, /^the answer has more than 500 routes: ask for fewer/);
  assert.match(all({ routes: 100_000, ms: 20 }, 1)!, /^the answer takes longer than 0.02 s/);
  assert.equal(all({ routes: 100_000, ms: 1000 }, 0), undefined);
});

/** The read API on a small database: each answer has its shape, and wrong questions are refused in words. */
import assert from "node:assert/strict";
import { apiFront, apiRoutes } from "../../../../src/web/api/mod.ts";
import { type ShapeName, shapes } from "../../../../src/web/api/shapes.ts";
import { meaningOf } from "../../../../src/web/api/search_routes.ts";
import { neighboursOf } from "../../../../src/web/api/table_routes.ts";
import { type Ask, withGlass } from "../glass_support.ts";

/** The answer, checked against the shape of its route. */
// deno-lint-ignore no-explicit-any
async function get(ask: Ask, shape: ShapeName, path: string): Promise<any> {
  const { status, text, headers } = await ask(`/api/v1${path}`);
  assert.equal(status, 200, `${path}: ${text}`);
  assert.match(headers["content-type"] ?? "", /^application\/json/, path);
  const value = JSON.parse(text);
  const checked = shapes[shape].safeParse(value);
  assert.ok(checked.success, `${path}: ${checked.error?.message}\n${text}`);
  return value;
}

/** The problem document of a question that is refused. */
async function refused(ask: Ask, path: string): Promise<{ status: number; detail: string }> {
  const { status, text, headers } = await ask(`/api/v1${path}`);
  assert.equal(headers["content-type"], "application/problem+json", `${path}: ${text}`);
  const problem = JSON.parse(text);
  assert.equal(problem.status, status);
  return problem;
}

const names = ({ routes }: { routes: { prefix: string; peer: string }[] }) =>
  routes.map(({ prefix, peer }) => `${prefix} ${peer}`).sort();

const api = (test: (ask: Ask) => Promise<void>, change = "") => () => withGlass(apiFront, test, change);

Deno.test(
  "the state of the router, its peers, routers and RPKI sources",
  api(async (ask) => {
    const status = await get(ask, "status", "/status");
    // The writer of the test has the database open.
    assert.deepEqual([status.router.state, status.peers], ["running", { total: 2, established: 1 }]);
    const { peers } = await get(ask, "peers", "/peers");
    assert.deepEqual(peers.map(({ state }: { state: string }) => state), ["Established", "Active"]);
    const { peer } = await get(ask, "peer", "/peers/192.0.2.1");
    assert.deepEqual([peer.peer, peer.group, peer.families[0].routes], ["192.0.2.1", "customers", 5]);
    assert.equal((await refused(ask, "/peers/nobody")).status, 404);
    assert.deepEqual((await get(ask, "routers", "/routers")).routers, []);
    assert.equal((await refused(ask, "/routers/nobody")).status, 404);
    assert.equal((await get(ask, "rpki", "/rpki")).vrps, 0);
    assert.deepEqual((await get(ask, "vrps", "/vrps?asn=65010")).vrps, []);
    assert.match((await refused(ask, "/vrps")).detail, /give prefix or asn/);
  }),
);

Deno.test(
  "routes: every condition, pages that follow each other, and NDJSON",
  api(async (ask) => {
    const found = async (query: string) => names(await get(ask, "routes", `/routes?${query}`));
    assert.deepEqual(await found("prefix=10.0.0.0/8"), ["10.0.0.0/8 192.0.2.1", "10.0.0.0/8 2001:db8::2"]);
    assert.deepEqual(await found("prefix=10.0.0.0/8&best=true"), ["10.0.0.0/8 192.0.2.1"]);
    assert.equal((await found("prefix=10.0.0.0/8&match=longer")).length, 4);
    assert.deepEqual(await found("prefix=10.1.2.0/25&match=covering&best=true"), [
      "10.0.0.0/8 192.0.2.1",
      "10.1.0.0/16 192.0.2.1",
    ]);
    assert.deepEqual(await found("address=10.1.9.9"), ["10.1.0.0/16 192.0.2.1"]);
    assert.deepEqual(await found("origin_as=AS65010&peer=2001:db8::2"), ["10.0.0.0/8 2001:db8::2"]);
    assert.deepEqual(await found("as_path=_3356_&family=ipv4"), ["10.0.0.0/8 192.0.2.1", "10.1.2.0/24 192.0.2.1"]);
    assert.deepEqual(await found("community=65001:99&best=true"), ["10.0.0.0/8 192.0.2.1"]);
    assert.deepEqual(await found("rejected=true"), [
      "10.1.2.0/24 192.0.2.1",
      "198.51.100.0/24 192.0.2.1",
      "203.0.113.0/24 192.0.2.1",
    ]);
    assert.deepEqual(await found("ovs=invalid"), ["10.0.0.0/8 2001:db8::2"]);
    const all = await found("");
    const paged: string[] = [];
    let cursor = "";
    do {
      const page = await get(ask, "routes", `/routes?limit=2${cursor}`);
      paged.push(...names(page));
      cursor = page.next === null ? "" : `&cursor=${page.next}`;
    } while (cursor !== "" && paged.length < 100);
    assert.deepEqual(paged.sort(), all);
    const { text, headers } = await ask("/api/v1/routes?format=ndjson&limit=all");
    assert.equal(headers["content-type"], "application/x-ndjson");
    assert.deepEqual(names({ routes: text.trim().split("\n").map((line) => JSON.parse(line)) }), all);
  }),
);

Deno.test(
  "a prefix is explained, and its past is known",
  api(async (ask) => {
    const { prefixes } = await get(ask, "explain", "/explain?target=10.0.0.0/8");
    assert.equal(prefixes.length, 1);
    assert.deepEqual(prefixes[0].routes.map(({ verdict }: { verdict: string }) => verdict), ["best", "lost"]);
    assert.deepEqual((await get(ask, "explain", "/explain?target=192.0.2.1")).prefixes, []);
    assert.match((await refused(ask, "/explain")).detail, /target is missing/);
    assert.equal((await refused(ask, "/explain?target=nowhere")).status, 400);
    const history = await get(ask, "history", "/history?prefix=10.0.0.0/8");
    assert.equal(history.states.length, 2);
    assert.equal((await get(ask, "history", "/history?prefix=192.0.2.0/24")).states.length, 0);
    const then = await get(ask, "routes", "/routes?prefix=10.0.0.0/8&at=2026-01-01T12:00:00Z");
    assert.equal(then.routes.length, 2);
    assert.equal((await refused(ask, "/routes?at=-1h&best=true")).status, 422);
    const events = await get(ask, "events", "/events?limit=5");
    assert.deepEqual([events.events, events.next], [[], null]);
  }),
);

Deno.test(
  "what people type is read as what it is, and found",
  api(async (ask) => {
    const search = async (q: string) => {
      const { kind, results } = await get(ask, "search", `/search?q=${encodeURIComponent(q)}`);
      return [kind, ...results.map((each: { kind: string; title: string }) => `${each.kind} ${each.title}`)];
    };
    assert.deepEqual(await search("10.1.9.9"), ["address", "prefix 10.1.0.0/16"]);
    assert.deepEqual(await search("10.1.0.0/16"), [
      "prefix",
      "prefix 10.1.0.0/16",
      "prefix 10.0.0.0/8",
      "prefix 10.1.2.0/24",
    ]);
    assert.deepEqual(await search("AS65010"), ["as", "as AS65010"]);
    assert.deepEqual(await search("65001:99"), ["community", "route 10.0.0.0/8", "route 10.1.2.0/24"]);
    assert.deepEqual(await search("_3356_"), ["as_path", "route 10.0.0.0/8", "route 10.1.2.0/24"]);
    assert.deepEqual(await search("customers"), ["text", "peer 192.0.2.1"]);
    assert.deepEqual(await search("100%"), ["text"]);
    assert.match((await refused(ask, "/search")).detail, /q is missing/);
    assert.equal((await refused(ask, `/search?q=${"x".repeat(301)}`)).status, 400);
  }),
);

Deno.test("what a text means", () => {
  const kinds = (texts: readonly string[]) => texts.map((text) => meaningOf(text).kind);
  assert.deepEqual(kinds(["192.0.2.1", "2001:db8::1"]), ["address", "address"]);
  assert.deepEqual(kinds(["192.0.2.0/24", "192.0.2.7/24", "::/0"]), ["prefix", "prefix", "prefix"]);
  assert.deepEqual(kinds(["65000", "as 65000", "AS1.5"]), ["as", "as", "as"]);
  assert.deepEqual(kinds(["65000:1", "65000:1:2", "rt:65000:1", "no-export"]), Array(4).fill("community"));
  assert.deepEqual(kinds(["^65000", "_65000_", "65000 65001", "65000$"]), Array(4).fill("as_path"));
  assert.deepEqual(kinds(["transit", "192.0.2", "4294967296", "192.0.2.0/33", "edge-1"]), Array(5).fill("text"));
  assert.deepEqual(meaningOf("192.0.2.7/24"), { kind: "prefix", prefix: "192.0.2.0/24" });
  assert.deepEqual(meaningOf("1 2"), { kind: "as_path", filter: { asPath: "_1 2_" } });
});

Deno.test(
  "an AS with its neighbours, and the map of the table",
  api(async (ask) => {
    const origin = await get(ask, "as", "/as/65010");
    assert.deepEqual(origin.originates.by_family, [{ family: "ipv4 unicast", prefixes: 2 }]);
    assert.deepEqual(origin.upstreams, [{ asn: 3356, routes: 2 }, { asn: 65002, routes: 1 }]);
    const transit = await get(ask, "as", "/as/3356");
    assert.deepEqual([transit.originates.count, transit.downstreams], [0, [{ asn: 65010, routes: 2 }]]);
    assert.equal((await refused(ask, "/as/x")).status, 400);
    const map = await get(ask, "map", "/map");
    const ipv4 = map.lengths.filter(({ family }: { family: string }) => family === "ipv4 unicast");
    assert.deepEqual(ipv4.map(({ length, prefixes }: Record<string, number>) => [length, prefixes]), [
      [8, 1],
      [16, 1],
      [24, 1],
    ]);
    const lines = (await ask("/api/v1/map?format=ndjson")).text.trim().split("\n");
    assert.deepEqual(JSON.parse(lines.at(-1)!), map);
  }),
);

Deno.test("the neighbours of an AS in a path; prepended ASes count as one", () => {
  assert.deepEqual(neighboursOf("1 2 2 2 3", 2), { before: 1, after: 3 });
  assert.deepEqual(neighboursOf("2 3", 2), { before: undefined, after: 3 });
  assert.deepEqual(neighboursOf("1 2 {3,4}", 2), { before: 1, after: undefined });
  assert.deepEqual(neighboursOf("1 22 3", 2), { before: undefined, after: undefined });
});

Deno.test(
  "wrong questions are refused in words, with what would be right",
  api(async (ask) => {
    for (
      const [path, status, detail] of [
        ["/nothing", 404, /there is no/],
        ["/routes?prefx=10.0.0.0/8", 400, /unknown parameter "prefx"; did you mean prefix\?/],
        ["/routes?prefix=10.0.0.1/8", 400, /did you mean 10\.0\.0\.0\/8\?/],
        ["/routes?prefix=10.0.0.0/8&match=some", 400, /match is exact, longer or covering/],
        ["/routes?match=longer", 400, /match needs prefix/],
        ["/routes?address=10.0.0.0/8", 400, /not an address/],
        ["/routes?as_path=(((", 400, /not an AS path expression/],
        [`/routes?as_path=${"(a*)*".repeat(100)}`, 400, /500 characters/],
        ["/routes?limit=0", 400, /limit is a number from 1/],
        ["/routes?limit=all", 400, /needs format=ndjson/],
        ["/routes?best=yes", 400, /best is true or false/],
        ["/routes?family=ipv5", 400, /family/],
        ["/routes?peer=nobody", 404, /there is no peer nobody/],
        ["/routes?cursor=x", 400, /cursor is malformed/],
        ["/routes?cursor=WyJ4Il0", 400, /cursor is malformed/],
        ["/routes?at=tomorrow", 400, /not a time/],
        ["/changes?after=WzFd", 400, /neither a time nor/],
        ["/history", 400, /prefix is missing/],
      ] as const
    ) {
      const problem = await refused(ask, path);
      assert.equal(problem.status, status, `${path}: ${problem.detail}`);
      assert.match(problem.detail, detail, path);
    }
  }),
);

Deno.test(
  "a hostile expression takes time in proportion to its length",
  api(async (ask) => {
    // The answer comes: a backtracking matcher would not end before the test does.
    await get(ask, "routes", `/routes?as_path=${encodeURIComponent("(65001*)*(65001*)*(65001*)*65999")}`);
  }),
);

Deno.test(
  "the document describes every route, and every answer has a shape of its own name",
  api(async (ask) => {
    const { text } = await ask("/api/v1/openapi.json");
    const document = JSON.parse(text);
    assert.deepEqual(Object.keys(document.paths).sort(), apiRoutes.map(({ path }) => path).sort());
    const ids = Object.values<{ get: { operationId: string } }>(document.paths).map(({ get }) => get.operationId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(apiRoutes.every(({ shape }) => shape in shapes));
  }),
);

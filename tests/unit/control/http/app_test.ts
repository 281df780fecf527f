/** The API as a function from request to response. */
import assert from "node:assert/strict";
import { type AnnouncementText, blankAnnouncement } from "../../../../src/store/mod.ts";
import type { Access } from "../../../../src/control/http/access.ts";
import { apiRoutes, createApp } from "../../../../src/control/http/app.ts";
import type { OpenApiDocument } from "../../../../src/control/http/openapi.ts";
import { peerStates } from "../../../../src/session/mod.ts";
import { FakeTarget, somePeer } from "../fake_target.ts";

type Json = Record<string, unknown>;

function setUp(access: Access = { kind: "owner" }) {
  const target = new FakeTarget();
  const errors: unknown[] = [];
  const app = createApp({ target, version: "1.2.3", access, onError: (error) => void errors.push(error) });
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const init = { method, headers, ...body === undefined ? {} : { body: JSON.stringify(body) } };
    const response = await app(new Request(`http://bgpd${path}`, init));
    return { status: response.status, json: JSON.parse(await response.text()) as Json };
  };
  return { target, errors, app, ask };
}

Deno.test("every answer has the shape that its schema promises", async () => {
  const { ask } = setUp();
  for (const route of apiRoutes) {
    const path = route.path.replace("{peer}", route.path.startsWith("/peers") ? "192.0.2.1" : "192.0.2.9").replace(
      "{id}",
      "17",
    );
    const query = route.method === "delete"
      ? "?prefix=203.0.113.0/24"
      : route.path === "/routes"
      ? "?address=203.0.113.1"
      : "";
    const bodies: Record<string, unknown> = {
      "/announcements": { prefix: "203.0.113.0/24" },
      "/announcements/bulk": { announce: [{ prefix: "203.0.113.0/24" }] },
      "/configured-peers": { remote_ip: "192.0.2.9" },
    };
    const body = bodies[route.path] ?? { direction: "out" };
    const isEmpty = route.body === undefined || /disable|reset/.test(path);
    const { status, json } = await ask(
      route.method.toUpperCase(),
      `/api/v1${path}${query}`,
      isEmpty ? undefined : body,
    );
    assert.equal(status, route.status ?? 200, `${route.method} ${path}: ${JSON.stringify(json)}`);
    (await route.response()).parse(json);
  }
});

Deno.test("a peer is found by address or description; an unknown one is 404 in JSON", async () => {
  const { ask } = setUp();
  assert.equal((await ask("GET", "/api/v1/peers/first")).json["peer"], "192.0.2.1");
  assert.deepEqual(await ask("GET", "/api/v1/peers/2001%3Adb8%3A%3A1"), {
    status: 404,
    json: { error: "there is no peer 2001:db8::1" },
  });
  assert.deepEqual(await ask("POST", "/api/v1/peers/x/enable"), { status: 404, json: { error: "there is no peer x" } });
  assert.equal((await ask("GET", "/api/v1/peers/x/advertised")).status, 404);
  assert.deepEqual(await ask("GET", "/nothing"), {
    status: 404,
    json: { error: "the API has no GET /nothing; see /api/v1/openapi.json" },
  });
});

Deno.test("a request that changes something reaches the daemon with its values", async () => {
  const { ask, target } = setUp();
  await ask("POST", "/api/v1/peers/first/disable", { message: "maintenance" });
  await ask("POST", "/api/v1/peers/first/reset");
  await ask("POST", "/api/v1/peers/first/reset", { subcode: 2 });
  await ask("POST", "/api/v1/peers/first/refresh", { direction: "out" });
  await ask("POST", "/api/v1/announcements", { prefix: "203.0.113.0/24", med: 5, source: "command" });
  await ask("DELETE", "/api/v1/announcements?prefix=203.0.113.0%2F24&peer=192.0.2.1");
  await ask("DELETE", "/api/v1/announcements/17");
  assert.deepEqual(target.asked, [
    ["disable", "first", "maintenance"],
    ["reset", "first", undefined],
    ["reset", "first", undefined, false, 2],
    ["refresh", "first", "out"],
    [
      "announce",
      { ...blankAnnouncement, prefix: "203.0.113.0/24", med: 5 },
      { source: "command", client: undefined },
      0,
    ],
    [
      "withdraw",
      { prefix: "203.0.113.0/24", peer: "192.0.2.1", family: null, rd: null, rule: null, nlri: null },
      { source: "api", client: undefined },
    ],
    ["withdrawRow", 17, { source: "api", client: undefined }],
  ]);
});

Deno.test("an announcement accepts lists, as answers about routes have them, and text", async () => {
  const { ask, target } = setUp();
  const lists = { communities: ["65000:1", "65000:2"], large_communities: ["65000:1:2"], ext_communities: [] };
  await ask("POST", "/api/v1/announcements?wait=0.5", { prefix: "10.0.0.0/8", as_path: [65000, "{1,2}"], ...lists });
  await ask("POST", "/api/v1/announcements", {
    prefix: "10.0.0.0/8",
    as_path: "65000",
    communities: "65000:1 65000:2",
  });
  const asked = target.asked.map(([, text, , waitMs]) => {
    const { asPath, communities, largeCommunities, extCommunities } = text as AnnouncementText;
    return [asPath, communities, largeCommunities, extCommunities, waitMs];
  });
  assert.deepEqual(asked, [
    ["65000 {1,2}", "65000:1 65000:2", "65000:1:2", "", 500],
    ["65000", "65000:1 65000:2", null, null, 0],
  ]);
  for (const wait of ["x", "-1", "11"]) {
    assert.equal((await ask("POST", `/api/v1/announcements?wait=${wait}`, { prefix: "10.0.0.0/8" })).status, 400, wait);
  }
});

Deno.test("announcements have the number of peers with the route, and why others lack it", async () => {
  const { ask, target } = setUp();
  const { json } = await ask("GET", "/api/v1/announcements?prefix=203.0.113.0/24");
  const [first] = json as unknown as Record<string, unknown>[];
  assert.deepEqual([first!["state"], first!["sent_to"], first!["peers"], first!["not_sent"]], ["announced", 3, 4, [
    { peer: "192.0.2.9", state: "withheld", reason: "ipv6 unicast is not negotiated" },
  ]]);
  assert.deepEqual(target.asked, [["announcements", "203.0.113.0/24"]]);
});

Deno.test("peers are added with the keys of the configuration, replaced and removed", async () => {
  const { ask, target } = setUp();
  const keys = { remote_ip: "192.0.2.9", remote_as: 65009, families: ["ipv4 unicast"] };
  const added = await ask("POST", "/api/v1/configured-peers", keys);
  assert.deepEqual([added.status, added.json["source"]], [201, "command"]);
  await ask("POST", "/api/v1/configured-peers?replace=true", keys);
  assert.equal((await ask("DELETE", "/api/v1/configured-peers/192.0.2.9")).status, 200);
  assert.equal((await ask("DELETE", "/api/v1/configured-peers/192.0.2.1")).status, 409);
  assert.equal((await ask("POST", "/api/v1/configured-peers", { remote_as: 65009 })).status, 400);
  assert.deepEqual(target.asked, [
    ["addPeer", keys, { replace: false }],
    ["addPeer", keys, { replace: true }],
    ["removePeer", "192.0.2.9"],
    ["removePeer", "192.0.2.1"],
  ]);
});

Deno.test("wrong requests are 400 with a sentence, refused ones 409, bugs 500 and logged", async () => {
  const { ask, app, target, errors } = setUp();
  const post = (body: unknown) => ask("POST", "/api/v1/announcements", body);
  const sentences: [body: unknown, sentence: string][] = [
    [{ prefix: 5 }, "prefix must be text, not 5"],
    [{ prefix: "x", nexthop: "y" }, 'unknown key "nexthop"; did you mean next_hop?'],
    [{ prefix: "x", unheardOf: 1 }, 'unknown key "unheardOf"'],
    [{ prefix: 10, med: "5" }, 'prefix must be text, not 10; med must be a number, not "5"'],
    [{ prefix: "x", med: 1.5 }, "med must be a whole number, not 1.5"],
    [{ prefix: "x", med: -1 }, "med must be 0 at least"],
    [{ prefix: "x", local_pref: 2 ** 32 }, "local_pref must be 4294967295 at most"],
    [{ prefix: "x", origin: "bgp" }, 'origin must be igp, egp or incomplete, not "bgp"'],
    [{ prefix: "x", communities: 5 }, "communities must be text or a list of words, not 5"],
    [[], "the body must be an object, not []"],
  ];
  for (const [body, error] of sentences) assert.deepEqual(await post(body), { status: 400, json: { error } });
  assert.equal((await ask("POST", "/api/v1/peers/first/refresh", { direction: "up" })).status, 400);
  assert.equal((await ask("POST", "/api/v1/peers/first/refresh", { direction: "in" })).status, 409);
  assert.equal((await ask("DELETE", "/api/v1/announcements")).status, 400);
  assert.equal((await ask("DELETE", "/api/v1/announcements/x")).status, 400);
  assert.equal((await ask("GET", "/api/v1/peers/first/advertised?prefix=10.0.0.1/8")).status, 400);
  const notJson = await app(new Request("http://bgpd/api/v1/announcements", { method: "POST", body: "{" }));
  assert.equal(notJson.status, 400);
  const long = await app(new Request("http://bgpd/api/v1/announcements", { method: "POST", body: "x".repeat(70_000) }));
  assert.match(await long.text(), /longer than 65536 octets/);
  assert.deepEqual(target.asked, []);
  assert.equal((await ask("DELETE", "/api/v1/announcements/500")).status, 500);
  assert.equal(errors.length, 1);
});

Deno.test("over TCP without a token: reading is allowed, every change is 403 and does not happen", async () => {
  const { ask, target } = setUp({ kind: "token", token: () => undefined });
  for (const { method, path, changes } of apiRoutes) {
    const { status, json } = await ask(method.toUpperCase(), `/api/v1${path.replace(/\{\w+\}/, "first")}`);
    assert.equal(status === 403, changes, `${method} ${path}: ${status}`);
    if (changes) assert.match(String(json["error"]), /^this socket is read-only: use the Unix socket/);
  }
  assert.deepEqual(target.asked, [["advertised", "first", {}], ["announcements", undefined], [
    "states",
    0,
    Number.MAX_SAFE_INTEGER,
  ]]);
});

Deno.test("with a token: 401 without it, 403 with a wrong one, success with the right one", async () => {
  const { ask, target } = setUp({ kind: "token", token: () => "s3cret" });
  const enable = (authorization?: string) =>
    ask("POST", "/api/v1/peers/first/enable", undefined, authorization === undefined ? {} : { authorization });
  assert.equal((await enable()).status, 401);
  assert.equal((await enable("Basic s3cret")).status, 401);
  assert.equal((await enable("Bearer s3cre")).status, 403);
  assert.deepEqual(target.asked, []);
  assert.equal((await enable("Bearer s3cret")).status, 200);
  assert.equal(target.asked.length, 1);
});

Deno.test("advertised routes are a JSON list with a route on each line, made as it is read", async () => {
  const { app, target } = setUp();
  const response = await app(new Request("http://bgpd/api/v1/peers/first/advertised?prefix=10.0.0.0/8"));
  const text = await response.text();
  assert.equal(JSON.parse(text).length, 6);
  assert.equal(text.split("\n").length, 9);
  assert.deepEqual(target.asked[0], ["advertised", "first", { prefix: "10.0.0.0/8" }]);
  target.pagesGiven = 0;
  const half = await app(new Request("http://bgpd/api/v1/peers/first/advertised"));
  await half.body!.cancel();
  assert.ok(target.pagesGiven < 3, `${target.pagesGiven} pages were made for nobody`);
});

Deno.test("more long answers than the limit: 503 with Retry-After; a finished one frees its place", async () => {
  const { app } = setUp({ kind: "token", token: () => undefined });
  const path = "http://bgpd/api/v1/peers/first/advertised";
  const clients = Array.from({ length: 60 }, () => new AbortController());
  const asked = clients.map(({ signal }) => Promise.resolve(app(new Request(path, { signal }))));
  const refused = await asked.at(-1)!;
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.match((await refused.json()).error, /^too many requests/);
  for (const client of clients) client.abort();
  for (const response of await Promise.all(asked)) await response.body?.cancel().catch(() => {});
  assert.equal((await app(new Request(path))).status, 200);
});

Deno.test("HEAD of a long answer frees its place: nobody reads the body", async () => {
  const { app } = setUp({ kind: "token", token: () => undefined });
  const list = (method: string) =>
    app(new Request("http://bgpd/api/v1/peers/first/advertised", { method, signal: new AbortController().signal }));
  // More than the limit.
  for (let i = 0; i < 20; i++) {
    const response = await list("HEAD");
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "");
  }
  const response = await list("GET");
  assert.equal(response.status, 200);
  await response.body?.cancel();
});

Deno.test("the OpenAPI document names every route, its parameters and its shapes", async () => {
  const { ask } = setUp();
  const { json } = await ask("GET", "/api/v1/openapi.json");
  assert.match(String(json["openapi"]), /^3\.1/);
  const paths = json["paths"] as Record<string, Record<string, Json>>;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((m) => `${m} ${path}`)
  );
  assert.deepEqual(operations.sort(), apiRoutes.map(({ method, path }) => `${method} /api/v1${path}`).sort());
  const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map((each) => each["operationId"]));
  assert.equal(new Set(ids).size, ids.length);
  for (const [path, methods] of Object.entries(paths)) {
    for (const operation of Object.values(methods)) {
      const names = (operation["parameters"] as Json[]).filter((each) => each["in"] === "path").map((each) =>
        each["name"]
      );
      assert.deepEqual(names, [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
    }
  }
});

Deno.test("the example of each route is one of its shapes, with values for the parameters of its path", async () => {
  for (const { method, path, parameters = [], body, response, example } of apiRoutes) {
    const label = `${method} ${path}`;
    assert.equal(body !== undefined, example.body !== undefined, label);
    (await body?.())?.parse(example.body);
    assert.deepEqual((await response()).parse(example.answer), example.answer, label);
    const given = Object.keys(example.parameters ?? {});
    for (const { name, in: where } of parameters) assert.ok(where === "query" || given.includes(name), label);
    for (const name of given) assert.ok(parameters.some((each) => each.name === name), `${label}: ${name}`);
  }
  const { ask } = setUp();
  const { json } = await ask("GET", "/api/v1/openapi.json");
  const { paths } = json as unknown as OpenApiDocument;
  const status = paths["/api/v1/status"]!["get"]!.responses["200"]!.content["application/json"];
  assert.equal((status.example as Json)["router_id"], "192.0.2.254");
});

Deno.test("a metric without a value is left out", async () => {
  const { app, target } = setUp();
  const measured = target.measurements();
  target.measurements = () => ({ ...measured, backlogRows: null });
  const text = await (await app(new Request("http://bgpd/metrics"))).text();
  assert.ok(!text.includes("bgpd_database_backlog_rows"));
  assert.match(text, /^bgpd_peers \d$/m);
});

Deno.test("metrics are Prometheus text: a series for each peer, with type and help", async () => {
  const { app } = setUp();
  const response = await app(new Request("http://bgpd/metrics"));
  assert.match(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  const lines = text.trimEnd().split("\n");
  for (const line of lines) assert.match(line, /^(# (HELP|TYPE) bgpd_\w+ .+|bgpd_\w+(\{[^}]*\})? [-+.e\d]+|)$/);
  for (
    const wanted of [
      'bgpd_info{version="1.2.3",router_id="192.0.2.2"} 1',
      "bgpd_peers_established 1",
      "bgpd_event_loop_delay_seconds 0.002",
      "bgpd_resident_memory_bytes 100000000",
      "bgpd_database_backlog_rows 7",
      'bgpd_peer_info{peer="192.0.2.1",remote_ip="192.0.2.1",peer_as="65001",description="first",group=""} 1',
      'bgpd_peer_up{peer="192.0.2.1"} 1',
      'bgpd_peer_state{peer="192.0.2.1"} 6',
      'bgpd_peer_messages_received_total{peer="192.0.2.1",type="keepalive"} 4',
      'bgpd_peer_treat_as_withdraw_total{peer="192.0.2.1"} 1',
      'bgpd_peer_prefixes_received{peer="192.0.2.1",family="ipv4 unicast"} 3',
      'bgpd_peer_prefixes_advertised{peer="192.0.2.1",family="ipv4 unicast"} 2',
    ]
  ) assert.ok(lines.includes(wanted), wanted);
});

Deno.test("every state of a peer is in the OpenAPI document and has a number in bgpd_peer_state", async () => {
  const { app, target, ask } = setUp();
  const { json } = await ask("GET", "/api/v1/openapi.json");
  const schema = responseSchema(json, "/api/v1/peers/{peer}");
  assert.deepEqual(schema["properties"]["state"]["enum"], peerStates);
  const numbers = { Disabled: 0, Idle: 1, Connect: 2, Active: 3, OpenSent: 4, OpenConfirm: 5, Established: 6, Held: 7 };
  for (const state of peerStates) {
    target.peers = () => [{ ...somePeer, state }];
    const text = await (await app(new Request("http://bgpd/metrics"))).text();
    assert.ok(text.includes(`bgpd_peer_state{peer="192.0.2.1"} ${numbers[state]}\n`), state);
  }
});

// deno-lint-ignore no-explicit-any
function responseSchema(document: any, path: string): any {
  return document.paths[path].get.responses[200].content["application/json"].schema;
}

/** birdwatcher's API, read with the rules of Alice-LG (tests/support/alice_decoder.ts). */
import assert from "node:assert/strict";
import { birdwatcherFront } from "../../../../src/web/birdwatcher/front.ts";
import {
  aliceNeighbors,
  type AliceRoute,
  aliceRoutes,
  aliceRoutesOfNeighbor,
  aliceStates,
  aliceStatus,
} from "../../../support/alice_decoder.ts";
import { type Ask, withGlass } from "../glass_support.ts";

const first = "192.0.2.1";
const second = "2001:db8::2";

async function text(ask: Ask, path: string): Promise<string> {
  const { status, text } = await ask(`/birdwatcher${path}`);
  assert.equal(status, 200, `${path}: ${text}`);
  return text;
}

const routes = async (ask: Ask, path: string) => aliceRoutes(await text(ask, path));
const networks = (list: readonly AliceRoute[]) => list.map(({ network }) => network).sort();

Deno.test("Alice-LG reads the status: times in BIRD's layout, and that the router does not answer", () =>
  withGlass(birdwatcherFront, async (ask) => {
    const status = aliceStatus(await text(ask, "/status"));
    assert.equal(status["current_server"], "2026-01-01 12:00:00");
    assert.equal(status["last_reboot"], "2025-12-30 04:26:40");
    assert.equal(status["version"], "bgpd 0.0.0");
    assert.match(status["message"]!, /^The daemon does not answer; its table is that of \d/);
    assert.equal((await ask("/birdwatcher/version")).text, "2.2.5");
  }));

Deno.test("Alice-LG reads neighbors: numbers are numbers, channels have counts, ids are those of routes", () =>
  withGlass(birdwatcherFront, async (ask) => {
    const neighbors = aliceNeighbors(await text(ask, "/protocols/bgp"));
    assert.deepEqual([...neighbors.keys()], [first, second]);
    assert.deepEqual(neighbors.get(first), {
      id: first,
      address: first,
      asn: 65001,
      state: "up",
      description: "first",
      received: 5,
      accepted: 2,
      filtered: 3,
      exported: 3,
      preferred: 2,
      channels: { ipv4: 5 },
    });
    assert.deepEqual(neighbors.get(second)!.channels, { ipv4: 1, ipv6: 3 });
    const [, details] = Object.entries(JSON.parse(await text(ask, "/protocols")).protocols)
      .find(([id]) => id === second)! as [string, Record<string, unknown>];
    assert.deepEqual([details["state"], details["connection"], details["last_error"], details["state_changed"]], [
      "start",
      "Active",
      "connection refused",
      "2026-01-01 11:59:57",
    ]);
    const states = aliceStates(await text(ask, "/protocols/short?uncached=true"));
    assert.deepEqual([...states], [["local", "up"], [first, "up"], [second, "start"]]);
  }));

Deno.test("Alice-LG reads a peer's routes: the gateway is the peer, numbers are texts, communities numbers", () =>
  withGlass(birdwatcherFront, async (ask) => {
    const accepted = await routes(ask, `/routes/protocol/${first}`);
    assert.deepEqual(accepted.find(({ network }) => network === "10.0.0.0/8"), {
      neighborId: first,
      network: "10.0.0.0/8",
      gateway: first,
      learntFrom: first,
      primary: true,
      asPath: [65001, 3356, 65010],
      nextHop: "192.0.2.9",
      localPref: 100,
      med: 5,
      otc: undefined,
      communities: ["65001:99"],
      largeCommunities: [],
      extCommunities: [],
    });
    const other = accepted.find(({ network }) => network === "10.1.0.0/16")!;
    assert.deepEqual(other.extCommunities, ["rt:65000:100", "generic:0x43090000:0x1"]);
    assert.equal(other.otc, 65001);
    assert.deepEqual(networks(accepted), ["10.0.0.0/8", "10.1.0.0/16"], "negative: no filtered route");
    const [v6] = await routes(ask, `/routes/protocol/${second}`);
    assert.deepEqual([v6!.gateway, v6!.primary, v6!.network], [second, false, "10.0.0.0/8"]);
  }));

Deno.test("filtered routes are shown as they were received, each with its reasons as large communities", () =>
  withGlass(birdwatcherFront, async (ask) => {
    const filtered = await routes(ask, `/routes/filtered/${first}`);
    const reasons = Object.fromEntries(filtered.map((route) => [route.network, route.largeCommunities]));
    assert.deepEqual(reasons, {
      "203.0.113.0/24": ["65001:7:7", "65000:65666:1"],
      "10.1.2.0/24": ["65001:7:7", "65000:65666:6", "65000:65666:4000000000"],
      "198.51.100.0/24": ["65001:7:7", "65000:65666:9"],
    });
    const page = aliceRoutesOfNeighbor(await routes(ask, `/routes/protocol/${first}`), filtered);
    assert.deepEqual([page.imported.length, page.filtered.length], [2, 3], "Alice-LG keeps all of them");
    assert.deepEqual(await routes(ask, `/routes/filtered/${second}`), [], "negative: nothing of the other peer");
  }));

Deno.test("a table has the routes of its families from every peer; filtered routes are a table of their own", () =>
  withGlass(birdwatcherFront, async (ask) => {
    const four = ["10.0.0.0/8", "10.0.0.0/8", "10.1.0.0/16", "198.51.100.0/24"];
    const six = ["2001:db8:8000::/33", "2001:db8::/32", "fe00::/9"];
    assert.deepEqual(networks(await routes(ask, "/routes/table/master4")), four);
    assert.deepEqual(networks(await routes(ask, "/routes/table/master6")), six);
    assert.deepEqual(networks(await routes(ask, "/routes/table/master")), [...four, ...six]);
    assert.equal((await routes(ask, "/routes/table/master4/filtered")).length, 3);
    assert.deepEqual(await routes(ask, "/routes/table/master6/filtered"), []);
    assert.deepEqual(networks(await routes(ask, `/routes/table/master6/peer/${second}`)), six);
    assert.deepEqual(networks(await routes(ask, `/routes/peer/${first}`)), ["10.0.0.0/8", "10.1.0.0/16"]);
    const own = (await routes(ask, "/routes/table/master4")).find(({ neighborId }) => neighborId === "local")!;
    assert.deepEqual([own.network, own.gateway, own.asPath], ["198.51.100.0/24", "192.0.2.254", []]);
    assert.equal((await ask("/birdwatcher/routes/table/master5")).status, 404);
  }));

Deno.test("look-ups: exactly a prefix, the longest one of an address or prefix, in one table or both", () =>
  withGlass(birdwatcherFront, async (ask) => {
    assert.deepEqual(networks(await routes(ask, "/routes/prefix?prefix=10.0.0.0/8")), ["10.0.0.0/8", "10.0.0.0/8"]);
    assert.deepEqual(networks(await routes(ask, "/routes/prefix?prefix=10.1.2.0/24")), [], "it is filtered");
    assert.deepEqual(networks(await routes(ask, "/routes/prefix?prefix=10.1.2.3")), ["10.1.0.0/16"]);
    assert.deepEqual(networks(await routes(ask, "/route/net/10.1.2.0%2F24")), ["10.1.0.0/16"]);
    assert.deepEqual(networks(await routes(ask, "/route/net/10.1.2.0/mask/24")), ["10.1.0.0/16"]);
    assert.deepEqual(networks(await routes(ask, "/route/net/2001:db8:9000::1/table/master6")), ["2001:db8:8000::/33"]);
    assert.deepEqual(await routes(ask, "/route/net/10.1.2.0/mask/24/table/master6"), []);
    assert.deepEqual(await routes(ask, "/route/net/192.0.2.1"), []);
    const { status, text } = await ask("/birdwatcher/routes/prefix?prefix=ten");
    assert.deepEqual([status, JSON.parse(text).error], [400, '"ten" is neither a prefix nor an address']);
    assert.equal((await ask("/birdwatcher/routes/prefix")).status, 400);
  }));

Deno.test("counts are those of the peers' tables; symbols are the tables and the peers", () =>
  withGlass(birdwatcherFront, async (ask) => {
    const count = async (path: string) => JSON.parse(await text(ask, `/routes/count/${path}`)).routes;
    assert.equal(await count(`protocol/${second}`), 4);
    assert.equal(await count("table/master4"), 3);
    assert.equal(await count("table/master"), 6);
    assert.equal(await count(`primary/${second}`), 3);
    assert.deepEqual(JSON.parse(await text(ask, "/symbols")).symbols, {
      "routing table": ["master4", "master6", "master"],
      protocol: ["local", first, second],
    });
    assert.deepEqual(JSON.parse(await text(ask, "/routes/pipe/filtered/count?table=a&pipe=b&address=c")).routes, 0);
  }));

Deno.test("an error is one for Alice-LG, too, which does not look at the status", () =>
  withGlass(birdwatcherFront, async (ask) => {
    const { status, text } = await ask("/birdwatcher/routes/protocol/nobody");
    assert.equal(status, 404);
    assert.throws(() => aliceRoutes(text), /bird error: there is no protocol nobody/);
    assert.equal(JSON.parse(text).ttl, "", "its stream decoder stops at a time that it cannot read");
  }));

Deno.test("not exported: without a session nothing; with one, and no router that answers, an error in words", () =>
  withGlass(birdwatcherFront, async (ask) => {
    assert.deepEqual(await routes(ask, `/routes/noexport/${second}`), []);
    const { status, text } = await ask(`/birdwatcher/routes/noexport/${first}`);
    assert.deepEqual([status, JSON.parse(text).error], [
      503,
      "the router does not answer: only it knows what its peers are sent",
    ]);
  }));

Deno.test("an id of a peer is a part of a path, whatever the peer is called, and no two peers have the same", () =>
  withGlass(birdwatcherFront, async (ask) => {
    const ids = [...aliceNeighbors(await text(ask, "/protocols/bgp")).keys()];
    assert.deepEqual(ids, ["a_b_c~1", "fe80::1_eth0~2"]);
    for (const id of ids) {
      const own = await routes(ask, `/routes/protocol/${id}`);
      assert.ok(own.length > 0 && own.every(({ neighborId }) => neighborId === id));
    }
  }, "UPDATE peers SET name = 'a b/c' WHERE id = 1; UPDATE peers SET name = 'fe80::1%eth0' WHERE id = 2"));

Deno.test("the sections for Alice-LG have our AS and every reason of this router, rules of policies included", () =>
  withGlass(birdwatcherFront, async (ask) => {
    const lines = (await text(ask, "/alice.conf")).split("\n");
    for (
      const line of [
        "[rejection_reasons]",
        "65000:65666:1 = own ASN in AS path",
        '65000:65666:4000000000 = policy "in", rule 1',
        "[noexport_reasons]",
        "65000:65667:13 = Export policy rejects it",
      ]
    ) assert.ok(lines.includes(line), line);
  }));

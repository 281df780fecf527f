/** bgplgd's API: parameters and errors by qs.c, members by the decoders of its clients (tests/support). */
import assert from "node:assert/strict";
import { bgplgdFront } from "../../../../src/web/bgplgd/front.ts";
import { timeFrame } from "../../../../src/web/bgplgd/formats.ts";
import { lgNeighbors, type LgRoute, lgRoutes, lgStates } from "../../../support/bgplgd_decoder.ts";
import { type Ask, withGlass } from "../glass_support.ts";

async function body(ask: Ask, path: string): Promise<string> {
  const { status, text } = await ask(`/bgplgd${path}`);
  assert.equal(status, 200, `${path}: ${text}`);
  return text;
}

const rib = async (ask: Ask, query = "") => lgRoutes(await body(ask, `/rib${query}`));
const prefixes = (routes: readonly LgRoute[]) => routes.map(({ prefix }) => prefix).sort();

Deno.test("clients read neighbors and the summary: remote_as is a text, prefixes are numbers", () =>
  withGlass(bgplgdFront, async (ask) => {
    assert.deepEqual(lgNeighbors(await body(ask, "/neighbors")), [
      {
        address: "192.0.2.1",
        asn: 65001,
        state: "established",
        description: "first",
        received: 5,
        sent: 3,
        uptimeSeconds: 93_780,
      },
      { address: "2001:db8::2", asn: 65002, state: "active", description: "", received: 4, sent: 0, uptimeSeconds: 3 },
    ]);
    assert.deepEqual(lgStates(await body(ask, "/summary")), [["192.0.2.1", "established"], ["undefined", "active"]]);
    assert.equal(lgNeighbors(await body(ask, "/neighbors?neighbor=first")).length, 1);
    assert.equal(lgNeighbors(await body(ask, "/neighbors?neighbor=2001:db8::2")).length, 1);
    assert.equal(lgNeighbors(await body(ask, "/neighbors?group=customers")).length, 1);
    const unknown = JSON.parse(await body(ask, "/neighbors?neighbor=192.0.2.77"));
    assert.deepEqual(unknown, { status: "FAILED", error: "no such neighbor" });
  }));

Deno.test("clients read a route with everything that bgpctl prints", () =>
  withGlass(bgplgdFront, async (ask) => {
    const { rib } = JSON.parse(await body(ask, "/rib?prefix=10.1.0.0/16"));
    assert.deepEqual(rib, [{
      prefix: "10.1.0.0/16",
      aspath: "65001 65001",
      exit_nexthop: "192.0.2.1",
      true_nexthop: "192.0.2.1",
      neighbor: { description: "first", remote_addr: "192.0.2.1", bgp_id: "192.0.2.1" },
      valid: true,
      best: true,
      source: "external",
      ovs: "not-found",
      avs: "unknown",
      origin: "IGP",
      metric: 0,
      localpref: 100,
      weight: 0,
      dmetric: 5,
      last_update: "00:00:00",
      last_update_sec: 0,
      extended_communities: ["rt 65000:100", "0x4309000000000001"],
      attributes: [{
        type: "OTC",
        flags: { partial: false, transitive: true, optional: true },
        length: 4,
        as: 65001,
      }],
    }]);
    const [six] = lgRoutes(await body(ask, "/rib?prefix=2001:db8::/32"));
    assert.deepEqual(six!.asPath, [65002, 65020, 65021]);
  }));

Deno.test("/rib has every route; filters of state: best, invalid, filtered, leaked; error has none", () =>
  withGlass(bgplgdFront, async (ask) => {
    const all = await rib(ask);
    assert.equal(all.length, 10);
    const filtered = all.filter((route) => route.filtered);
    assert.deepEqual(prefixes(filtered), ["10.1.2.0/24"]);
    assert.deepEqual(filtered[0]!.largeCommunities, [
      "65001:7:7",
      "65000:65666:6",
      "65000:65666:4000000000",
    ]);
    assert.deepEqual(prefixes(await rib(ask, "?filtered=1")), ["10.1.2.0/24"]);
    assert.deepEqual(prefixes(await rib(ask, "?invalid=1")), ["10.1.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]);
    assert.deepEqual(prefixes(await rib(ask, "?leaked=1")), ["198.51.100.0/24"]);
    assert.equal((await rib(ask, "?best=1")).length, 6);
    assert.equal((await rib(ask, "?best=1&leaked=1")).length, 6, "the first of those that exclude each other counts");
    assert.deepEqual(await rib(ask, "?error=1"), []);
    assert.equal((await rib(ask, "?error=0")).length, 10);
  }));

Deno.test("/rib: neighbor, group, origin AS, communities, families, states of RPKI, and all of them together", () =>
  withGlass(bgplgdFront, async (ask) => {
    assert.equal((await rib(ask, "?neighbor=192.0.2.1")).length, 5);
    assert.equal((await rib(ask, "?group=customers")).length, 5);
    assert.equal((await rib(ask, "?af=ipv6")).length, 3);
    assert.deepEqual(prefixes(await rib(ask, "?as=65010")), ["10.0.0.0/8", "10.0.0.0/8"]);
    assert.deepEqual(prefixes(await rib(ask, "?as=65099")), ["10.1.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]);
    assert.deepEqual(prefixes(await rib(ask, "?community=65001:99")), ["10.0.0.0/8"]);
    assert.deepEqual(prefixes(await rib(ask, "?community=65001:*")), ["10.0.0.0/8"]);
    assert.deepEqual(await rib(ask, "?community=5001:99"), [], "negative: a part of a number");
    assert.equal((await rib(ask, "?large-community=65002:1:2")).length, 3);
    assert.deepEqual(prefixes(await rib(ask, "?ext-community=rt+65000:100")), ["10.1.0.0/16"]);
    assert.deepEqual(await rib(ask, "?community=NO_EXPORT"), []);
    assert.deepEqual((await rib(ask, "?ovs=valid")).map(({ neighbor }) => neighbor), ["192.0.2.1"]);
    assert.equal((await rib(ask, "?ovs=not-found")).length, 8);
    assert.equal((await rib(ask, "?avs=unknown")).length, 10);
    assert.equal((await rib(ask, "?neighbor=192.0.2.1&as=65010&af=ipv4&ovs=valid&best=1&prefix=10.0.0.1")).length, 1);
    assert.deepEqual(await rib(ask, "?neighbor=192.0.2.1&as=65010&af=ipv6"), []);
    assert.match(await body(ask, "/rib?neighbor=nobody"), /no such neighbor/);
    assert.match(await body(ask, "/rib?rib=Other"), /no such RIB/);
    assert.match(await body(ask, "/rib?af=vpnv4"), /operation not supported/);
  }));

Deno.test("/rib: the best match of an address, one prefix, everything inside it, everything around it", () =>
  withGlass(bgplgdFront, async (ask) => {
    const best = "&best=1";
    assert.deepEqual(prefixes(await rib(ask, `?prefix=10.1.2.3${best}`)), ["10.1.0.0/16"]);
    assert.deepEqual(prefixes(await rib(ask, "?prefix=10.1.2.3")), ["10.1.2.0/24"]);
    assert.deepEqual(prefixes(await rib(ask, `?prefix=10.0.0.0/8${best}`)), ["10.0.0.0/8"]);
    assert.deepEqual(prefixes(await rib(ask, "?prefix=10.1.0.0/16&all=1")), ["10.1.0.0/16", "10.1.2.0/24"]);
    assert.deepEqual(prefixes(await rib(ask, `?prefix=10.1.2.0/24&or-shorter=1${best}`)), [
      "10.0.0.0/8",
      "10.1.0.0/16",
    ]);
    const six = ["2001:db8:8000::/33", "2001:db8::/32"];
    assert.deepEqual(prefixes(await rib(ask, "?prefix=2001:db8::/32&all=1")), six);
    assert.deepEqual(prefixes(await rib(ask, "?prefix=::/0&all=1")), [...six, "fe00::/9"], "signed halves");
    assert.deepEqual(prefixes(await rib(ask, "?prefix=8000::/1&all=1")), ["fe00::/9"]);
    assert.deepEqual(await rib(ask, "?prefix=192.0.2.1"), []);
  }));

Deno.test("/rib/in shows routes before import policy; /rib/out needs the router", () =>
  withGlass(bgplgdFront, async (ask) => {
    const received = lgRoutes(await body(ask, "/rib/in?prefix=10.1.2.0/24"));
    assert.deepEqual(received.map(({ asPath }) => asPath), [[65001, 65099]]);
    assert.equal((await ask("/bgplgd/rib/out")).status, 503);
    assert.equal((await ask("/bgplgd/rib/in?rib=Loc-RIB")).status, 400, "only /rib has a rib");
  }));

Deno.test("qs.c: unknown, foreign, repeated, empty and malformed parameters are 400; unknown paths 404", () =>
  withGlass(bgplgdFront, async (ask) => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ["/rib?color=red", /unknown querystring key color/],
      ["/neighbors?as=1", /param as not allowed for command/],
      ["/summary?neighbor=a", /param neighbor not allowed/],
      ["/rib?as=1&as=2", /param as already set/],
      ["/rib?as=", /as without value/],
      ["/rib?as=01", /as: bad value 01/],
      ["/rib?as=x", /bad value x/],
      ["/rib?prefix=10.0.0.0/33", /prefix: bad value/],
      ["/rib?prefix=ten", /prefix: bad value/],
      ["/rib?best=2", /best: bad value 2/],
      ["/rib?ovs=unknown", /ovs: bad value/],
      ["/rib?avs=not-found", /avs: bad value/],
      ["/rib?af=evpn", /af: bad value/],
      ["/rib?neighbor=%C3%A4", /neighbor: bad value/],
    ];
    for (const [path, reason] of wrong) {
      const { status, text } = await ask(`/bgplgd${path}`);
      assert.equal(status, 400, path);
      assert.match(text, reason);
    }
    for (const path of ["/nothing", "/rib/other", ""]) assert.equal((await ask(`/bgplgd${path}`)).status, 404, path);
    assert.equal((await rib(ask, "?neigh=192.0.2.1")).length, 5, "a name may be cut short");
  }));

Deno.test("/memory, /nexthops, /rtr, /sets and /interfaces have their arrays and objects", () =>
  withGlass(
    bgplgdFront,
    async (ask) => {
      const json = async (path: string) => JSON.parse(await body(ask, path));
      assert.deepEqual((await json("/memory")).memory, {
        "IPv4 unicast": { count: 3 },
        "IPv6 unicast": { count: 3 },
        rib: { count: 6 },
        prefix: { count: 9 },
        adjout_prefix: { count: 3 },
      });
      const hops = ["192.0.2.1", "192.0.2.2", "192.0.2.254", "192.0.2.9", "2001:db8::2"];
      assert.deepEqual((await json("/nexthops")).nexthops, hops.map((address) => ({ address, valid: true })));
      assert.deepEqual((await json("/rtr")).rtrs, [{
        descr: "cache",
        remote_addr: "2001:db8::8",
        remote_port: 3323,
        state: "established",
        version: 2,
        session_id: 7,
        serial: 9,
        refresh: 3600,
      }]);
      const [roas, aspas] = (await json("/sets")).sets;
      assert.deepEqual([roas.type, roas.num_IPv4, roas.num_IPv6, aspas.type, aspas.num_ASnum], [
        "ROA",
        1,
        0,
        "ASPA",
        0,
      ]);
      assert.deepEqual(await json("/interfaces"), { interfaces: [] });
    },
    `INSERT INTO rpki_sources(name, address, state, version, session_id, serial, refresh)
      VALUES('cache', '[2001:db8::8]:3323', 'idle', 2, 7, 9, 3600);
    INSERT INTO vrp_intervals VALUES(167772160, 0, 8, 1, 65010, 24, 1000, 253402300799999, '10.0.0.0/8', 1),
      (167772160, 0, 8, 1, 65011, 24, 1000, 2000, '10.0.0.0/8', 1);`,
  ));

Deno.test("/metrics is OpenMetrics with the names of OpenBGPD", () =>
  withGlass(bgplgdFront, async (ask) => {
    const { text, headers } = await ask("/bgplgd/metrics");
    assert.match(headers["content-type"]!, /^application\/openmetrics-text/);
    const first = 'remote_addr="192.0.2.1",remote_as="65001",description="first",group="customers"';
    for (
      const line of [
        `bgpd_peer_info{${first}} 1`,
        `bgpd_peer_state{${first},bgpd_peer_state="Established"} 1`,
        `bgpd_peer_state{${first},bgpd_peer_state="Idle"} 0`,
        `bgpd_peer_prefixes_receive{${first}} 5`,
        `bgpd_peer_update_receive_total{${first}} 9`,
      ]
    ) assert.ok(text.includes(`${line}\n`), line);
    assert.ok(text.endsWith("# EOF\n"));
  }));

Deno.test("fmt_timeframe of bgpctl: weeks, days, hours", () => {
  assert.equal(timeFrame(3 * 604_800 + 86_400 + 3600), "03w1d01h");
  assert.equal(timeFrame(86_400 + 7380), "1d02h03m");
  assert.equal(timeFrame(3723), "01:02:03");
  assert.equal(timeFrame(604_800 * 1000), "1000w");
});

/** Routers report by BMP, in virtual time: what stands in the database while connections and peers come and go. */
import assert from "node:assert/strict";
import { encodeBmp } from "../../src/bmp/mod.ts";
import {
  announce,
  endOfRib,
  headerOf,
  initiation,
  inVersion4,
  joined,
  peerDown,
  peerUp,
  type TestPeer,
  withdraw,
} from "../support/bmp_router.ts";
import { Collector } from "../support/collector.ts";
import { seed } from "../support/seed.ts";

const peer: TestPeer = { address: "192.0.2.1", asn: 65_001 };
const post: TestPeer = { ...peer, ribKind: "adj-in-post" };
const loc: TestPeer = { address: "0.0.0.0", asn: 65_000, ribKind: "loc" };
const some = ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"];

const prefixes = "SELECT prefix FROM monitored_rib ORDER BY router, rib_kind, prefix";
const ended =
  "SELECT prefix || ' ' || ended_by FROM monitored_history WHERE ended_by IS NOT NULL ORDER BY to_ms, prefix";

function withCollector(test: (collector: Collector) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: "bgpd-routers-" });
  const collector = new Collector(`${folder}/bgpd.db`);
  try {
    test(collector);
  } finally {
    collector.close();
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("tables of a router stand beside ours: by peer and RIB kind, and never in rib or peer_status", () =>
  withCollector((collector) => {
    const facts = collector.connect(1).send(
      initiation("edge1"),
      peerUp(peer),
      announce(peer, some),
      announce(post, some.slice(1), 7),
      peerUp(loc),
      announce(loc, ["10.9.0.0/16"]),
    );
    assert.deepEqual(facts.map(({ kind }) => kind), ["initiated", "peerUp", "peerUp"]);
    assert.deepEqual(collector.sql("SELECT router, peer, rib_kind, peer_as, state, routes FROM router_peers"), [
      ["edge1", "192.0.2.1", "adj-in", 65_001, "up", 3],
      ["edge1", "192.0.2.1", "adj-in-post", 65_001, "up", 2],
      ["edge1", "loc-rib", "loc", 65_000, "up", 1],
    ]);
    assert.equal(collector.column(prefixes), [...some, ...some.slice(1), "10.9.0.0/16"].join(" "));
    assert.deepEqual(
      collector.sql("SELECT prefix, effect, med FROM policy_effect ORDER BY prefix"),
      [["10.1.0.0/16", "dropped", 0], ["10.2.0.0/16", "changed", 0], ["10.3.0.0/16", "changed", 0]],
    );
    for (const view of ["rib", "adj_rib_in", "loc_rib", "peer_status", "rib_history", "updates"]) {
      assert.deepEqual(collector.sql(`SELECT * FROM ${view}`), [], view);
    }
    assert.deepEqual(collector.rib.memory().best, 0);
  }));

Deno.test("changes and withdrawals end states; a Peer Down ends all routes of the peer, with its reason", () =>
  withCollector((collector) => {
    const router = collector.connect(1);
    router.send(initiation("edge1"), peerUp(peer), announce(peer, some), announce(post, some));
    collector.now += 1000;
    router.send(announce(peer, ["10.1.0.0/16"], 9), withdraw(peer, ["10.2.0.0/16"]));
    assert.equal(collector.column(ended), "10.1.0.0/16 replaced 10.2.0.0/16 withdrawn");
    collector.now += 1000;
    router.send(peerDown(peer));
    assert.equal(collector.column(prefixes), "");
    const lost = ["10.1.0.0/16", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.3.0.0/16"];
    assert.equal(
      collector.column(ended),
      ["10.1.0.0/16 replaced", "10.2.0.0/16 withdrawn", ...lost.map((prefix) => `${prefix} session lost`)].join(" "),
    );
    assert.deepEqual(collector.sql("SELECT DISTINCT state, reason, routes FROM router_peers"), [
      ["down", "the peer closed the session without a NOTIFICATION", 0],
    ]);
    // Cleanup moves the rows; the history stays the same.
    const before = collector.sql("SELECT * FROM monitored_history ORDER BY prefix, rib_kind, from_ms");
    while (collector.writer.cleanup(100));
    assert.deepEqual(collector.sql("SELECT * FROM router_routes"), []);
    assert.deepEqual(collector.sql("SELECT * FROM monitored_history ORDER BY prefix, rib_kind, from_ms"), before);
  }));

Deno.test("a connection that is lost at any octet, twenty times, leaves no history for routes that stay", () =>
  withCollector((collector) => {
    const table = Array.from({ length: 200 }, (_, i) => `10.0.${i}.0/24`);
    const dump = joined(peerUp(peer), announce(peer, table), endOfRib(peer), announce(post, table), endOfRib(post));
    const first = collector.connect(1);
    first.send(initiation("edge1"), dump);
    let state = seed;
    for (let connection = 2; connection < 22; connection++) {
      collector.pass(1000);
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      if (connection === 2) first.close();
      const router = collector.connect(connection);
      router.send(initiation("edge1"), dump.subarray(0, state % dump.length));
      assert.equal(collector.sql(prefixes).length, 400, "all routes stay, fresh or stale");
      router.close();
      assert.deepEqual(collector.sql("SELECT * FROM monitored_rib WHERE NOT stale"), []);
    }
    collector.pass(1000);
    // The table changed meanwhile: one route is gone, and one is new.
    collector.connect(22).send(
      initiation("edge1"),
      peerUp(peer),
      announce(peer, [...table.slice(1), "10.99.0.0/16"]),
      endOfRib(peer),
      announce(post, table),
      endOfRib(post),
    );
    assert.equal(collector.column(ended), "10.0.0.0/24 not announced again");
    assert.equal(collector.sql(prefixes).length, 400);
    assert.deepEqual(collector.sql("SELECT * FROM monitored_rib WHERE stale"), []);
    assert.equal(collector.sql("SELECT 1 FROM router_events WHERE kind = 'down'").length, 21);
  }));

Deno.test("routes go when their router stays away, and when it comes back without End-of-RIB", () =>
  withCollector((collector) => {
    const router = collector.connect(1);
    router.send(initiation("edge1"), peerUp(peer), announce(peer, some));
    router.close("the network is down");
    assert.deepEqual(collector.sql("SELECT state, reason, routes FROM routers"), [["down", "the network is down", 3]]);
    collector.pass(59_000);
    const again = collector.connect(2);
    again.send(initiation("edge1"), peerUp(peer), announce(peer, some.slice(1)));
    // The time begins anew: the router may still be sending its table.
    collector.pass(59_000);
    assert.equal(collector.sql(prefixes).length, 3);
    collector.pass(2_000);
    assert.equal(collector.column(prefixes), some.slice(1).join(" "));
    again.close();
    collector.pass(61_000);
    assert.equal(collector.column(prefixes), "");
    again.send(announce(peer, some));
    assert.equal(collector.column(prefixes), "", "octets of a closed connection are not read");
  }));

Deno.test("a router that speaks version 4 of BMP has the same tables as one that speaks version 3", () =>
  withCollector((collector) => {
    const said = joined(peerUp(peer), announce(peer, some), withdraw(peer, some.slice(0, 1)), endOfRib(peer));
    collector.connect(1).send(initiation("old"), said);
    collector.connect(2).send(inVersion4(joined(initiation("new"), said), 7));
    collector.connect(3).send(inVersion4(joined(initiation("newer"), said), 4));
    for (const router of ["old", "new", "newer"]) {
      const rows = collector.sql(`SELECT prefix FROM monitored_rib WHERE router = '${router}' ORDER BY prefix`);
      assert.deepEqual(rows, [["10.2.0.0/16"], ["10.3.0.0/16"]], router);
    }
  }));

Deno.test("a router that the configuration no longer has loses its routes at once", () =>
  withCollector((collector) => {
    const router = collector.connect(1);
    router.send(initiation("edge1"), peerUp(peer), announce(peer, some));
    router.close("the configuration no longer names the router", false);
    assert.equal(collector.column(prefixes), "");
  }));

Deno.test("a restart of bgpd keeps the routes of routers, until End-of-RIB or the end of their time", () =>
  withCollector((collector) => {
    collector.connect(1).send(initiation("edge1"), peerUp(peer), announce(peer, some));
    collector.restart();
    assert.deepEqual(collector.sql("SELECT state FROM routers"), [["down"]]);
    assert.equal(collector.sql("SELECT 1 FROM monitored_rib WHERE stale").length, 3);
    collector.connect(1).send(initiation("edge1"), peerUp(peer), announce(peer, some.slice(1)), endOfRib(peer));
    assert.equal(collector.column(prefixes), some.slice(1).join(" "));
    assert.equal(collector.column(ended), "10.1.0.0/16 not announced again");
    assert.deepEqual(collector.sql("SELECT count(*) FROM router_peer_states"), [[1]], "the table keeps its id");
    collector.restart();
    collector.pass(301_000);
    assert.equal(collector.column(prefixes), "");
  }));

Deno.test("two routers of one name get two names; the same router again replaces its older connection", () =>
  withCollector((collector) => {
    collector.connect(1, "192.0.2.254").send(initiation("edge"), peerUp(peer), announce(peer, some));
    const [other] = collector.connect(2, "192.0.2.253").send(initiation("edge"), peerUp(peer), announce(peer, some));
    assert.equal(other?.kind === "initiated" && other.name, "edge (192.0.2.253)");
    const [replaced, again] = collector.connect(3, "192.0.2.254").send(initiation("edge"));
    assert.equal(replaced?.kind === "replaces" && replaced.connection, 1);
    assert.equal(again?.kind === "initiated" && again.name, "edge");
    assert.equal(collector.sql(prefixes).length, 6);
    const named = collector.connect(4, "192.0.2.252", { name: "core" }).send(initiation("edge"));
    assert.equal(named[0]?.kind === "initiated" && named[0].name, "core");
  }));

Deno.test("RFC 7854: what does not belong to a peer that is up is skipped, and garbage ends one connection only", () =>
  withCollector((collector) => {
    const good = collector.connect(1),
      bad = collector.connect(2, "192.0.2.2"),
      early = collector.connect(3, "192.0.2.3");
    good.send(initiation("good"), peerUp(peer), announce(peer, some));
    assert.equal(early.send(peerUp(peer))[0]?.kind, "end", "a Peer Up before the Initiation");
    bad.send(initiation("bad"));
    assert.deepEqual(bad.send(announce(peer, some)).map(({ kind }) => kind), ["skipped", "skipped", "skipped"]);
    const malformed = announce(peer, ["10.1.0.0/16"]);
    malformed[malformed.indexOf(0x40, 48 + 19) + 3] = 9;
    const [fault] = good.send(malformed);
    assert.match(fault?.kind === "skipped" ? fault.text : "", /^a route of 192\.0\.2\.1 is malformed: ORIGIN/);
    assert.equal(collector.column("SELECT kind FROM router_events WHERE hex IS NOT NULL"), "malformed");
    // The route is treated as withdrawn (RFC 7606); the table goes on.
    assert.equal(collector.column(prefixes), some.slice(1).join(" "));
    good.send(announce(peer, ["10.4.0.0/16"]));
    const huge = Uint8Array.of(3, 0xff, 0xff, 0xff, 0xff, 0);
    assert.equal(bad.send(huge)[0]?.kind, "end");
    assert.equal(collector.column(prefixes), "10.2.0.0/16 10.3.0.0/16 10.4.0.0/16");
    assert.deepEqual(collector.sql("SELECT router, state FROM routers ORDER BY 1"), [["bad", "down"], ["good", "up"]]);
  }));

Deno.test("a router with 1,000 peers has 1,000 tables; statistics and mirrored messages stand in SQL", () =>
  withCollector((collector) => {
    const many = Array.from({ length: 1000 }, (_, i) => ({ address: `10.1.${i >> 8}.${i & 255}`, asn: 65_001 + i }));
    const router = collector.connect(1);
    router.send(initiation("big"), ...many.flatMap((each) => [peerUp(each), announce(each, ["198.51.100.0/24"])]));
    assert.deepEqual(collector.sql("SELECT peers, routes FROM routers"), [[1000, 1000]]);
    const mirrored = announce(peer, ["10.1.0.0/16"]).subarray(48);
    router.send(
      encodeBmp({ kind: "statistics", peer: headerOf(many[7]!), statistics: [{ type: 0, value: 5n }] }),
      encodeBmp({ kind: "routeMirroring", peer: headerOf(many[7]!), items: [{ kind: "message", bytes: mirrored }] }),
    );
    assert.equal(
      collector.column("SELECT statistics FROM router_peers WHERE statistics IS NOT NULL"),
      '{"rejected_by_policy":5}',
    );
    const hex = collector.column("SELECT hex FROM router_events WHERE kind = 'mirrored' AND peer = '10.1.0.7'");
    assert.equal(hex, mirrored.toHex());
  }));

Deno.test("a lost database gets routers, tables and routes again", () =>
  withCollector((collector) => {
    collector.connect(1).send(initiation("edge1"), peerUp(peer), announce(peer, some));
    collector.rib.storeLost();
    collector.settle();
    assert.equal(collector.column(prefixes), some.join(" "));
    assert.deepEqual(collector.sql("SELECT router, peers FROM routers"), [["edge1", 1]]);
  }));

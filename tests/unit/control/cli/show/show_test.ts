/** `bgpd show peers`, `peer`, `routes` and `summary`. */
import assert from "node:assert/strict";
import { storedPeerDetailSchema, storedPeerSchema } from "../../../../../src/control/schema/peer.ts";
import { routeSchema } from "../../../../../src/control/schema/route.ts";
import { z } from "../../../../../src/control/schema/schema.ts";
import { createStoreBatch, stride } from "../../../../../src/rib/mod.ts";
import { StoreReader } from "../../../../../src/store/mod.ts";
import { bgpd, withDatabase } from "../harness.ts";
import { noon } from "../small_database.ts";

Deno.test("show peers: the columns of a router, a star for a disabled peer", () =>
  withDatabase(async (run) => {
    const expected = [
      " Neighbor     Router ID  AS     MsgRcvd  MsgSent    Uptime  State        PfxRcd  PfxAcc  PfxSnt" +
      "   Changed  Description",
      " 127.0.0.2    2.2.2.2    65001        6        3  00:01:18  Established       2       2       7" +
      "  00:01:18  first",
      " 2001:db8::2             65002        0        0            Idle              2       1       0",
      "*127.0.0.3               65003        0        0            Disabled          0       0       0  00:01:18",
    ];
    for (const words of ["peers", "neighbors", "n"]) {
      assert.deepEqual(await run(["show", words]), {
        code: 0,
        lines: expected,
        output: expected.join("\n") + "\n",
        messages: "",
      });
    }
    assert.deepEqual((await run(["s", "n", "127.0.0.0/8"])).lines.length, 3);
    assert.deepEqual((await run(["s", "n", "first"])).lines.length, 2);
  }));

Deno.test("colour only on a terminal", () =>
  withDatabase(async (run) => {
    assert.ok((await run(["show", "peers"], { isTerminal: true })).output.includes("\x1b[32mEstablished"));
    assert.ok(!(await run(["show", "peers"])).output.includes("\x1b"));
  }));

Deno.test("without a daemon, the same is shown, and its age is reported", () =>
  withDatabase(async (run, _, daemon) => {
    daemon.close();
    const { code, lines, messages } = await run(["show", "peers"]);
    assert.deepEqual([code, lines.length], [0, 4]);
    assert.match(messages, /^bgpd is not running; it stopped at \d{4}-\S+Z$/);
    assert.ok(lines.slice(1).every((line) => / 0 +0 +0(  +first)?$/.test(line)), "no route is held any more");
    const summary = await run(["show", "summary"]);
    assert.equal(summary.code, 0);
    assert.match(summary.lines[0]!, /^bgpd is not running; it stopped at \d{4}-\S+Z$/);
    const rows = summary.lines.filter((line) => / unicast /.test(line));
    assert.ok(rows.length > 0 && rows.every((line) => / 0 +0$/.test(line)), rows.join("\n"));
  }));

Deno.test("show summary of a backup reports that the database may be a backup", () =>
  withDatabase(async (_, path) => {
    const reader = new StoreReader(path);
    const copy = path.replace("bgpd.db", "backup.db");
    await reader.backup(copy);
    reader.close();
    const summary = await bgpd(["show", "summary", "--database", copy], { now: noon + 78_000 });
    assert.equal(summary.code, 1);
    assert.match(
      summary.output,
      /^bgpd is not running: it ended unexpectedly.*, or this database is a backup\nDatabase .*backup\.db: /,
    );
    const peers = await bgpd(["show", "peers", "--database", copy], { now: noon + 78_000 });
    assert.equal(peers.code, 1);
    assert.match(peers.messages, /ended unexpectedly.*; states and counters are the last ones written/);
    assert.match(peers.output, / was Established /);
  }));

Deno.test("show peer: all details of one peer, by address or description", () =>
  withDatabase(async (run) => {
    const { lines } = await run(["show", "peer", "127.0.0.2"]);
    assert.deepEqual(lines.slice(0, 11), [
      "BGP neighbor is 127.0.0.2,  remote AS 65001, local AS 65000",
      "  Description: first",
      "  Group: lab",
      "  BGP version 4,  remote router-id 2.2.2.2",
      "    Local address: 127.0.0.1",
      "    Remote address: 127.0.0.2",
      "  BGP state = Established, up for 00:01:18",
      "  Hold time is 90, keepalive interval is 30",
      "  Neighbor capabilities:",
      "    multiprotocol ipv4 unicast",
      "    route refresh",
    ]);
    assert.ok(lines.includes("    Received:             6"), lines.join("\n"));
    assert.ok(lines.some((line) => line.includes("up: session established")));
    assert.deepEqual((await run(["show", "peer", "first", "detail"])).lines, lines);
    assert.deepEqual((await run(["show", "neighbors", "127.0.0.2", "detail"])).lines, lines);
    assert.match((await run(["show", "peer", "127.0.0.3"])).output, /\*Peer is Disabled/);
  }));

Deno.test("show peer: our role, the role of the peer, and why there is no session", () =>
  withDatabase(async (run, _, daemon) => {
    const lines = async () => (await run(["show", "peer", "2001:db8::2"])).lines.map((line) => line.trim());
    assert.ok((await lines()).includes("Role: we are its customer, not compared yet"));
    daemon.peers.state(2, {
      state: "Idle",
      since: noon,
      capabilities: "",
      reason: "received Cease / Administrative Reset",
    });
    daemon.writePeers();
    const silent = await lines();
    assert.ok(silent.includes("Role: we are its customer, the peer announces no role"));
    assert.ok(silent.includes("No session: received Cease / Administrative Reset"));
    daemon.peers.state(2, { state: "Established", since: noon, remoteRole: "provider", reason: null });
    daemon.writePeers();
    const both = await lines();
    assert.ok(both.includes("Role: we are its customer, the peer announces provider"));
    assert.ok(!both.some((line) => line.startsWith("Last session ended")));
    assert.ok(!(await run(["show", "peer", "127.0.0.2"])).output.includes("Role:"));
  }));

Deno.test("show peers: the end of a hold after max_prefixes, and of a drain", () =>
  withDatabase(async (run, _, daemon) => {
    const [over, drained] = [
      "over max prefixes, session starts again at 2024-01-01T12:05:00Z",
      "drained until 2024-01-01T12:05:00Z",
    ];
    const shown = async (state: "Held" | "Established", reason: string) => {
      daemon.peers.state(2, { state, since: noon, reason });
      daemon.writePeers();
      return (await run(["show", "peers"])).output + (await run(["show", "peer", "2001:db8::2"])).output;
    };
    assert.match(
      await shown("Held", `${over}: 100`),
      new RegExp(` ${over} +2 +1 +0 .*\n[^]*  No session: ${over}: 100\n`),
    );
    const note = new RegExp(` Established, ${drained} +2 +1 +0 .*\n[^]*  Note: ${drained} .RFC 8326.\n`);
    assert.match(await shown("Established", `${drained} (RFC 8326)`), note);
  }));

Deno.test("an unknown peer is exit code 1 and one sentence", () =>
  withDatabase(async (run) => {
    for (
      const args of [["show", "peer", "10.9.9.9"], ["show", "peers", "10.9.9.9"], ["show", "routes", "--peer", "x"]]
    ) {
      const { code, output, messages } = await run(args);
      assert.deepEqual([code, output], [1, ""]);
      assert.match(messages, /^bgpd: the database has no peer .*$/);
    }
  }));

Deno.test("show routes: the columns of a router, grouped by family", () =>
  withDatabase(async (run) => {
    const { lines, code } = await run(["show", "routes"]);
    assert.equal(code, 0);
    assert.deepEqual(lines, [
      "IPv4 / Unicast",
      " Received From  Prefix             Next Hop        Age  Origin  Local Pref  Metric  AS Path           " +
      "Communities",
      ">127.0.0.2      198.51.100.0/24    127.0.0.2  00:01:18  igp            200      50  " +
      "65001 3356 65010  65001:99 65001:1:2",
      "!2001:db8::2    198.51.100.0/24    127.0.0.2  00:01:18  igp            200      50  " +
      "65001 3356 65010  65001:99 65001:1:2",
      ">127.0.0.2      198.51.100.128/25  127.0.0.2  00:01:18  igp            200      50  " +
      "65001 3356 65010  65001:99 65001:1:2",
      "",
      "IPv6 / Unicast",
      " Received From  Prefix           Next Hop          Age  Origin  Local Pref  Metric  AS Path              " +
      "Communities",
      ">2001:db8::2    2001:db8:1::/48  2001:db8::2  00:01:18  igp                         65002 {65011,65012}",
    ]);
    assert.deepEqual((await run(["show", "routes", "learned"])).lines, lines);
    assert.deepEqual((await run(["s", "r"])).lines, lines);
  }));

Deno.test("show routes by prefix, by address and by filter", () =>
  withDatabase(async (run) => {
    const prefixes = async (...args: string[]) => {
      const { code, output, messages } = await run(["show", "routes", ...args, "--json"]);
      assert.equal(code, 0, messages);
      return (JSON.parse(output) as { prefix: string }[]).map(({ prefix }) => prefix);
    };
    assert.deepEqual(await prefixes("198.51.100.0/24"), ["198.51.100.0/24", "198.51.100.0/24"]);
    assert.deepEqual(await prefixes("learned", "198.51.100.0/24", "--best"), ["198.51.100.0/24"]);
    assert.deepEqual(await prefixes("198.51.100.200"), ["198.51.100.128/25"]);
    assert.deepEqual(await prefixes("2001:db8:1::5"), ["2001:db8:1::/48"]);
    assert.deepEqual(await prefixes("192.0.2.1"), []);
    assert.deepEqual(await prefixes("--origin-as", "65010", "--limit", "2"), ["198.51.100.0/24", "198.51.100.128/25"]);
    assert.deepEqual(await prefixes("--origin-as", "0.65010", "--best", "--limit", "1"), ["198.51.100.0/24"]);
    assert.deepEqual(await prefixes("--as-path", "^65002_"), ["2001:db8:1::/48"]);
    assert.equal((await prefixes("--community", "65001:1:2")).length, 3);
    assert.equal((await prefixes("--community", "65001:99")).length, 3);
    assert.deepEqual(await prefixes("--community", "no-export"), []);
    assert.equal((await prefixes("--peer", "first")).length, 2);
    assert.equal((await prefixes("--peer", "2001:DB8::2")).length, 2);
    assert.equal((await prefixes("--limit", "4")).length, 4);
  }));

Deno.test("show routes --received: attributes before import policy", () =>
  withDatabase(async (run, _path, daemon) => {
    const batch = createStoreBatch(1);
    // The peer announced set 2, and policy made set 1 of it.
    batch.routes.set([2, 1, -1, 1, 2, 0, noon], batch.routeCount++ * stride.routes);
    daemon.apply(batch);
    const paths = async (...words: string[]) =>
      JSON.parse((await run(["show", "routes", ...words, "--json"])).output)
        .filter(({ peer }: { peer: string }) => peer === "2001:db8::2")
        .map((row: { prefix: string; as_path: string }) => `${row.prefix} ${row.as_path}`);
    assert.deepEqual(await paths(), [
      "198.51.100.0/24 65001 3356 65010",
      "2001:db8:1::/48 65002 {65011,65012}",
    ]);
    const received = ["198.51.100.0/24 65002 {65011,65012}", "2001:db8:1::/48 65002 {65011,65012}"];
    assert.deepEqual(await paths("--received"), received);
    assert.deepEqual(await paths("--received", "198.51.100.0/24"), received.slice(0, 1));
    assert.deepEqual(await paths("--received", "--best"), received.slice(1));
    const past = await run(["show", "routes", "--received", "--at", "-1h"]);
    assert.deepEqual([past.code, past.messages.includes("--received cannot be combined with --at")], [2, true]);
  }));

Deno.test("--limit counts over all families", () =>
  withDatabase(async (run) => {
    const { lines } = await run(["show", "routes", "--limit", "3"]);
    assert.equal(lines.length, 5);
  }));

Deno.test("no routes: no standard output, a message on standard error, exit code 0", () =>
  withDatabase(async (run) => {
    assert.deepEqual(await run(["show", "routes", "192.0.2.1"]), {
      code: 0,
      lines: [],
      output: "",
      messages: "no routes",
    });
  }));

Deno.test("JSON has the column names of the SQL views, and lists for communities; every item fits its schema", () =>
  withDatabase(async (run) => {
    const routes = z.array(routeSchema).parse(JSON.parse((await run(["show", "routes", "--json"])).output));
    const route = routes[0]!;
    assert.deepEqual(route, {
      peer: "127.0.0.2",
      peer_as: 65001,
      prefix: "198.51.100.0/24",
      path_id: null,
      next_hop: "127.0.0.2",
      as_path: "65001 3356 65010",
      origin_as: 65010,
      origin: "igp",
      med: 50,
      local_pref: 200,
      communities: ["65001:99"],
      large_communities: ["65001:1:2"],
      ext_communities: [],
      best: true,
      stale: false,
      received_at: "2024-01-01T12:00:00.000Z",
      best_reason: route.best_reason,
      ineligible: null,
      multipath: false,
      family: "ipv4 unicast",
      ovs: null,
      avs: null,
    });
    const peers = z.array(storedPeerSchema).parse(JSON.parse((await run(["show", "peers", "--json"])).output));
    assert.deepEqual(peers.map((peer) => [peer.peer, peer.routes])[0], [
      "127.0.0.2",
      2,
    ]);
    const peer = storedPeerDetailSchema.parse(JSON.parse((await run(["show", "peer", "first", "--json"])).output));
    assert.deepEqual(peer.capabilities, ["multiprotocol ipv4 unicast", "route refresh"]);
    assert.equal(peer.events[0]!.kind, "up");
    const summary = JSON.parse((await run(["show", "summary", "--json"])).output);
    assert.deepEqual([summary.peers, summary.established, summary.families[0].routes], [3, 1, 3]);
    assert.deepEqual([summary.started_at, summary.backlog_at], [new Date(noon).toISOString(), null]);
  }));

Deno.test("show summary as text", () =>
  withDatabase(async (run) => {
    const { code, output } = await run(["show", "summary"]);
    assert.equal(code, 0);
    assert.match(output, /^bgpd 9\.9\.9, pid \d+/);
    assert.match(output, /3 peers, 1 established\n3 prefixes, 2 attribute sets\n/);
    assert.match(output, / Family +Received Routes +Best Routes\n ipv4 unicast +3 +2\n/);
  }));

Deno.test("invalid words are exit code 2", () =>
  withDatabase(async (run) => {
    for (
      const args of [
        ["show", "routes", "nonsense"],
        ["show", "routes", "10.0.0.1/8"],
        ["show", "routes", "10.0.0.0/8", "11.0.0.0/8"],
        ["show", "routes", "--as-path", "("],
        ["show", "routes", "--origin-as", "x"],
        ["show", "routes", "--limit", "0"],
        ["show", "routes", "--community", "x"],
        ["show", "routes", "--community", "65000"],
        ["show", "routes", "--community", "65536:1"],
        ["show", "routes", "--at", "yesterday"],
        ["show", "history", "10.0.0.1"],
        ["show", "peer"],
        ["show", "peer", "first", "everything"],
        ["show", "peers", "first", "everything"],
        ["show", "advertised", "first", "10.0.0"],
        ["show", "advertised", "first", "10.0.0.1/8"],
        ["show"],
      ]
    ) {
      const { code, output, messages } = await run(args);
      assert.deepEqual([code, output], [2, ""], args.join(" "));
      assert.match(messages, /^bgpd: [^\n]+$/);
    }
    assert.match((await run(["show", "routes", "10.0.0.1/8"])).messages, /did you mean 10\.0\.0\.0\/8\?/);
    assert.equal((await run(["show", "routes", "advertised"])).code, 1);
  }));

Deno.test("no database: one sentence, exit code 1", async () => {
  const { code, messages } = await bgpd(["show", "peers", "--database", "/nonexistent/x.db"]);
  assert.equal(code, 1);
  assert.match(messages, /^bgpd: there is no database \/nonexistent\/x\.db[^\n]*$/);
});

Deno.test("--config finds the database that it names", () =>
  withDatabase(async (_, path) => {
    const config = path.replace("bgpd.db", "x.toml");
    await Deno.writeTextFile(config, `router_id = "1.1.1.1"\ndefault_as = 1\ndatabase = "${path}"\n`);
    const { code, output } = await bgpd(["sql", "--config", config, "SELECT count(*) FROM rib"]);
    assert.deepEqual([code, output], [0, "4\n"]);
    await Deno.writeTextFile(config, `router_id = 5\ndatabase = "${path}"\n`);
    const broken = await bgpd(["show", "peers", "-c", config]);
    assert.deepEqual([broken.code, broken.lines.length, broken.messages], [
      0,
      4,
      `${config} has 1 error; see bgpd check ${config}`,
    ]);
  }));

Deno.test("a reader that ends, ends a long list quietly", () =>
  withDatabase(async (run) => {
    assert.deepEqual((await run(["show", "routes"], { closesAfter: 2 })).code, 0);
    assert.deepEqual((await run(["sql", "SELECT * FROM rib"], { closesAfter: 1 })).messages, "");
  }));

Deno.test("show routes --longer: a prefix and all inside it, in the order of the prefixes; filters combine", () =>
  withDatabase(async (run) => {
    const prefixes = async (...args: string[]) => {
      const { output, code } = await run(["show", "routes", ...args, "--json"]);
      assert.equal(code, 0);
      return JSON.parse(output).map((route: { prefix: string; peer: string }) => `${route.prefix} ${route.peer}`);
    };
    const inside = ["198.51.100.0/24 127.0.0.2", "198.51.100.0/24 2001:db8::2", "198.51.100.128/25 127.0.0.2"];
    assert.deepEqual(await prefixes("198.51.0.0/16", "--longer"), inside);
    assert.deepEqual(await prefixes("0.0.0.0/0", "--longer"), inside);
    assert.deepEqual(await prefixes("198.51.100.128/25", "--longer"), inside.slice(2));
    assert.deepEqual(await prefixes("198.51.100.128/26", "--longer"), []);
    assert.deepEqual(await prefixes("::/0", "--longer"), ["2001:db8:1::/48 2001:db8::2"]);
    assert.deepEqual(await prefixes("2001:db8::/32", "--longer"), ["2001:db8:1::/48 2001:db8::2"]);
    assert.deepEqual(await prefixes("2001:db8:1::/48", "--longer"), ["2001:db8:1::/48 2001:db8::2"]);
    assert.deepEqual(await prefixes("2001:db8:1::/64", "--longer"), []);
    assert.deepEqual(await prefixes("198.51.0.0/16", "--longer", "--peer", "2001:db8::2"), inside.slice(1, 2));
    assert.deepEqual(await prefixes("198.51.0.0/16", "--longer", "--best", "--origin-as", "65010"), [
      "198.51.100.0/24 127.0.0.2",
      "198.51.100.128/25 127.0.0.2",
    ]);
    assert.deepEqual(await prefixes("198.51.0.0/16", "--longer", "--received", "--rejected"), inside.slice(1, 2));
    assert.deepEqual(await prefixes("198.51.0.0/16", "--longer", "--family", "ipv6"), []);
    const table = await run(["show", "routes", "198.51.0.0/16", "--longer"]);
    assert.deepEqual([table.lines.length, table.lines[0]], [5, "IPv4 / Unicast"]);
    for (const words of [["--longer"], ["198.51.100.7", "--longer"]]) {
      const { code, messages } = await run(["show", "routes", ...words]);
      assert.deepEqual([code, messages.startsWith("bgpd: --longer needs a prefix")], [2, true]);
    }
  }));

Deno.test("show routes --family: one family, by its name or protocol; another word is named", () =>
  withDatabase(async (run) => {
    for (const family of ["ipv6", "IPv6 unicast", "ipv6-unicast"]) {
      const { lines } = await run(["show", "routes", "--family", family]);
      assert.deepEqual([lines.length, lines[0]], [3, "IPv6 / Unicast"], family);
    }
    assert.equal((await run(["show", "routes", "--family", "ipv4 multicast"])).messages, "no routes");
    assert.equal((await run(["show", "routes", "198.51.100.0/24", "--family", "ipv6"])).messages, "no routes");
    const wrong = await run(["show", "routes", "--family", "bridges"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.messages, /--family takes one of "ipv4 unicast", .*, not "bridges"$/);
    const near = await run(["show", "routes", "--family", "bgpls"]);
    assert.match(near.messages, /--family: "bgpls" is not a family; did you mean "bgp-ls"\?$/);
  }));

Deno.test("show routes --rejected: only ineligible routes, each with its reason", () =>
  withDatabase(async (run) => {
    const { lines, messages } = await run(["show", "routes", "--rejected"]);
    assert.equal(lines.length, 3);
    assert.match(lines[1]!, /Communities +Why$/);
    assert.match(lines[2]!, /^!2001:db8::2 .* own ASN in AS path/);
    assert.match(messages, /^! 1 ineligible route: own ASN in AS path/);
    assert.equal((await run(["show", "routes", "--rejected", "--best"])).code, 2);
    assert.equal((await run(["show", "routes", "--rejected", "--peer", "127.0.0.2"])).messages, "no routes");
  }));

Deno.test("show routes --limit says that there are more routes, and only then", () =>
  withDatabase(async (run) => {
    const more = "there are more routes: these are the first 3 (--limit)";
    const limited = await run(["show", "routes", "--limit", "3"]);
    assert.deepEqual([limited.lines.length, limited.messages.includes(more)], [5, true]);
    const json = await run(["show", "routes", "--limit", "3", "--json"]);
    assert.deepEqual([JSON.parse(json.output).length, json.messages], [3, more]);
    assert.ok(!(await run(["show", "routes", "--limit", "4"])).messages.includes("more"));
    const one = await run(["show", "routes", "198.51.100.0/24", "--limit", "1"]);
    assert.match(one.messages, /^there are more routes: these are the first 1 /);
    assert.ok(!(await run(["show", "routes", "198.51.100.0/24", "--limit", "2"])).messages.includes("more"));
  }));

/** `bgpd show routes PREFIX` as text and as JSON; store/read/explain_test.ts compares the explanations with the RIB. */
import assert from "node:assert/strict";
import { runProgram } from "../../../../../src/control/cli/program.ts";
import { explainedRouteSchema } from "../../../../../src/control/schema/route.ts";
import { z } from "../../../../../src/control/schema/schema.ts";
import { showCommand } from "../../../../../src/control/cli/show/show.ts";
import { Ineligible } from "../../../../../src/rib/mod.ts";
import { attributes, Batch, noon, withWriter } from "../../../store/fixture.ts";
import { fakeIo } from "../fake_io.ts";

const info = { name: "bgpd", summary: "", version: "0", commands: [showCommand] };

/**
 * 192.0.2.1 has the best route, 2001:db8::2 a longer path, changed by policy, 192.0.2.3 a loop, 192.0.2.4 two paths.
 */
function withTable(
  test: (
    run: (...args: string[]) => Promise<{ code: number; output: string; messages: readonly string[] }>,
  ) => Promise<void>,
) {
  return withWriter(async (writer, path) => {
    writer.peers.upsert({ name: "192.0.2.3", remoteIp: "192.0.2.3", remoteAs: 65003 });
    writer.peers.upsert({ name: "192.0.2.4", remoteIp: "192.0.2.4", remoteAs: 65000 });
    [1, 2, 3, 4].forEach((id) => {
      const remoteAs = id === 4 ? 65000 : 65000 + id;
      writer.peers.state(id, { state: "Established", since: noon, routerId: `10.0.0.${id}`, remoteAs, localAs: 65000 });
    });
    writer.writePeers();
    writer.apply(
      new Batch().prefix(1, "10.0.0.0/8").prefix(2, "10.1.0.0/16")
        .set(1, attributes("65001 65010"))
        .set(2, attributes("65002 65003 65010", "2001:db8::2", { localPref: 100, communities: [65002 * 65536 + 1] }))
        .set(3, attributes("65002 65010", "2001:db8::2", { localPref: 300 }))
        .set(4, attributes("65003 65000"))
        .route(1, 1, 1).route(2, 1, 2, { receivedId: 3 }).route(3, 1, 4, { ineligible: Ineligible.ownAsn })
        .route(4, 1, 1, { pathId: 1 }).route(4, 1, 1, { pathId: 2 })
        .best(1, 1, { step: 6 })
        .route(3, 2, 4, { ineligible: Ineligible.ownAsn }).route(1, 2, 1).best(2, 1)
        .prefix(3, "10.2.0.0/16").set(5, attributes("65003 65010", "192.0.2.3"))
        .route(1, 3, 1).route(3, 3, 5).best(3, 1, { step: 8 })
        .event({ kind: "multipath", rows: Float64Array.of(3, -1, -1, 3, 1, -1, 3, 3, -1) }).batch,
    );
    await test(async (...args) => {
      const io = fakeIo({ now: noon + 78_000 });
      const code = await runProgram(info, ["show", "routes", ...args, "--database", path], io);
      return { code, output: io.output, messages: io.messages };
    });
  });
}

Deno.test("show routes PREFIX: the table, and below it why each route is best, lost, or is ineligible", () =>
  withTable(async (run) => {
    const { code, output, messages } = await run("10.0.0.0/8");
    assert.deepEqual([code, messages], [0, []]);
    assert.deepEqual(output.split("\n"), [
      "IPv4 / Unicast",
      " Received From  Prefix          Next Hop          Age  Origin  Local Pref  Metric  AS Path            " +
      "Communities",
      ">192.0.2.1      10.0.0.0/8      192.0.2.1    00:01:18  igp                         65001 65010",
      " 2001:db8::2    10.0.0.0/8      2001:db8::2  00:01:18  igp            100          65002 65003 65010  65002:1",
      " 192.0.2.4      10.0.0.0/8 [1]  192.0.2.1    00:01:18  igp                         65001 65010",
      " 192.0.2.4      10.0.0.0/8 [2]  192.0.2.1    00:01:18  igp                         65001 65010",
      "!192.0.2.3      10.0.0.0/8      192.0.2.1    00:01:18  igp                         65003 65000",
      "",
      " Received From  Why",
      ">192.0.2.1      best, for 00:01:18: learned over eBGP, next over iBGP",
      " 2001:db8::2    AS path length 3, best has 2",
      "                as received, before import policy: AS path 65002 65010, local pref 300, communities none",
      " 192.0.2.4 [1]  learned over iBGP, best over eBGP",
      " 192.0.2.4 [2]  learned over iBGP, best over eBGP",
      "!192.0.2.3      no candidate: own ASN in AS path, a loop (RFC 4271 §9.1.2)",
      "",
    ]);
    assert.match((await run("10.3.3.4")).output, /> ?192\.0\.2\.1 +best/);
  }));

Deno.test("show routes PREFIX: a multipath route is reported, although it lost", () =>
  withTable(async (run) => {
    const { output } = await run("10.2.0.0/16");
    assert.match(
      output,
      /^=192\.0\.2\.3 +router id 10\.0\.0\.3, best has 10\.0\.0\.1\n +multipath: ties with the best route$/m,
    );
    assert.doesNotMatch((await run("10.0.0.0/8")).output, /multipath/);
  }));

Deno.test("show routes PREFIX: other filters select among the routes that were compared", () =>
  withTable(async (run) => {
    assert.match((await run("10.0.0.0/8", "--peer", "2001:db8::2")).output, / AS path length 3, best has 2/);
    assert.deepEqual(
      (await run("10.0.0.0/8", "--best")).output.match(/^[> !]\d.*$/gm)?.length,
      2,
      "a row of each table",
    );
    assert.deepEqual((await run("10.0.0.0/8", "--peer", "192.0.2.1", "--origin-as", "1")).messages, ["no routes"]);
    assert.equal(JSON.parse((await run("10.0.0.0/8", "--limit", "2", "--json")).output).length, 2);
  }));

Deno.test("show routes PREFIX --json has the same facts", () =>
  withTable(async (run) => {
    const routes = z.array(explainedRouteSchema).parse(JSON.parse((await run("10.0.0.0/8", "--json")).output));
    const [best, second, loop] = [routes[0]!, routes[1]!, routes[4]!];
    assert.deepEqual(
      [best.verdict, best.step, best.value, best.against, best.best_since],
      ["best", "eBGP over iBGP", "eBGP", "iBGP", new Date(noon).toISOString()],
    );
    assert.deepEqual([second.verdict, second.step, second.value, second.against], ["lost", "AS path length", "3", "2"]);
    assert.deepEqual(second.received, { as_path: "65002 65010", local_pref: 300, communities: [] });
    assert.deepEqual(second.communities, ["65002:1"]);
    assert.deepEqual([loop.verdict, loop.step, loop.ineligible, loop.received], [
      "ineligible",
      null,
      "own ASN in AS path",
      null,
    ]);
    assert.deepEqual(best.explanation, "learned over eBGP, next over iBGP");
  }));

Deno.test("show routes: below a list stands why routes with ! are ineligible", () =>
  withTable(async (run) => {
    assert.deepEqual((await run()).messages, ["! 2 ineligible routes: own ASN in AS path"]);
    assert.deepEqual((await run("--best")).messages, []);
    assert.deepEqual((await run("--json")).messages, []);
  }));

/** `bgpd show routes` and `bgpd show history` for families beside unicast and multicast. */
import assert from "node:assert/strict";
import { showCommand } from "../../../../../src/control/cli/show/show.ts";
import { runProgram } from "../../../../../src/control/cli/program.ts";
import { explainedRouteSchema, routeSchema, routeStateSchema } from "../../../../../src/control/schema/route.ts";
import { z } from "../../../../../src/control/schema/schema.ts";
import { attributes, Batch, mixedTable, noon, withWriter } from "../../../store/fixture.ts";
import { parseExtCommunity } from "../../../../../src/message/mod.ts";
import { fakeIo } from "../fake_io.ts";

type Run = (...words: string[]) => Promise<{ code: number; lines: string[]; messages: string }>;

async function withRoutes(work: (run: Run) => Promise<void>): Promise<void> {
  await withWriter(async (writer, path) => {
    writer.apply(mixedTable().batch);
    writer.apply(
      new Batch().nlri(21, 9, "destination 192.0.2.0/24 protocol =udp")
        .set(21, attributes("65001", "192.0.2.1", { extCommunities: [parseExtCommunity("discard")!] }))
        .route(1, 21, 21, { ineligible: 1 }).history(noon - 1000, noon, 1, 12, 12).batch,
    );
    writer.indexes.buildAll();
    await work(async (...words) => {
      const io = fakeIo();
      const info = { name: "bgpd", summary: "a speaker", version: "1.2.3", commands: [showCommand] };
      const code = await runProgram(info, ["show", ...words, "-d", path], io);
      return { code, lines: io.output.split("\n").slice(0, -1), messages: io.messages.join("\n") };
    });
  });
}

/** The columns between the peer and the next hop. */
const cells = (lines: readonly string[]) => lines.map((line) => line.split(/ {2,}/).slice(1, 3).join(" | "));

Deno.test("show routes --family, --rd and --rt: each destination with its labels or actions", () =>
  withRoutes(async (run) => {
    const vpn = await run("routes", "--family", "vpnv4");
    assert.equal(vpn.lines[0], "IPv4 / VPN");
    assert.deepEqual(cells(vpn.lines.slice(1)), [
      "Destination | Labels",
      "65000:1 10.0.0.0/8 | 100 200",
      "65000:1 10.0.0.0/8 | 300",
      "65000:1 10.1.0.0/16 | 100 200",
      "65000:2 10.0.0.0/8 | 300",
    ]);
    assert.deepEqual(cells((await run("routes", "--rd", "65000:2")).lines.slice(2)), ["65000:2 10.0.0.0/8 | 300"]);
    assert.match((await run("routes", "--rd", "65000:2", "--family", "ipv4")).messages, /no routes/);
    assert.deepEqual(cells((await run("routes", "--rt", "65000:100")).lines.slice(2)), [
      "65000:1 10.0.0.0/8 | 100 200",
      "65000:1 10.1.0.0/16 | 100 200",
    ]);
    const flow = await run("routes", "--family", "ipv4 flow", "--rejected");
    assert.deepEqual(cells(flow.lines.slice(1)), [
      "Destination | Actions",
      "destination 192.0.2.0/24 protocol =udp | discard",
    ]);
    assert.match(flow.messages, /own ASN in AS path/);
  }));

Deno.test("show routes with an address and an RD, and with a destination as text: why each route is best or not", () =>
  withRoutes(async (run) => {
    const { lines } = await run("routes", "10.1.2.3", "--rd", "65000:2");
    assert.deepEqual(cells(lines.slice(1, 3)), ["Destination | Labels", "65000:2 10.0.0.0/8 | 300"]);
    assert.match(lines.join("\n"), /best, for .*/);
    const words = ["routes", "--family", "ipv4 vpn", "65000:1", "10.0.0.0/8", "--json"];
    const routes = z.array(explainedRouteSchema).parse(JSON.parse((await run(...words)).lines.join("")));
    assert.deepEqual(routes.map(({ nlri, rd, prefix, labels, verdict }) => [nlri, rd, prefix, labels, verdict]), [
      ["65000:1 10.0.0.0/8", "65000:1", "10.0.0.0/8", ["100", "200"], "best"],
      ["65000:1 10.0.0.0/8", "65000:1", "10.0.0.0/8", ["300"], "ineligible"],
    ]);
    for (const own of ["65000:1 10.0.0.0/8", "destination 192.0.2.0/24 protocol =udp"]) {
      const { lines, messages } = await run("routes", ...own.split(" "));
      assert.match(lines[2] ?? messages, new RegExp(` ${own} `), "the words tell the family");
      assert.ok((await run("history", ...own.split(" "))).lines.some((line) => line.includes(own)));
    }
    const plain = z.array(routeSchema).parse(
      JSON.parse((await run("routes", "--family", "ipv4", "--json")).lines.join("")),
    );
    assert.ok(plain.length > 0 && plain.every((route) => !("nlri" in route || "rd" in route || "labels" in route)));
  }));

Deno.test("show history of a prefix names the destinations of every family; --rd keeps one of them", () =>
  withRoutes(async (run) => {
    const all = await run("history", "10.0.0.0/8");
    const named = cells(all.lines).map((text) => text.split(" | ")[0]);
    assert.deepEqual([...new Set(named)].sort(), [
      "10.0.0.0/8",
      "65000:1 10.0.0.0/8",
      "65000:2 10.0.0.0/8",
      "Destination",
    ]);
    const json = JSON.parse((await run("history", "10.0.0.0/8", "--rd", "65000:2", "--json")).lines.join(""));
    assert.deepEqual(
      z.array(routeStateSchema).parse(json).map(({ family, nlri, ended_by }) => [family, nlri, ended_by]),
      [["ipv4 vpn", "65000:2 10.0.0.0/8", "replaced"], ["ipv4 vpn", "65000:2 10.0.0.0/8", null]],
    );
  }));

Deno.test("a wrong RD, route target or destination is wrong usage, in one sentence", () =>
  withRoutes(async (run) => {
    for (
      const [words, message] of [
        [["routes", "--rd", "65000"], /--rd takes a Route Distinguisher \(65000:1, .*\), not "65000"/],
        [["routes", "--rt", "x"], /--rt takes a route target \(65000:100, .*\), not "x"/],
        [["routes", "--family", "evpn", "nonsense"], /"nonsense" is no destination of family evpn: /],
        [["routes", "--rt", "1:1", "--community", "1:1"], /--rt cannot be combined with --community/],
        [["history", "--family", "ipv4 flowspec", "10.0.0.1"], /"10.0.0.1" is not a prefix/],
      ] as const
    ) {
      const { code, messages } = await run(...words);
      assert.equal(code, 2, messages);
      assert.match(messages, message);
    }
  }));

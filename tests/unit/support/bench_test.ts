import assert from "node:assert/strict";
import { Framer, MessageType } from "../../../src/message/mod.ts";
import { generateTable } from "../../bench/generator.ts";
import { formatReport, median, type Result } from "../../bench/report.ts";
import { Sink } from "../../bench/sink.ts";
import { find, prefixText } from "../../bench/table.ts";
import { attributesOf, encodeTable } from "../../bench/updates.ts";

const size = { ipv4: 20_000, ipv6: 4_000 };

Deno.test("the generated table is the same every time, and has no prefix twice", () => {
  const table = generateTable(size);
  assert.deepEqual(table, generateTable(size));
  const names = Array.from({ length: table.count }, (_, at) => prefixText(table, at));
  assert.equal(new Set(names).size, size.ipv4 + size.ipv6);
  assert.ok(names.slice(0, size.ipv4).every((name) => name.includes(".")));
  for (const at of [0, 17, size.ipv4, table.count - 1]) {
    const [w0, w1] = [table.words[2 * at]!, table.words[2 * at + 1]!];
    assert.equal(find(table, at < size.ipv4, w0, w1, table.lengths[at]!), at);
  }
});

Deno.test("the generated table is shaped like the Internet's", () => {
  const table = generateTable(size);
  const groups = table.origins.length;
  const perSet = table.count / groups;
  assert.ok(perSet > 4.5 && perSet < 8, `${perSet} prefixes share a set`);
  const paths = Array.from({ length: groups }, (_, group) => attributesOf(table, group, 64601).asPath[0]!.asns.length);
  const mean = paths.reduce((sum, length) => sum + length, 0) / groups;
  assert.ok(mean > 3.9 && mean < 4.8, `${mean} ASes on a path`);
  const slash24 = table.lengths.subarray(0, size.ipv4).filter((length) => length === 24).length / size.ipv4;
  assert.ok(slash24 > 0.5 && slash24 < 0.75, `${slash24} of the IPv4 prefixes are /24`);
});

Deno.test("a sink that receives the table holds all of it", () => {
  const table = generateTable(size);
  const sink = new Sink(table, undefined);
  const framer = new Framer();
  for (const chunk of encodeTable(table, 64601, size.ipv4, size.ipv6)) {
    framer.push(chunk);
    for (let next = framer.next(); next?.kind === "message"; next = framer.next()) {
      assert.equal(next.type, MessageType.update);
      sink.take(next.bytes, 0, next.bytes.length, 1);
    }
  }
  assert.equal(sink.held, table.count);
});

Deno.test("other peers and other versions have other attributes, but the same origin", () => {
  const table = generateTable(size);
  const sets = [attributesOf(table, 5, 64601), attributesOf(table, 5, 64602), attributesOf(table, 5, 64601, 1)];
  assert.equal(new Set(sets.map((set) => JSON.stringify(set))).size, 3);
  assert.deepEqual(sets.map((set) => set.asPath[0]!.asns.at(-1)), Array(3).fill(table.origins[5]));
});

Deno.test("the report puts each median beside its ratio to BIRD's", () => {
  const result = (daemon: string, version: string, run: number, seconds: number): Result => ({
    ...{ scenario: "ingest", daemon, version, run, at: "2026-01-01T00:00:00Z", scale: 1, othersCores: 0 },
    figures: { rib_s: seconds, late_keepalives: 0 },
  });
  const results = [1, 5, 2].flatMap((seconds, i) => [
    result("bird", "BIRD 2", i + 1, seconds),
    result("bgpd", "bgpd 1", i + 1, 2 * seconds),
  ]);
  const report = formatReport(results, new Map([["ingest", "one peer"]]));
  assert.match(report, /\*\*ingest\*\*: one peer/);
  assert.match(report, /\| \| BIRD 2 \| bgpd 1 \|/);
  assert.match(report, /\| own RIB complete \| 2\.00 s \| 4\.00 s \(2\.0 ×\) \|/);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});

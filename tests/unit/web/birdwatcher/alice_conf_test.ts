/** examples/alice.conf: the reasons that bgpd has, and the layouts of the times that it writes. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ineligibleNames, withheldNumbers } from "../../../../src/rib/mod.ts";
import { aliceReasons } from "../../../../src/web/tables/reasons.ts";

const path = fileURLToPath(new URL("../../../../examples/alice.conf", import.meta.url));

/** The keys and values of each section, as the ini reader of Alice-LG finds them. */
function sectionsOf(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name] = /^\[(.+)\]$/.exec(line) ?? [];
    if (name !== undefined) sections.set(name, section = new Map());
    else section.set(line.slice(0, line.indexOf("=")).trim(), line.slice(line.indexOf("=") + 1).trim());
  }
  return sections;
}

const numbersOf = (section: Map<string, string>, fn: number) =>
  [...section.keys()].map((community) => {
    const [, number] = new RegExp(`^64500:${fn}:(\\d+)$`).exec(community) ?? [];
    assert.ok(number !== undefined, community);
    return Number(number);
  });

Deno.test("every reason that a unicast route can have has its text in the example", async () => {
  const sections = sectionsOf(await Deno.readTextFile(path));
  // 13 to 18 are reasons of FlowSpec rules and EVPN routes, which Alice-LG does not show.
  const unicast = ineligibleNames.map((_name, number) => number).filter((n) => n > 0 && (n < 13 || n > 18));
  assert.deepEqual(numbersOf(sections.get("rejection_reasons")!, 65666), unicast);
  const withheld = new Map(withheldNumbers.map(([number, text]) => [`64500:65667:${number}`, text]));
  assert.deepEqual(sections.get("noexport_reasons"), withheld);
});

Deno.test("the layouts of times and the tables are those that bgpd has", async () => {
  const source = sectionsOf(await Deno.readTextFile(path)).get("source.bgpd.birdwatcher")!;
  assert.equal(source.get("type"), "single_table");
  assert.deepEqual([source.get("main_table4"), source.get("main_table6")], ["master4", "master6"]);
  assert.deepEqual(["servertime", "servertime_short", "servertime_ext", "timezone"].map((key) => source.get(key)), [
    "2006-01-02T15:04:05Z07:00",
    "2006-01-02 15:04:05",
    "2006-01-02 15:04:05",
    "UTC",
  ]);
});

Deno.test("the sections that bgpd prints are sections of Alice-LG", () => {
  const sections = sectionsOf(
    aliceReasons(64500, new Map([[6, "import policy"], [4_000_000_000, "policy a, rule b"]])),
  );
  assert.deepEqual(numbersOf(sections.get("rejection_reasons")!, 65666), [6, 4_000_000_000]);
  assert.equal(sections.get("noexport_reasons")!.size, withheldNumbers.length);
});

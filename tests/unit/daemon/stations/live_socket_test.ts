/** What a client of the live socket asks for. */
import assert from "node:assert/strict";
import { parseChoice } from "../../../../src/daemon/stations/live_socket.ts";
import { allFamilies, familyByName, familyMask } from "../../../../src/types/mod.ts";

Deno.test("an empty line asks for everything; each word of a line changes what it names", () => {
  const all = {
    tables: ["adj-in", "adj-in-post", "adj-out-post", "loc"],
    peers: undefined,
    families: allFamilies,
    dump: true,
    mirrors: false,
    statisticsMs: 0,
  };
  assert.deepEqual(parseChoice(""), all);
  const families = familyMask(["ipv4 unicast", "evpn"].map((name) => familyByName(name)!.id));
  const words = "monitor=loc&peers=one,two&families=ipv4-unicast,evpn&dump=false&mirror=true&statistics=60";
  assert.deepEqual(parseChoice(`${words}\r`), {
    tables: ["loc"],
    peers: ["one", "two"],
    families,
    dump: false,
    mirrors: true,
    statisticsMs: 60_000,
  });
});

Deno.test("a wrong line has a sentence that says what is wrong", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["tables=loc", /^unknown option tables: the options are monitor, /],
    ["monitor=rib", /^unknown table rib: the tables are adj-in, /],
    ["families=ipv5", /^unknown family ipv5$/],
    ["dump=no", /^dump is true or false$/],
    ["statistics=0.001", /^statistics is a whole number of seconds/],
    ["statistics=-1", /^statistics is a whole number of seconds/],
    ["statistics=86401", /^statistics is a whole number of seconds/],
  ];
  for (const [line, text] of cases) {
    const choice = parseChoice(line);
    assert.ok(typeof choice === "string" && text.test(choice), `${line}: ${JSON.stringify(choice)}`);
  }
});

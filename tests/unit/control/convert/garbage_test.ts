/** Whatever the input is: the converters end without an exception, and bgpd accepts what they write. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseConfig } from "../../../../src/config/mod.ts";
import type { Conversion } from "../../../../src/control/convert/mod.ts";
import fc from "../../../support/fast_check.ts";
import { bird, exabgp, frr } from "./support.ts";

const folder = fileURLToPath(new URL("../../../golden/convert/", import.meta.url));

function inputs(program: string): string[] {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  return names.filter((name) => name.startsWith(program) && name.endsWith(".conf")).toSorted()
    .map((name) => Deno.readTextFileSync(folder + name));
}

function check({ text }: Conversion): void {
  const result = parseConfig(text);
  assert.deepEqual(result.kind === "errors" ? result.errors : [], [], text);
}

/** Words that lead to failures: ends of blocks, numbers that are too large, quotes, other alphabets. */
const nasty = [
  "{",
  "}",
  "[",
  "]",
  "(",
  ")",
  ";",
  "=",
  "!",
  '"',
  "'",
  "\\",
  "\u0000",
  "\u2028",
  "\ud800",
  "ümlaut",
  "-1",
  "0",
  "65536",
  "4294967296",
  "10.0.0.0/33",
  "2001:db8::/129",
  "::",
  "999.1.1.1",
  "all",
  "none",
  "local",
  "nothing",
  "external",
  "exit",
  "no",
  "permit",
  "deny",
  "192.0.2.1",
  "192.0.2.0/24",
  "fe80::1%eth0",
  "include",
  "define",
  "filter",
  "peer-group",
];

/** The text with some of its words left out, doubled, moved or replaced. */
function damaged(texts: readonly string[]): fc.Arbitrary<string> {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    what: fc.constantFrom("drop", "double", "replace", "insert", "swap"),
    word: fc.oneof(fc.constantFrom(...nasty), fc.string({ maxLength: 8 })),
    other: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  return fc.tuple(fc.constantFrom(...texts), fc.array(damage, { maxLength: 8 })).map(([text, damages]) => {
    const words = text.split(/(\s+|(?=[;{}[\]()])|(?<=[;{}[\]()]))/);
    for (const { at, what, word, other } of damages) {
      const index = Math.floor(at * (words.length - 1));
      const second = Math.floor(other * (words.length - 1));
      if (what === "drop") words.splice(index, 1);
      else if (what === "double") words.splice(index, 0, words[second] ?? "");
      else if (what === "insert") words.splice(index, 0, ` ${word} `);
      else if (what === "replace") words[index] = word;
      else [words[index], words[second]] = [words[second] ?? "", words[index] ?? ""];
    }
    return words.join("");
  });
}

for (const [program, convert] of [["bird", bird], ["frr", frr], ["exabgp", exabgp]] as const) {
  Deno.test(`a damaged configuration of ${program} gives a configuration that bgpd accepts`, () => {
    fc.assert(fc.property(damaged(inputs(program)), (text) => check(convert(text))), { numRuns: 200 });
  });

  Deno.test(`any text in place of a configuration of ${program} gives one that bgpd accepts`, () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => check(convert(text))), {
      numRuns: 100,
    });
    const word = fc.constantFrom(
      ...nasty,
      "protocol",
      "bgp",
      "template",
      "route-map",
      "neighbor",
      "router",
      "if",
      "then",
      "\n",
    );
    fc.assert(fc.property(fc.array(word, { maxLength: 40 }), (words) => check(convert(words.join(" ")))), {
      numRuns: 200,
    });
  });
}

const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("192.0.2.1", "fe80::1"));
const options = fc.subarray([
  'description some words, "quoted"',
  "passive",
  "shutdown",
  "ttl-security hops 2",
  "timers 3 9",
  "timers 1 2",
  "local-as 65003",
  "local-as 65003 no-prepend replace-as",
  "password secret",
  "route-reflector-client",
  "route-server-client",
  "as-override",
  "remove-private-AS all",
  "allowas-in 300",
  "maximum-prefix 0",
  "maximum-prefix 10 80 restart 5",
  "next-hop-self force",
  "local-role customer",
  "local-role bogus",
  "update-source 192.0.2.9",
  "update-source 2001:db8::9",
  "addpath-tx-all-paths",
  "capability extended-nexthop",
  "default-originate",
  "port 70000",
  "interface eth0",
  "graceful-restart",
  "advertisement-interval 900",
  "enforce-first-as",
  "send-community",
  "prefix-list NONE in",
]);

Deno.test("neighbours of FRR at random: any address with any options, several times, in groups", () => {
  const neighbour = fc.record({
    address,
    asn: fc.constantFrom("65000", "65001", "internal", "external", "0", "23456", "4294967296"),
    options,
    isGrouped: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(neighbour, { maxLength: 6 }), (neighbours) => {
      const lines = neighbours.flatMap(({ address, asn, options, isGrouped }) => [
        ...isGrouped ? [` neighbor ${address} peer-group G`] : [],
        ` neighbor ${address} remote-as ${asn}`,
        ...options.map((option) => ` neighbor ${address} ${option}`),
      ]);
      check(frr(`router bgp 65000\n bgp router-id 192.0.2.1\n neighbor G peer-group\n${lines.join("\n")}\nexit\n`));
    }),
    { numRuns: 200 },
  );
});

Deno.test("a configuration with 5,000 prefixes and a deep nest of conditions does not take long", () => {
  const list = Array.from({ length: 5_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`).join(", ");
  const nest = "if bgp_path.len > 3 then { ".repeat(300) + "accept; " + "}".repeat(300);
  check(bird(`define ALL = [ ${list} ];\nfilter f { ${nest} if net ~ ALL then accept; reject; }
protocol bgp p { local as 1; neighbor 192.0.2.1 as 2; ipv4 { import filter f; export where ${
    "(".repeat(500)
  }; }; }\n`));
  const calls = Array.from({ length: 14 }, (_, i) => `function f${i}() { f${i + 1}(); f${i + 1}(); f${i + 1}(); }`);
  check(bird(`${calls.join("\n")} function f14() { bgp_med = 1; }
protocol bgp p { local as 1; neighbor 192.0.2.1 as 2; ipv4 { import filter { f0(); accept; }; export none; }; }\n`));
});

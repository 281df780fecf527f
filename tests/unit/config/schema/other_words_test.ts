/** Words of other programs in a configuration: each is answered with a key that exists. */
import assert from "node:assert/strict";
import { keyReference, parseConfig } from "../../../../src/config/mod.ts";
import { otherLine, otherWords } from "../../../../src/config/schema/other_words.ts";
import { configHead } from "../../../support/config_text.ts";

const sections = new Map<string, string>([
  ["the top level", "top level"],
  ["[[static_routes]]", "[[peers.static_routes]]"],
]);

for (const row of otherWords) {
  Deno.test(`${row.words.split(" ")[0]}: what bgpd answers exists`, () => {
    const { key, table, hint, command } = row;
    if (key === undefined) assert.match(hint ?? "", /^\S.*[^.]$/, "a sentence says what to do instead");
    else {
      const section = sections.get(table!) ?? table;
      assert.ok(keyReference().some((each) => each.section === section && each.key === key), `${key} of ${table}`);
    }
    if (command !== undefined) assert.ok(hint?.includes(command), "the hint names the command");
    for (const word of row.words.split(" ")) assert.match(word, /^[a-z][a-z0-9_]*$/);
  });
}

/** The message about one line inside a table. */
function answerTo(line: string, table = "[[peers]]"): string {
  const text = table === ""
    ? `${configHead()}${line}\n`
    : `${configHead()}${table}\nremote_ip = "192.0.2.1"\n${line}\n`;
  const result = parseConfig(text);
  assert.equal(result.kind, "errors", line);
  if (result.kind !== "errors") return "";
  const wanted = text.split("\n").indexOf(line) + 1;
  const error = result.errors.find((each) => each.line === wanted);
  return error === undefined ? "" : [error.message, error.suggestion].filter((each) => each !== undefined).join(" → ");
}

Deno.test("each word of the table is answered with its key, wherever it stands", () => {
  const own = new Set(keyReference().flatMap(({ key, aliases }) => [key, ...aliases]));
  for (const { words, key, hint } of otherWords) {
    for (const word of words.split(" ")) {
      // A key of ours elsewhere is answered as such.
      if (own.has(word)) continue;
      for (const table of ["", "[[peers]]"]) {
        const answer = answerTo(`${word.replaceAll("_", "-")} = "x"`, table);
        assert.match(answer, /^unknown key "/, word);
        assert.ok(answer.includes(key ?? hint!), `${word}: ${answer}`);
      }
    }
  }
});

Deno.test("no word stands in two rows of one table, and none is a key of that table", () => {
  const seen = new Set<string>();
  for (const { words, table = "" } of otherWords) {
    for (const word of words.split(" ")) {
      assert.ok(!seen.has(`${table} ${word}`), `${word} of ${table}`);
      seen.add(`${table} ${word}`);
    }
  }
});

Deno.test("the answers in full", () => {
  const answers: readonly [string, string, string?][] = [
    [
      'password = "x"',
      'unknown key "password" in [[peers]]: use password_file: the path of a file with the TCP-MD5 key',
    ],
    ["holdtime = 90", 'unknown key "holdtime" in [[peers]] → hold_timer'],
    ["route-reflector-client = true", 'unknown key "route-reflector-client" in [[peers]] → route_reflector_client'],
    ["next-hop-self = true", 'unknown key "next-hop-self" in [[peers]]: use next_hop = "self"'],
    [
      "ebgp-multihop = 2",
      'unknown key "ebgp-multihop" in [[peers]]: no key is needed: a peer may be any number of hops away; ' +
      "ttl_security = HOPS limits them",
    ],
    ['router-id = "1.1.1.1"', 'unknown key "router-id" in the top level → router_id', ""],
    ["local-as = 65000", 'unknown key "local-as" in the top level → default_as', ""],
    [
      'network = "10.0.0.0/8"',
      'unknown key "network" in the top level: use prefix of [[static_routes]]; or announce at run time: ' +
      "bgpd announce PREFIX",
      "",
    ],
  ];
  for (const [line, answer, table] of answers) assert.equal(answerTo(line, table), answer);
});

Deno.test("lines of other programs are recognised, and lines of ours are not", () => {
  const lines: readonly [string, RegExp][] = [
    [" neighbor 192.0.2.1 remote-as 65001", /use remote_as = … of \[\[peers\]\]; .*bgpd convert frr FILE$/],
    ["router bgp 65000", /use default_as of the top level; .*bgpd convert frr FILE$/],
    ["frr version 8.4.4", /bgpd convert frr FILE$/],
    ["hostname r1", /bgpd convert frr FILE$/],
    ["!", /bgpd convert frr FILE$/],
    ["protocol bgp upstream {", /bgpd convert bird FILE$/],
    ["  hold time 90;", /use hold_timer = …/],
    ["local 192.0.2.2 as 65000;", /use default_as/],
    [" neighbor 192.0.2.1 route-map IN in", /use import|route_map|bgpd convert frr/],
    ["neighbor 10.0.0.1 {", /use remote_ip/],
    ["router id 192.0.2.1;", /use router_id/],
    ["listen on 127.0.0.1", /use bgp_socket/],
  ];
  for (const [line, answer] of lines) {
    assert.match(otherLine(line) ?? "", answer, line);
    assert.match(answerTo(line, "") || answerTo(line), answer, line);
  }
  for (const line of ["hold_timer = ", "[[peers", "]", '"x"', "", "peers", "remote_ip 192.0.2.1 x", "x y z"]) {
    assert.equal(otherLine(line), undefined, line);
  }
});

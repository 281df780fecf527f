/** Routes on the command line. */
import assert from "node:assert/strict";
import { announcementOf, withdrawalOf } from "../../../../../src/control/cli/announce/announce_arguments.ts";
import { Input, UsageError } from "../../../../../src/control/cli/command.ts";

function announcement(line: string, options: [string, string][] = []) {
  const given = announcementOf(new Input(line.split(" ").filter((word) => word !== ""), options));
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

Deno.test("words, as ExaBGP has them, with and without brackets", () => {
  const wanted = {
    prefix: "203.0.113.0/24",
    nextHop: "192.0.2.1",
    asPath: "65000 500",
    origin: "egp",
    med: 5,
    localPref: 200,
    communities: "65000:1 no-export",
    largeCommunities: "65000:1:2",
    extCommunities: "rt:65000:100",
    peer: "192.0.2.9",
  };
  const tail = "large-community 65000:1:2 extended-community rt:65000:100 peer 192.0.2.9";
  assert.deepEqual(
    announcement(
      "203.0.113.0/24 next-hop 192.0.2.1 origin EGP as-path 65000 500 med 5 local-pref 200" +
        ` community 65000:1 no-export ${tail}`,
    ),
    wanted,
  );
  assert.deepEqual(
    announcement(
      "route 203.0.113.0/24 next-hop 192.0.2.1 as-path [ 65000 500 ] metric 5 local-preference 200" +
        ` community [65000:1 no-export] ${tail} origin egp`,
    ),
    wanted,
  );
});

Deno.test("options and words give the same announcement; the next hop may follow the prefix", () => {
  assert.deepEqual(announcement("2001:db8::/32", [["next-hop", "2001:db8::1"], ["med", "7"], ["as-path", "{1,2}"]]), {
    prefix: "2001:db8::/32",
    nextHop: "2001:db8::1",
    med: 7,
    asPath: "{1,2}",
  });
  assert.deepEqual(announcement("route 10.0.0.0/8 192.0.2.1 med 1"), {
    prefix: "10.0.0.0/8",
    nextHop: "192.0.2.1",
    med: 1,
  });
  assert.deepEqual(announcement("10.0.0.0/8"), { prefix: "10.0.0.0/8", nextHop: "self" });
});

Deno.test("an invalid announcement is wrong usage, with one sentence", () => {
  const cases: [string, RegExp][] = [
    ["", /^announce needs a prefix/],
    ["route", /^announce needs a prefix/],
    ["10.0.0.0/8 nexthopp 192.0.2.1", /^unknown attribute "nexthopp"/],
    ["10.0.0.0/8 next-hop", /^next-hop needs a value/],
    ["10.0.0.0/8 as-path med 5", /^as-path needs a value/],
    ["10.0.0.0/8 med 1 metric 2", /^med is given twice/],
    ["10.0.0.0/8 med -1", /^med takes a whole number/],
    ["10.0.0.0/8 med 4294967296", /^med takes a whole number/],
  ];
  for (const [line, sentence] of cases) {
    assert.throws(() => announcement(line), (error: Error) => {
      assert.ok(error instanceof UsageError, line);
      assert.match(error.message, sentence);
      return true;
    });
  }
  assert.throws(() => announcement("10.0.0.0/8 med 1", [["med", "2"]]), /med is given twice/);
});

Deno.test("a withdrawal needs the prefix, and the peer of a route for one peer; attributes are ignored", () => {
  const withdrawal = (line: string) => withdrawalOf(new Input(line.split(" "), []));
  assert.deepEqual(withdrawal("10.0.0.0/8"), { prefix: "10.0.0.0/8", peer: null });
  assert.deepEqual(withdrawal("route 10.0.0.0/8 next-hop 192.0.2.1 peer first"), {
    prefix: "10.0.0.0/8",
    peer: "first",
  });
});

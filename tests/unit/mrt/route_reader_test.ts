import { families, familyOf, IPV6_UNICAST } from "../../../src/types/mod.ts";
import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  LineWriter,
  type MrtEntry,
  type MrtMessage,
  RouteReader,
  stateLine,
  updateOfEntry,
} from "../../../src/mrt/mod.ts";
import { attributes, none, octets, update } from "./bytes.ts";

const peer = { number: 0, address: "192.0.2.9", asn: 65000, routerId: 0 };

function message(bytes: Uint8Array, more: Partial<MrtMessage> = {}): MrtMessage {
  const time = 1_642_610_700_669.281;
  const ends = { localAsn: 64512, localAddress: "192.0.2.1" };
  return {
    kind: "message",
    time,
    format: "BGP4MP",
    peer,
    ...ends,
    bytes,
    fourOctetAs: true,
    addPath: 0,
    sent: false,
    ...more,
  };
}

function entry(attributes: Uint8Array, more: Partial<MrtEntry> = {}): MrtEntry {
  return {
    kind: "entry",
    format: "TABLE_DUMP2",
    time: 1_000_000_000_000,
    peer,
    family: 1,
    octets: octets("c0000200"),
    length: 24,
    pathId: -1,
    originatedAt: 0,
    attributes,
    fourOctetAs: true,
    ...more,
  };
}

/** The lines of an item, and what is wrong with it. */
function lines(item: MrtEntry | MrtMessage, repairs = false): { lines: string[]; faults: string[] } {
  const found: string[] = [];
  const faults: string[] = [];
  const writer = new LineWriter((line) => found.push(line), (fault) => faults.push(`${fault.action} ${fault.code}`));
  const reader = new RouteReader({ internal: true, repairs });
  // Twice: the second time its set is known.
  for (let i = 0; i < 2; i++) {
    found.length = faults.length = 0;
    writer.begin(item);
    if (item.kind === "entry") reader.entry(item, writer);
    else reader.message(item, writer);
  }
  return { lines: found, faults };
}

const route = "65000 65001|IGP|192.0.2.1|0|0||NAG||";

Deno.test("a message's lines: withdrawals, then announcements, each with the peer", () => {
  const bytes = update(octets("10 cb00"), attributes(4), octets("18 c00002 20 c0000301"));
  assert.deepEqual(lines(message(bytes)).lines, [
    "BGP4MP|1642610700|W|192.0.2.9|65000|203.0.0.0/16",
    `BGP4MP|1642610700|A|192.0.2.9|65000|192.0.2.0/24|${route}`,
    `BGP4MP|1642610700|A|192.0.2.9|65000|192.0.3.1/32|${route}`,
  ]);
  assert.deepEqual(lines(message(bytes, { format: "BGP4MP_ET" })).lines[0]!.split("|").slice(0, 3), [
    "BGP4MP_ET",
    "1642610700.669281",
    "W",
  ]);
});

Deno.test("everything an attribute line can have", () => {
  const all = octets(
    "400101 02",
    "4002 1a 0202 0000fde8 0000fde9 0102 00000001 00000002 0301 00000007",
    "400304 c0000201",
    "800404 0000000a",
    "400504 00000064",
    "400600",
    "c00708 0000fde8 c0000205",
    "c00810 fde80064 ffffff01 ffffff02 ffffff03",
  );
  assert.deepEqual(lines(message(update(none, all, octets("18 c00002")))).lines, [
    "BGP4MP|1642610700|A|192.0.2.9|65000|192.0.2.0/24|65000 65001 {1,2} (7)|INCOMPLETE|192.0.2.1|100|10|" +
    "65000:100 no-export no-advertise local-AS|AG|65000 192.0.2.5|",
  ]);
});

Deno.test("host bits of a prefix are not shown", () => {
  const { lines: found } = lines(message(update(none, attributes(4), octets("14 c0000f"))));
  assert.match(found[0]!, /\|192\.0\.0\.0\/20\|/);
});

Deno.test("2-octet messages: AS4_PATH is merged (RFC 6793 §4.2.3)", () => {
  const old = octets("400101 00 400206 0202 fde8 5ba0 400304 c0000201 c0110a 0202 0000fde8 00011170");
  const { lines: found } = lines(message(update(none, old, octets("18 c00002")), { fourOctetAs: false }));
  assert.match(found[0]!, /\|65000 70000\|IGP\|/);
});

Deno.test("RFC 8050 §3: with path identifiers the format ends in _AP and the identifier follows the prefix", () => {
  const bytes = update(octets("00000007 10 cb00"), attributes(4), octets("ffffffff 18 c00002"));
  assert.deepEqual(lines(message(bytes, { addPath: ~0 })).lines, [
    "BGP4MP_AP|1642610700|W|192.0.2.9|65000|203.0.0.0/16|7",
    `BGP4MP_AP|1642610700|A|192.0.2.9|65000|192.0.2.0/24|4294967295|${route}`,
  ]);
});

Deno.test("path identifiers that the record denies are found", () => {
  for (const nlri of ["00000002 18 ac1100", "000002d0 17 4011f6", "00000001 18 ac1100 00000001 18 ac1101"]) {
    const found = lines(message(update(none, attributes(4), octets(nlri)))).lines;
    assert.ok(found.every((line) => line.startsWith("BGP4MP_AP|")), found.join("\n"));
  }
});

Deno.test("prefixes without path identifiers are not taken for some, the default route among them", () => {
  for (const nlri of ["00", "18 c00002 00", "00 18 c00002", "00 08 0a 10 0a00", "20 00000000 18 c00002"]) {
    const found = lines(message(update(none, attributes(4), octets(nlri)))).lines;
    assert.ok(found.length > 0 && found.every((line) => line.startsWith("BGP4MP|")), `${nlri}: ${found.join("\n")}`);
  }
});

Deno.test("a table's entry: IPv4, and IPv6 with the shortened MP_REACH_NLRI (RFC 6396 §4.3.4)", () => {
  assert.deepEqual(lines(entry(attributes(4))).lines, [
    `TABLE_DUMP2|1000000000|B|192.0.2.9|65000|192.0.2.0/24|${route}`,
  ]);
  const nextHop = "20010db8000000000000000000000001";
  const path = "400101 00 400206 0201 0000fde8";
  const v6 = { family: IPV6_UNICAST, octets: octets("20010db8", new Uint8Array(12)), length: 32 };
  const expected = "TABLE_DUMP2|1000000000|B|192.0.2.9|65000|2001:db8::/32|65000|IGP|2001:db8::1|0|0||NAG||";
  const shortened = entry(octets(path, "800e11 10", nextHop), v6);
  const whole = entry(octets(path, "800e1a 0002 01 10", nextHop, "00 20 20010db8"), v6);
  const withLinkLocal = entry(octets(path, "800e21 20", nextHop, "fe80000000000000 0000000000000001"), v6);
  for (const each of [shortened, whole, withLinkLocal]) assert.deepEqual(lines(each).lines, [expected]);
});

Deno.test("RFC 8950: an IPv4 entry with an IPv6 next hop", () => {
  const next = "800e11 10 20010db8000000000000000000000001";
  const { lines: found } = lines(entry(octets("400101 00 400206 0201 0000fde8", next)));
  assert.deepEqual(found, ["TABLE_DUMP2|1000000000|B|192.0.2.9|65000|192.0.2.0/24|65000|IGP|2001:db8::1|0|0||NAG||"]);
});

Deno.test("a malformed route is withdrawn; shown to people it lacks what is malformed", () => {
  const noNextHop = octets("400101 00 400206 0201 0000fde8");
  const badOrigin = octets("400101 09 400206 0201 0000fde8 400304 c0000201");
  const badMed = octets(attributes(4), "800403 000001");
  const v6None = { family: IPV6_UNICAST, octets: octets("20010db8", new Uint8Array(12)), length: 32 };
  const cases: [MrtEntry, string, string][] = [
    [entry(noNextHop), "treatAsWithdraw 3", "65000|IGP||0|0||NAG||"],
    [entry(badOrigin), "treatAsWithdraw 1", "65000||192.0.2.1|0|0||NAG||"],
    [entry(badMed), "treatAsWithdraw 4", route],
    [entry(noNextHop, v6None), "treatAsWithdraw 3", "65000|IGP||0|0||NAG||"],
  ];
  for (const [item, fault, text] of cases) {
    assert.deepEqual(lines(item), {
      lines: [`TABLE_DUMP2|1000000000|W|192.0.2.9|65000|${item.family === 1 ? "192.0.2.0/24" : "2001:db8::/32"}`],
      faults: [fault],
    });
    const repaired = lines(item, true);
    assert.deepEqual(repaired.faults, [fault]);
    assert.deepEqual(repaired.lines.map((line) => line.split("|").slice(6).join("|")), [text]);
    assert.equal(repaired.lines[0]!.split("|")[2], "B");
  }
});

Deno.test("a structure that no prefix can be found in gives no line, but a fault", () => {
  const bytes = update(none, attributes(4), octets("ff c00002"));
  assert.deepEqual(lines(message(bytes), true), { lines: [], faults: ["sessionReset 0"] });
});

Deno.test("a state change", () => {
  const line = stateLine({ kind: "state", format: "BGP4MP", time: 5_000, peer, from: 6, to: 1 });
  assert.equal(line, "BGP4MP|5|STATE|192.0.2.9|65000|6|1");
});

Deno.test("any attributes: an entry becomes a whole UPDATE, and reading it never throws", () => {
  const family = fc.constantFrom(...families.map(({ id }) => id));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), family, fc.boolean(), (rest, family, four) => {
      const size = familyOf(family).addressBytes;
      for (const attributes of [rest, octets("400101 00", rest), octets("800e", rest)]) {
        const item = entry(attributes, { family, octets: new Uint8Array(size), length: 8, fourOctetAs: four });
        const bytes = updateOfEntry(item);
        assert.equal((bytes[16]! << 8) | bytes[17]!, bytes.length);
        lines(item, true);
      }
    }),
    { numRuns: 1000 },
  );
});

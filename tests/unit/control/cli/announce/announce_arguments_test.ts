/** Routes on the command line. */
import assert from "node:assert/strict";
import { announcementOf, withdrawalOf } from "../../../../../src/control/cli/announce/announce_arguments.ts";
import { Input, UsageError } from "../../../../../src/control/cli/command.ts";

const noon = Date.UTC(2026, 0, 1, 12);

function announcement(line: string, options: [string, string | string[]][] = []) {
  const given = announcementOf(new Input(line.split(" ").filter((word) => word !== ""), options), noon);
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

Deno.test("a route may begin with its family, in one word or more, or with the type of its EVPN route", () => {
  const ofVpn = { prefix: "10.1.0.0/24", rd: "65000:1", nextHop: "self", labels: "100" };
  for (const family of ["vpnv4", "ipv4-vpn", "ipv4 mpls-vpn", "l3vpn ipv4 unicast"]) {
    assert.deepEqual(announcement(`${family} 10.1.0.0/24 rd 65000:1 label 100`), { ...ofVpn, family });
    assert.deepEqual(announcement(`${family} 65000:1 10.1.0.0/24 label 100`), { ...ofVpn, family });
  }
  assert.deepEqual(announcement("ipv4-multicast 10.0.0.0/8 192.0.2.1 med 1"), {
    prefix: "10.0.0.0/8",
    family: "ipv4-multicast",
    nextHop: "192.0.2.1",
    med: 1,
  });
  for (const family of ["ipv4-flowspec", "ipv4 flow", "ipv4 flowspec"]) {
    assert.deepEqual(announcement(`${family} destination 10.0.0.0/8 then discard`), {
      rule: "destination 10.0.0.0/8",
      actions: "discard",
      family,
      nextHop: "self",
    });
  }
  const nlri = "mac-ip rd 65000:1 mac 00:00:5e:00:53:01";
  const ofEvpn = { nlri, nextHop: "192.0.2.1", labels: "100" };
  assert.deepEqual(announcement(`${nlri} label 100 next-hop 192.0.2.1`), { ...ofEvpn, family: "evpn" });
  assert.deepEqual(announcement(`l2vpn evpn ${nlri} label 100 next-hop 192.0.2.1`), {
    ...ofEvpn,
    family: "l2vpn evpn",
  });
  assert.throws(() => announcement("vpnv4"), /^Error: vpnv4 needs a destination; see bgpd announce --help$/);
});

Deno.test("a route of a VPN may begin as bgpd prints it, and rt is a route target", () => {
  const ofVpn = { prefix: "10.0.0.0/8", rd: "65000:1", nextHop: "self", labels: "100" };
  assert.deepEqual(announcement("65000:1 10.0.0.0/8 label 100"), ofVpn);
  assert.deepEqual(announcement("10.0.0.0/8 rd 65000:1 label 100 rt 65000:2 rt:65000:3"), {
    ...ofVpn,
    extCommunities: "rt:65000:2 rt:65000:3",
  });
  assert.deepEqual(announcement("evpn macadv 00:00:5e:00:53:01 192.0.2.1 etag 0 label 100 rd 65000:1 rt 65000:2"), {
    family: "evpn",
    nlri: "macadv 00:00:5e:00:53:01 192.0.2.1 etag 0 rd 65000:1",
    nextHop: "self",
    labels: "100",
    extCommunities: "rt:65000:2",
  });
  assert.throws(() => announcement("65000:1 10.0.0.0/8 rd 65000:1"), /rd is given twice/);
  assert.throws(() => announcement("65000 10.0.0.0/8"), /unknown attribute "10.0.0.0\/8"/);
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
  const withdrawal = (line: string) =>
    Object.fromEntries(
      Object.entries(withdrawalOf(new Input(line.split(" "), []))).filter(([, value]) => value !== null),
    );
  assert.deepEqual(withdrawal("10.0.0.0/8"), { prefix: "10.0.0.0/8" });
  assert.deepEqual(withdrawal("route 10.0.0.0/8 next-hop 192.0.2.1 peer first"), {
    prefix: "10.0.0.0/8",
    peer: "first",
  });
  assert.deepEqual(withdrawal("10.0.0.0/8 rd 65000:1"), { prefix: "10.0.0.0/8", rd: "65000:1" });
  assert.deepEqual(withdrawal("flow destination 10.0.0.0/8 then discard"), { rule: "destination 10.0.0.0/8" });
});

Deno.test("a FlowSpec rule in the words of ExaBGP, GoBGP and the original bgpd", () => {
  const wanted = {
    rule: "destination 192.0.2.0/24 protocol =udp destination-port >8000&<=8080",
    actions: "rate-limit 9600",
    nextHop: "self",
  };
  const rule = wanted.rule;
  for (
    const line of [
      `flow ${rule} then rate-limit 9600`,
      `flow ${rule} rate-limit 9600`,
      `flow match ${rule} then rate-limit 9600`,
      "flow route { match { destination 192.0.2.0/24; protocol =udp; destination-port >8000&<=8080; } then" +
      " { rate-limit 9600; } }",
    ]
  ) assert.deepEqual(announcement(line), wanted, line);
  const matches = ["destination 192.0.2.0/24", "protocol =udp", "destination-port >8000&<=8080"];
  assert.deepEqual(announcement("flow ipv4 rate-limit 9600", [["matches", matches]]), {
    ...wanted,
    family: "ipv4 flowspec",
  });
  assert.deepEqual(
    announcement("flow rd 65000:1 destination 192.0.2.0/24 then discard mark 10 community 65000:1 no-export for 10m"),
    {
      rule: "destination 192.0.2.0/24",
      actions: "discard mark 10",
      rd: "65000:1",
      communities: "65000:1 no-export",
      nextHop: "self",
      expiresAt: "2026-01-01T12:10:00.000Z",
    },
  );
  assert.throws(() => announcement("flow then discard"), /^Error: flow needs a rule/);
});

Deno.test("VPN, labelled and EVPN routes, comments and times", () => {
  assert.deepEqual(announcement("10.0.0.0/8 rd 65000:1 label 100 ext-community rt:65000:1 comment customer 7"), {
    prefix: "10.0.0.0/8",
    rd: "65000:1",
    labels: "100",
    extCommunities: "rt:65000:1",
    comment: "customer 7",
    nextHop: "self",
  });
  assert.deepEqual(announcement("evpn ip-prefix rd 65000:1 tag 0 prefix 10.0.0.0/8 label 100 next-hop 192.0.2.1"), {
    family: "evpn",
    nlri: "ip-prefix rd 65000:1 tag 0 prefix 10.0.0.0/8",
    labels: "100",
    nextHop: "192.0.2.1",
  });
  const tunnel = "multicast rd 65000:1 originator 192.0.2.1 pmsi ingress-replication label 100 endpoint 192.0.2.1";
  assert.deepEqual(announcement(`evpn ${tunnel} ext-communities rt:65000:1`), {
    family: "evpn",
    nlri: tunnel,
    nextHop: "self",
    extCommunities: "rt:65000:1",
  });
  const until = (line: string) => announcement(line)["expiresAt"];
  assert.equal(until("10.0.0.0/8 for 1h30m"), "2026-01-01T13:30:00.000Z");
  assert.equal(until("10.0.0.0/8 until 2026-02-01T00:00:00Z"), "2026-02-01T00:00:00Z");
  for (const time of ["10", "0s", "m", "10x", "-5m", "1m 2"]) {
    assert.throws(() => until(`10.0.0.0/8 for ${time}`), UsageError, time);
  }
  assert.throws(() => until("10.0.0.0/8 for 1m until 2026-02-01"), /for and until say the same/);
});

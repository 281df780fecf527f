/** `/routes` of the API: the query of each request, and the errors. */
import assert from "node:assert/strict";
import { nlriCodec } from "../../../../src/message/mod.ts";
import { createApp } from "../../../../src/control/http/app.ts";
import {
  families,
  type FamilyId,
  IPV4_UNICAST,
  IPV6_UNICAST,
  parseAddress,
  parsePrefix,
} from "../../../../src/types/mod.ts";
import { FakeTarget } from "../fake_target.ts";

function setUp() {
  const target = new FakeTarget();
  const onError = (error: unknown) => assert.fail(String(error));
  // Reading needs no token, not even over TCP.
  const access = { kind: "token", token: () => undefined } as const;
  const app = createApp({ target, version: "1", access, onError });
  const ask = async (query: string) => {
    const response = await app(new Request(`http://bgpd/api/v1/routes${query}`));
    return { status: response.status, json: JSON.parse(await response.text()) };
  };
  return { target, ask };
}

Deno.test("address, prefix and longer become queries; a route has the keys of show routes --json", async () => {
  const { target, ask } = setUp();
  const prefix = parsePrefix("10.0.0.0/8")!;
  const within = { kind: "within", family: IPV4_UNICAST, prefix };
  for (
    const [query, question] of [
      ["?address=10.1.2.3", { kind: "longest", family: IPV4_UNICAST, address: parseAddress("10.1.2.3") }],
      ["?address=2001%3Adb8%3A%3A1", { kind: "longest", family: IPV6_UNICAST, address: parseAddress("2001:db8::1") }],
      ["?address=10.1.2.3&family=ipv4+multicast", { kind: "longest", family: 3, address: parseAddress("10.1.2.3") }],
      ["?prefix=10.0.0.0%2F8", { kind: "exact", family: IPV4_UNICAST, prefix }],
      ["?prefix=10.0.0.0/8&longer=false", { kind: "exact", family: IPV4_UNICAST, prefix }],
      ["?prefix=10.0.0.0/8&longer=true", { ...within, limit: 1000 }],
      ["?prefix=10.0.0.0/8&longer=true&limit=7", { ...within, limit: 7 }],
    ] as const
  ) {
    const { status, json } = await ask(query);
    assert.equal(status, 200, query);
    assert.deepEqual(target.asked.at(-1), ["routes", question]);
    assert.deepEqual(json, [{
      peer: "192.0.2.1",
      peer_as: 65001,
      prefix: "203.0.113.0/24",
      path_id: null,
      next_hop: "192.0.2.2",
      as_path: "65000",
      origin_as: 65000,
      origin: "igp",
      med: null,
      local_pref: null,
      communities: ["65000:1"],
      large_communities: [],
      ext_communities: [],
      best: true,
      stale: false,
      received_at: "2026-01-01T12:00:00.000Z",
      best_reason: "only route",
      ineligible: null,
      multipath: false,
      family: "ipv4 unicast",
    }]);
  }
});

Deno.test("a destination of another family, and an address or a prefix in one VPN, become keys", async () => {
  const { target, ask } = setUp();
  const vpn = 7, flowspec = 9;
  const keysOf = (family: FamilyId, ...texts: string[]) => texts.map((text) => nlriCodec(family)!.parse(text));
  for (
    const [query, family, ...texts] of [
      ["?family=ipv4+vpn&destination=65000:1+10.0.0.0/8", vpn, "65000:1 10.0.0.0/8"],
      ["?family=vpnv4&rd=65000:1&prefix=10.0.0.0/8", vpn, "65000:1 10.0.0.0/8"],
      ["?family=ipv4+flowspec&destination=source+10.0.0.1/32", flowspec, "source 10.0.0.1/32"],
    ] as const
  ) {
    assert.equal((await ask(query)).status, 200, query);
    assert.deepEqual(target.asked.at(-1), ["routes", { kind: "keys", family, keys: keysOf(family, ...texts) }]);
  }
  assert.equal((await ask("?family=ipv4+vpn&rd=65000:1&address=10.1.2.3")).status, 200);
  const [, { keys }] = target.asked.at(-1) as [string, { keys: Uint8Array[] }];
  assert.deepEqual([keys.length, keys[0], keys.at(-1)], [
    33,
    ...keysOf(vpn, "65000:1 10.1.2.3/32", "65000:1 0.0.0.0/0"),
  ]);
  for (
    const [query, error] of [
      ["?address=10.1.2.3&rd=65000:1", "rd needs another family"],
      ["?family=ipv4+unicast&destination=10.0.0.0/8", "destination needs another family"],
      ["?family=ipv4+vpn", "give one of destination, address and prefix"],
      [
        "?family=ipv4+vpn&rd=65000:1&prefix=10.0.0.0/8&longer=true",
        "longer is for unicast and multicast, not for ipv4 vpn",
      ],
      ["?family=ipv4+vpn&rd=x&prefix=10.0.0.0/8", '"x" is no RD (65000:1, 192.0.2.1:1 or 4200000000:1)'],
      ["?family=ipv4+vpn&rd=65000:1&address=10.0.0.0/8", '"10.0.0.0/8" is not an address'],
    ] as const
  ) assert.deepEqual(await ask(query), { status: 400, json: { error } }, query);
});

Deno.test("malformed queries are 400 with a sentence, and the daemon is not asked", async () => {
  const { target, ask } = setUp();
  const names = families.map(({ name }) => name).join(", ");
  for (
    const [query, error] of [
      ["", "address or prefix is missing"],
      ["?adress=10.0.0.1", "address or prefix is missing"],
      ["?address=10.0.0.1&prefix=10.0.0.0/8", "give address or prefix, not both"],
      ["?address=", '"" is not an address'],
      ["?address=10.0.0.256", '"10.0.0.256" is not an address'],
      ["?address=fe80::1%25eth0", '"fe80::1%eth0" is not an address'],
      ["?address=10.0.0.0/8", '"10.0.0.0/8" is not an address; did you mean prefix?'],
      ["?address=10.0.0.1&longer=true", "longer needs prefix"],
      ["?address=10.0.0.1&limit=5", "limit needs longer=true"],
      ["?address=10.0.0.1&family=ipv6%20unicast", "10.0.0.1 does not belong to family ipv6 unicast"],
      ["?address=10.0.0.1&family=ipv4", `unknown family "ipv4"; families are ${names}`],
      ["?address=10.0.0.1&family=ipv4-unicats", 'unknown family "ipv4-unicats"; did you mean ipv4 unicast?'],
      ["?prefix=10.0.0.1", '"10.0.0.1" is not a prefix; did you mean address?'],
      ["?prefix=10.0.0.1/8", '"10.0.0.1/8" has host bits set; did you mean 10.0.0.0/8?'],
      ["?prefix=10.0.0.0/33", '"10.0.0.0/33" is not a prefix'],
      ["?prefix=default", '"default" is not a prefix'],
      ["?prefix=10.0.0.0/8&longer=yes", 'longer must be true or false, not "yes"'],
      ["?prefix=10.0.0.0/8&limit=5", "limit needs longer=true"],
      ["?prefix=10.0.0.0/8&longer=true&limit=0", 'limit must be a number from 1 to 100000, not "0"'],
      ["?prefix=10.0.0.0/8&longer=true&limit=1e3", 'limit must be a number from 1 to 100000, not "1e3"'],
      ["?prefix=10.0.0.0/8&longer=true&limit=100001", 'limit must be a number from 1 to 100000, not "100001"'],
    ] as const
  ) assert.deepEqual(await ask(query), { status: 400, json: { error } }, query);
  assert.deepEqual(target.asked, []);
});

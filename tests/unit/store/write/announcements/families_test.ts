/** Rows of `announcements` in families whose NLRI are no plain prefixes. */
import assert from "node:assert/strict";
import { decodeNlriValue, formatDestination, formatFlowActions } from "../../../../../src/message/mod.ts";
import {
  type AnnouncementText,
  announcementValues,
  blankAnnouncement,
  readAnnouncement,
  textOfRoute,
} from "../../../../../src/store/mod.ts";
import { familyOf } from "../../../../../src/types/mod.ts";

function read(text: Partial<AnnouncementText>) {
  return readAnnouncement(announcementValues({ ...blankAnnouncement, ...text }));
}

function routeOf(text: Partial<AnnouncementText>) {
  const found = read(text);
  assert.equal(found.kind, "route", JSON.stringify(found));
  return (found as typeof found & { kind: "route" }).route;
}

const rows: { row: Partial<AnnouncementText>; family: string; destination: string }[] = [
  {
    row: { prefix: "10.0.0.0/8", labels: "100" },
    family: "ipv4 labeled",
    destination: "10.0.0.0/8",
  },
  {
    row: { prefix: "10.0.0.0/8", rd: "65000:1", labels: "100 200", extCommunities: "rt:65000:7" },
    family: "ipv4 vpn",
    destination: "65000:1 10.0.0.0/8",
  },
  {
    row: { prefix: "2001:db8::/32", rd: "192.0.2.1:1", labels: "1048575", nextHop: "2001:db8::1" },
    family: "ipv6 vpn",
    destination: "192.0.2.1:1 2001:db8::/32",
  },
  {
    row: { rule: "destination 192.0.2.0/24 protocol =udp", actions: "rate-limit:9600 mark:10" },
    family: "ipv4 flowspec",
    destination: "destination 192.0.2.0/24 protocol =udp",
  },
  {
    row: { rule: "destination 192.0.2.0/24", rd: "65000:1", actions: "accept", extCommunities: "rt:65000:7" },
    family: "ipv4 flowspec-vpn",
    destination: "rd 65000:1 destination 192.0.2.0/24",
  },
  {
    row: { rule: "destination 2001:db8::/32", actions: "discard" },
    family: "ipv6 flowspec",
    destination: "destination 2001:db8::/32",
  },
  {
    row: {
      family: "evpn",
      nlri: "mac-ip rd 65000:1 tag 0 mac 00:00:5e:00:53:01 ip 192.0.2.1 esi 00:11:22:33:44:55:66:77:88:99",
      labels: "7000000",
      extCommunities: "encap:vxlan",
    },
    family: "evpn",
    destination: "mac-ip rd 65000:1 tag 0 mac 00:00:5e:00:53:01 ip 192.0.2.1",
  },
  {
    row: {
      family: "evpn",
      nlri: "multicast rd 65000:1 tag 0 originator 192.0.2.1 pmsi ingress-replication vni 5000 endpoint 192.0.2.1",
      extCommunities: "rt:65000:7 encap:vxlan rt:[2001:db8::1]:7",
    },
    family: "evpn",
    destination: "multicast rd 65000:1 tag 0 originator 192.0.2.1",
  },
  {
    row: { family: "rtc", nlri: "65000 rt:65000:100" },
    family: "rtc",
    destination: "65000 rt:65000:100",
  },
];

for (const { row, family, destination } of rows) {
  Deno.test(`a row of ${family} is a route, and its text is the same row again`, () => {
    const route = routeOf(row);
    assert.deepEqual([familyOf(route.family).name, formatDestination(route.family, route)], [family, destination]);
    const text = textOfRoute(route, null);
    const given = Object.fromEntries(Object.entries(row).filter(([name]) => name !== "family"));
    const shown = Object.fromEntries(Object.keys(given).map((name) => [name, text[name as keyof AnnouncementText]]));
    assert.deepEqual(shown, given);
    assert.deepEqual(routeOf(text), { ...route, attributes: { ...route.attributes, origin: 0 } });
  });
}

Deno.test("labels are MPLS labels with the bottom of the stack, or VNIs where the encapsulation says so", () => {
  const labels = (row: Partial<AnnouncementText>) => decodeNlriValue(routeOf(row).attributes.nlriValue!).labels;
  assert.deepEqual(labels(rows[1]!.row), [100 << 4, (200 << 4) | 1]);
  assert.deepEqual(labels(rows[6]!.row), [7000000]);
});

Deno.test("RFC 7432 §11.2: an inclusive multicast route has the tunnel that its row names", () => {
  const { unknown, ipv6ExtCommunities } = routeOf(rows[7]!.row).attributes;
  assert.deepEqual(unknown.map(({ code, value }) => `${code} ${value.toHex()}`), ["22 0006001388c0000201"]);
  assert.equal(ipv6ExtCommunities.length, 1);
});

Deno.test("RFC 7432 §7.2, §8.4.1, RFC 9136 §3.2: EVPN routes that need a label are refused without one", () => {
  const esi = "00:11:22:33:44:55:66:77:88:99", vxlan = "encap:vxlan", rd = "rd 65000:1";
  const mac = `mac-ip ${rd} mac 00:00:5e:00:53:01`, prefix = `ip-prefix ${rd} prefix 10.0.0.0/8`;
  const segment = `auto-discovery ${rd} esi ${esi} tag`;
  const without: [nlri: string, needs: string | undefined, extCommunities?: string][] = [
    [mac, "mac-ip"],
    [`${mac} esi ${esi}`, "mac-ip", vxlan],
    [`${segment} 100`, "auto-discovery"],
    [`${segment} 4294967295`, undefined],
    [prefix, "ip-prefix", vxlan],
    [`${prefix} gateway 192.0.2.1`, undefined],
    [`${prefix} esi ${esi}`, undefined],
    [prefix, undefined, "router-mac:00:00:5e:00:53:01"],
    [`multicast ${rd} originator 192.0.2.1`, undefined],
    [`ethernet-segment ${rd} esi ${esi} originator 192.0.2.1`, undefined],
  ];
  for (const [nlri, needs, extCommunities = null] of without) {
    const row = { family: "evpn", nlri, extCommunities };
    const found = read(row);
    assert.equal(
      found.kind === "wrong" ? found.error.split(",", 1)[0] : undefined,
      needs &&
        `labels is missing: an EVPN route ${needs} needs one`,
      nlri,
    );
    for (const labels of ["100", "0"]) assert.equal(read({ ...row, labels }).kind, "route", nlri);
  }
});

Deno.test("actions of a rule become extended communities beside those of the row", () => {
  const { attributes } = routeOf({ ...rows[3]!.row, extCommunities: "rt:65000:7" });
  assert.equal(attributes.extCommunities.length, 3);
  assert.equal(formatFlowActions(attributes.extCommunities, []), "rate-limit:9600 mark:10");
  assert.equal(attributes.nextHop, undefined);
});

Deno.test("each mistake is one sentence that names the column", () => {
  const rule = "destination 192.0.2.0/24";
  const mistakes: [Partial<AnnouncementText>, RegExp][] = [
    [{ prefix: "10.0.0.0/8", rule, actions: "discard" }, /^a row has prefix or rule, not both$/],
    [{ rule }, /^actions is missing: what routers do with the packets, such as "discard"$/],
    [{ rule, actions: "drob" }, /^actions: "drob" is no action/],
    [{ rule, actions: "rate-limit:-1" }, /^actions: .*rate-limit needs octets per second/],
    [{ rule: "destination x", actions: "discard" }, /^rule: /],
    [{ rule: "destination-port >8000 <=8080", actions: "discard" }, /^rule: .*matches every value/],
    [{ rule, actions: "discard", family: "ipv4 unicast" }, /^rule: routes of ipv4 unicast have no rule$/],
    [{ rule, actions: "discard", rd: "x" }, /^rule: "x" is no RD/],
    [{ prefix: "10.0.0.0/8", actions: "discard" }, /^actions: routes of ipv4 unicast have none$/],
    [{ prefix: "10.0.0.0/8", rd: "65000:1" }, /^labels is missing: a route of ipv4 vpn needs one/],
    [{ prefix: "10.0.0.0/8", rd: "65000", labels: "1" }, /^rd: "65000" is no RD/],
    [
      { prefix: "10.0.0.0/8", rd: "65000:1", labels: "1048576" },
      /^labels: "1048576" is not valid; write for example "100", a number from 0 to 1048575$/,
    ],
    [{ prefix: "10.0.0.0/8", family: "ipv4 vpn", labels: "1" }, /^rd is missing/],
    [
      { prefix: "2001:db8::/32", rd: "1:1", labels: "1 2 3" },
      /^labels: the NLRI of a route of ipv6 vpn has room for 2/,
    ],
    [{ prefix: "10.0.0.0/8", labels: "1 2 3 4 5 6 7 8 9 10" }, /of ipv4 labeled has room for 9, not for 10$/],
    [
      { family: "evpn", nlri: "mac-ip rd 1:1 mac 00:00:5e:00:53:01", labels: "1 2 3" },
      /of evpn has room for 2, not for 3$/,
    ],
    [{ prefix: "10.0.0.0/8", family: "ipv4 unicast", labels: "1" }, /^labels: routes of ipv4 unicast have none$/],
    [{ prefix: "10.0.0.0/8", family: "ipv6 vpn", rd: "1:1", labels: "1" }, /is not a prefix of ipv6 vpn$/],
    [{ prefix: "10.0.0.0/8", family: "vnpv4" }, /^family: "vnpv4" is not a family; did you mean "ipv4 vpn"\?$/],
    [{ prefix: "10.0.0.0/8", family: "evpn" }, /^prefix: routes of evpn have nlri in place of a prefix$/],
    [{ nlri: "mac-ip rd 65000:1" }, /^family is missing: nlri does not tell it$/],
    [{ nlri: "mac-ip rd 65000:1 tag 0", family: "evpn" }, /^nlri: mac-ip needs "mac"/],
    [
      { nlri: "multicast rd 65000:1 originator 192.0.2.1 pmsi ingress label 1", family: "evpn" },
      /^nlri: pmsi "ingress label 1" is no tunnel such as/,
    ],
    [
      {
        nlri: "ip-prefix rd 65000:1 prefix 10.0.0.0/8 esi 00:11:22:33:44:55:66:77:88:99 gateway 192.0.2.1",
        family: "evpn",
      },
      /^nlri: a route has an esi or a gateway, not both/,
    ],
    [{ nlri: "10.0.0.0/8", family: "ipv4 unicast" }, /^nlri: routes of ipv4 unicast have a prefix$/],
    [{}, /^prefix is missing$/],
  ];
  for (const [row, sentence] of mistakes) {
    const found = read(row);
    assert.equal(found.kind, "wrong", JSON.stringify(row));
    assert.match((found as typeof found & { kind: "wrong" }).error, sentence);
  }
});

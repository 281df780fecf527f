import assert from "node:assert/strict";
import {
  allFamilies,
  asFamilyId,
  byFamily,
  families,
  familyByCode,
  familyByName,
  familyEntries,
  familyOf,
  ipv4Families,
  isFamilyId,
  isIpv4,
  isUnicast,
  maskIds,
} from "../../../src/types/mod.ts";

Deno.test("a family is found by id, by AFI and SAFI, and by name", () => {
  for (const row of families) {
    assert.equal(familyOf(row.id), row);
    assert.equal(familyByCode(row.afi, row.safi), row);
    assert.equal(familyByName(row.name), row);
    assert.equal(asFamilyId(String(row.id)), row.id);
  }
});

Deno.test("AFI and SAFI are compared whole, although RFC 8950 has a SAFI of two octets", () => {
  for (const { afi, safi } of families) {
    assert.equal(familyByCode(afi, safi + 0x100), undefined);
    assert.equal(familyByCode(afi + 0x100, safi), undefined);
    assert.equal(familyByCode(afi + 1, safi + 0x300), undefined);
  }
});

Deno.test("a family is found by its names in other daemons, whatever stands between the words", () => {
  const named: Readonly<Record<string, string>> = {
    "IPv4-Unicast": "ipv4 unicast",
    "ipv6_multicast": "ipv6 multicast",
    "ipv4/unicast": "ipv4 unicast",
    "ipv4 mpls-vpn": "ipv4 vpn",
    "vpn6 mpls": "ipv6 vpn",
    "l3vpn-ipv6-unicast": "ipv6 vpn",
    "ipv4 labeled-unicast": "ipv4 labeled",
    "ipv6-labelled-unicast": "ipv6 labeled",
    "ipv4 nlri-mpls": "ipv4 labeled",
    "ipv4 flow": "ipv4 flowspec",
    "flow6": "ipv6 flowspec",
    "l3vpn-ipv4-flowspec": "ipv4 flowspec-vpn",
    "L2VPN EVPN": "evpn",
    "l2vpn-vpls": "vpls",
    "ls": "bgp-ls",
    "ipv4-srpolicy": "ipv4 sr-policy",
    "ipv4 mcast-vpn": "ipv4 mvpn",
  };
  for (const [name, ours] of Object.entries(named)) assert.equal(familyByName(name)?.name, ours, name);
  for (const name of ["", "ipv4", "unicast", "ipv5 unicast", "vpnv5", "ipv4unicast"]) {
    assert.equal(familyByName(name), undefined, name);
  }
});

Deno.test("numbers that are no id are refused", () => {
  for (const id of [-1, 0, families.length + 1, 1.5, NaN]) {
    assert.equal(isFamilyId(id), false, String(id));
    assert.throws(() => asFamilyId(id), RangeError);
  }
});

Deno.test("questions about a family follow its AFI and SAFI", () => {
  for (const { id, afi, safi, addressBytes } of families) {
    assert.equal(isIpv4(id), afi === 1);
    assert.equal(isIpv4(id), addressBytes === 4);
    assert.equal(isUnicast(id), safi === 1);
  }
  assert.deepEqual(maskIds(allFamilies), families.map(({ id }) => id));
  assert.deepEqual(maskIds(ipv4Families), families.filter(({ afi }) => afi === 1).map(({ id }) => id));
});

Deno.test("values by family become entries in order of id, and back", () => {
  const entries = families.map(({ id, name }) => [id, name] as const);
  assert.deepEqual(familyEntries(byFamily(entries.toReversed())), entries.map((entry) => [...entry]));
  assert.deepEqual(familyEntries({}), []);
});

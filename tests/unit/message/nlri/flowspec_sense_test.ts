/** Rules of people: their family, and mistakes that are valid on the wire. */
import assert from "node:assert/strict";
import { flowFamilyOf, flowRuleFault, isFlowspec, nlriCodec } from "../../../../src/message/mod.ts";
import { families, familyByName, familyOf } from "../../../../src/types/mod.ts";

function fault(rule: string): string | undefined {
  const family = flowFamilyOf(rule);
  const key = nlriCodec(family)!.parse(rule);
  assert.ok(!("error" in key), rule);
  return flowRuleFault(family, key);
}

Deno.test("the words of a rule tell its family", () => {
  const rows = [
    ["destination 192.0.2.0/24 port 80", "ipv4 flowspec"],
    ["match { DESTINATION 2001:db8::/32; }", "ipv6 flowspec"],
    ["source-ipv6 2001:db8::/32", "ipv6 flowspec"],
    ["next-header udp", "ipv6 flowspec"],
    ["protocol udp flow-label 7", "ipv6 flowspec"],
    ["rd 65000:1 port 80", "ipv4 flowspec-vpn"],
    ["source 2001:db8::/32 rd 65000:1", "ipv6 flowspec-vpn"],
  ] as const;
  for (const [rule, family] of rows) assert.equal(familyOf(flowFamilyOf(rule)).name, family, rule);
  assert.deepEqual(families.filter(({ id }) => isFlowspec(id)).map(({ safi }) => safi), [133, 133, 134, 134]);
  assert.ok(!isFlowspec(familyByName("evpn")!.id));
});

Deno.test("alternatives that together match every value are a mistake", () => {
  for (
    const rule of ["port >8000 <=8080", "protocol !=tcp !=udp", "packet-length <100 >=100", "rd 65000:1 dscp <9 >3"]
  ) {
    assert.match(fault(rule) ?? "", /matches every value: join comparisons that must all hold with &/, rule);
  }
  for (const rule of ["port >8000&<=8080", "port >=0", "port true", "port <10 >20", "port >=0 =80", "port =80 =443"]) {
    assert.equal(fault(rule), undefined, rule);
  }
});

Deno.test("comparisons that no value fulfils are a mistake", () => {
  for (const rule of ["port =80&=443", "port >8080&<8000", "port <0", "packet-length =1&=2 =3&=4", "port >65535"]) {
    assert.match(fault(rule) ?? "", /matches no value: put a space between alternatives/, rule);
  }
  for (const rule of ["port false", "port =80&=443 =22", "tcp-flags syn&!syn", "destination 192.0.2.0/24"]) {
    assert.equal(fault(rule), undefined, rule);
  }
});

/** Policies and FlowSpec rules: a rule has the prefix of its destination (RFC 8955 §3). */
import assert from "node:assert/strict";
import { ineligibleNames, type RibRow } from "../../../../../src/rib/mod.ts";
import { familyMask, IPV4_FLOWSPEC } from "../../../../../src/types/mod.ts";
import { formatDestination } from "../../../../../src/message/mod.ts";
import { policyTable } from "../../import_support.ts";
import { announceNlri, RibRig, v4, wire } from "../../support.ts";

const policies = policyTable(`
[[prefix_sets]]
name = "ours"
prefixes = ["192.0.2.0/24 le 32"]
[[policies]]
name = "flows"
default = "reject"
[[policies.rules]]
name = "ours"
match = { prefix = "ours" }
set = { local_pref = 300 }
action = "accept"
[[policies.rules]]
name = "marked"
match = { community = "65001:1" }
action = "accept"
`);

function eligible(rig: RibRig): string[] {
  const text = (row: RibRow) => `${formatDestination(row.family, row)}: ${ineligibleNames[row.ineligible] ?? "policy"}`;
  return [...rig.rib.dump()].map(text).sort();
}

Deno.test("rfc8955#3 policies by prefix see the destination of a rule, those by community its communities", () => {
  const rig = new RibRig();
  rig.rib.setPolicies(policies);
  const context = rig.up(1, { families: familyMask([v4, IPV4_FLOWSPEC]) }, {
    import: ["flows"],
    validatesFlows: false,
  });
  const rules = ["destination 192.0.2.7/32 port =80", "destination 198.51.100.0/24", "source 192.0.2.7/32"];
  rig.send(1, announceNlri(context, wire({ nextHop: undefined }), IPV4_FLOWSPEC, ...rules));
  const marked = wire({ nextHop: undefined, communities: [65001 * 65536 + 1] });
  rig.send(1, announceNlri(context, marked, IPV4_FLOWSPEC, "destination 198.51.100.0/25"));
  while (rig.rib.decide());
  assert.deepEqual(eligible(rig), [
    "destination 192.0.2.7/32 port =80: eligible",
    "destination 198.51.100.0/24: policy",
    "destination 198.51.100.0/25: eligible",
    // Without a destination a rule is in no set of prefixes.
    "source 192.0.2.7/32: policy",
  ]);
});

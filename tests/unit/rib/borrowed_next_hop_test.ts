/** A set of one family with the octets of a malformed NEXT_HOP of another family must not make that one valid. */

import assert from "node:assert/strict";
import { formatDestination } from "../../../src/message/mod.ts";
import { allFamilies } from "../../../src/types/mod.ts";
import { attribute, someReach, sound, update } from "../message/updates.ts";
import { RibRig } from "./support.ts";

const path = [sound[1]!, "40 02 06 02 01 0000fde9"];

/** FlowSpec: destination 192.0.2.0/24. */
const flowReach = attribute(14, "0001 85 00 00 05 01 18 c00002", 0x80);

for (
  const [of, reach, hop] of [
    ["FlowSpec", flowReach, ""],
    ["IPv6", someReach, "20010db8000000000000000000000001"],
  ] as const
) {
  Deno.test(`rfc7606#7.3 a NEXT_HOP like one of ${of} is malformed, also where such a set is known`, () => {
    const rig = new RibRig({ historyRows: 0 });
    rig.up(1, { families: allFamilies });
    rig.send(1, update({ attributes: [reach, ...path] }));
    assert.equal([...rig.rib.dump()].length, 1);
    rig.send(1, update({ attributes: [...path, attribute(3, hop, 0x40)], nlri: "18 c63364" }));
    const kept = [...rig.rib.dump()].map((row) => formatDestination(row.family, row));
    assert.equal(kept.includes("198.51.100.0/24"), false);
    assert.deepEqual(rig.facts.map((fact) => fact.kind === "fault" ? fact.fault.action : fact.kind), [
      "treatAsWithdraw",
    ]);
    // Its twin: the same message with an IPv4 address.
    rig.send(1, update({ attributes: [...path, sound[3]!], nlri: "18 c63364" }));
    assert.equal([...rig.rib.dump()].length, 2);
  });
}

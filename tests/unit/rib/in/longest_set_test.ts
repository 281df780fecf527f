/** The longest attribute set, of a peer whose ASNs grow from two octets to four, and labels on top. */

import assert from "node:assert/strict";
import { decodeAttributeSet } from "../../../../src/message/mod.ts";
import { allFamilies } from "../../../../src/types/mod.ts";
import { attribute, sound, update } from "../../message/updates.ts";
import { RibRig } from "../support.ts";

const vpnReach = attribute(14, "0001 80 0c 0000000000000000 c0000201 00 70 000641 0000fde800000001 c00002", 0x80);

/** 63 full segments: 64,386 octets with ASNs of four octets. */
const longPath = attribute(2, ("02 ff" + "fde9".repeat(255)).repeat(63), 0x40);

Deno.test("a set that is longer than any message because of its labels is stored whole", () => {
  let refused = 0, stored = 0;
  for (let octets = 950; octets <= 1150; octets += 1) {
    const rig = new RibRig({ historyRows: 0 });
    rig.up(1, { families: allFamilies, fourOctetAs: false, maxMessageBytes: 65535 });
    const unknown = attribute(200, "aa".repeat(octets), 0xc0);
    rig.send(1, update({ attributes: [vpnReach, sound[1]!, longPath, unknown] }));
    const rows = [...rig.rib.dump()];
    for (const { wire } of rows) assert.equal(decodeAttributeSet(wire).unknown[0]!.value.length, octets);
    if (rows.length === 1) stored++;
    else refused++;
    assert.deepEqual(
      rig.facts.map((fact) => fact.kind === "fault" && fact.fault.action),
      rows.length === 1 ? [] : ["treatAsWithdraw"],
    );
  }
  assert.ok(refused > 0 && stored > 0, `${refused} ${stored}`);
});

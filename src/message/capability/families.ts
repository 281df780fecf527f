/** The families that capabilities of an OPEN name. Families that this speaker does not carry are left out. */

import { familyByCode, type FamilyId, type FamilyMask, familyMask } from "../../types/mod.ts";
import type { Open } from "../open.ts";
import type { WireFamily } from "./row.ts";

/** Of which families the speaker can send, or receive, several paths of a destination (RFC 7911 §4). */
export function addPathFamilies({ capabilities }: Open, direction: "send" | "receive"): FamilyMask {
  let mask = 0;
  for (const capability of capabilities) {
    if (capability.kind === "addPath") mask |= maskOfPairs(capability.families.filter((entry) => entry[direction]));
  }
  return mask;
}

export function maskOfPairs(pairs: readonly WireFamily[]): FamilyMask {
  const known = pairs.map(({ afi, safi }) => familyByCode(afi, safi)?.id);
  return familyMask(known.filter((id): id is FamilyId => id !== undefined));
}

/** The tables of BIRD, and the families that they have. */

import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST } from "../../types/mod.ts";
import { WebError } from "../answers/answer.ts";

export const tables: Readonly<Record<string, readonly FamilyId[]>> = {
  master4: [IPV4_UNICAST],
  master6: [IPV6_UNICAST],
  /** BIRD 1 has one table for each daemon; here it is both. */
  master: [IPV4_UNICAST, IPV6_UNICAST],
};

export const bothFamilies: readonly FamilyId[] = tables["master"]!;

/** Throws {@link WebError} for an unknown table. */
export function familiesOfTable(name: string): readonly FamilyId[] {
  if (!Object.hasOwn(tables, name)) {
    throw new WebError(404, `there is no table ${name}; tables are ${Object.keys(tables).join(", ")}`);
  }
  return tables[name]!;
}

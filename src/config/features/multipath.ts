/** How many routes that tie with the best route are marked. */

import type { MultipathChoice } from "../../rib/mod.ts";
import { filled, setting, type SettingTable, unless } from "../keys/key.ts";
import type { Given } from "../keys/table.ts";
import { boolean, integer } from "../keys/values.ts";

export interface MultipathSettings {
  /** How many routes are marked, the best route included; 1: no marks. */
  readonly multipath: number;
  readonly multipathRelax: boolean;
}

export const multipathKeys = {
  multipath: setting({
    type: integer(1, 64, "routes"),
    doc: "mark up to this many routes that tie with the best route in all steps before the router ID; 1: mark none",
    example: "4",
    default: 1,
    sets: { multipath: "applies" },
  }),
  multipath_relax: setting({
    type: boolean,
    doc: "AS paths of the same length tie, also if they lead through different ASes",
    example: "true",
    default: false,
    sets: { multipathRelax: "applies" },
    noEffect: ({ multipath, multipathRelax }: MultipathSettings) =>
      unless(multipath > 1 || !multipathRelax, "multipath is 1"),
  }),
} as const satisfies SettingTable;

export function readMultipath(top: Given<typeof multipathKeys>): MultipathSettings {
  const values = filled(multipathKeys, top.values);
  return { multipath: values.multipath, multipathRelax: values.multipath_relax };
}

export function multipathForRib({ multipath, multipathRelax }: MultipathSettings): MultipathChoice {
  return { limit: multipath, relax: multipathRelax };
}

/** The list of all keys for people, made from the schema so that it cannot be wrong. */

import type { Key, ReloadClass, SettingKey } from "../keys/key.ts";
import { policySections } from "../policy/keys.ts";
import { sections } from "./tables.ts";

export interface KeyDoc {
  readonly section: string;
  readonly key: string;
  /** Other spellings that are accepted. */
  readonly aliases: readonly string[];
  readonly type: string;
  readonly default: string;
  readonly doc: string;
  /** A value as it stands in the file; `null` for lists of tables. */
  readonly example: string | null;
  /** What a reload does with another value; `null`: it leads to other keys, and their classes say that. */
  readonly reload: ReloadClass | null;
}

export function keyReference(): KeyDoc[] {
  const ofPolicies = new Set(policySections.map(({ name }): string => name));
  return sections.flatMap(({ name: section, keys }) =>
    Object.entries<Key<unknown> & Partial<SettingKey<unknown>>>(keys).map(([key, row]) => ({
      section,
      key,
      aliases: row.aliases ?? [],
      type: row.type.name,
      default: row.defaultText ?? (row.default === undefined ? "none" : JSON.stringify(row.default)),
      doc: row.doc,
      example: row.example ?? null,
      reload: row.sets === undefined
        // A table of a list: routes, or the policies and their sets.
        ? ofPolicies.has(section) ? "reevaluates" : "applies"
        : mostCostly(Object.values<ReloadClass>({ ...row.sets, ...row.setsOfPeers })),
    }))
  );
}

/** What a reload does with a new value of a key: "a change …". */
export const reloadTexts: Readonly<Record<ReloadClass, string>> = {
  applies: "applies at once",
  reevaluates: "applies at once; bgpd evaluates the stored routes again",
  resets: "resets the session",
  replaces: "removes the peer and adds another",
  "next start": "applies when bgpd starts again",
};

const byCost: readonly ReloadClass[] = ["next start", "replaces", "resets", "reevaluates", "applies"];

function mostCostly(classes: readonly ReloadClass[]): ReloadClass | null {
  return byCost.find((each) => classes.includes(each)) ?? null;
}

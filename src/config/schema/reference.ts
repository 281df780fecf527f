/** The list of all keys for people, made from the schema so that it cannot be wrong. */

import { sections } from "./tables.ts";
import type { Key } from "../keys/key.ts";

export interface KeyDoc {
  readonly section: string;
  readonly key: string;
  /** Other spellings that are accepted. */
  readonly aliases: readonly string[];
  readonly type: string;
  readonly default: string;
  readonly doc: string;
}

export function keyReference(): KeyDoc[] {
  return sections.flatMap(({ name: section, keys }) =>
    Object.entries<Key<unknown>>(keys).map(([key, row]) => ({
      section,
      key,
      aliases: row.aliases ?? [],
      type: row.type.name,
      default: row.defaultText ?? (row.default === undefined ? "none" : JSON.stringify(row.default)),
      doc: row.doc,
    }))
  );
}

/**
 * The destinations of one family: prefixes as words (`prefix_table.ts`), or NLRI of another kind as octets
 * (`nlri_table.ts`). Hot paths ask once per block which of the two a family has; everything else goes through the
 * functions here, or through the slots that both tables have.
 */

import { type Destination, type FamilyId, familyOf, type PrefixId, type PrefixSlot } from "../../types/mod.ts";
import type { IdCounter } from "./id_counter.ts";
import { NlriTable } from "./nlri_table.ts";
import { findSlot, wordsOf } from "./prefix_lookup.ts";
import { PrefixTable } from "./prefix_table.ts";

export type Destinations = PrefixTable | NlriTable;

export function createDestinations(family: FamilyId, ids: IdCounter<PrefixId>): Destinations {
  return familyOf(family).kind === "prefix" ? new PrefixTable(family, ids) : new NlriTable(family, ids);
}

/** The slot of a destination; a new one gets one. The destination must be of the family of the table. */
export function internDestination(table: Destinations, { prefix, key }: Destination): PrefixSlot {
  if (prefix === undefined) return nlriTable(table).intern(key);
  return prefixTable(table).intern(...wordsOf(prefix.octets), prefix.length);
}

/** The slot of a destination, or `noPrefix`. */
export function findDestination(table: Destinations, { prefix, key }: Destination): PrefixSlot {
  if (prefix === undefined) return nlriTable(table).find(key);
  return findSlot(prefixTable(table), wordsOf(prefix.octets), prefix.length);
}

/** The destination of a slot, as a value that stays valid. */
export function destinationAt(table: Destinations, slot: PrefixSlot): Destination {
  return table instanceof NlriTable ? { key: table.key(slot).slice() } : { prefix: table.prefix(slot) };
}

function nlriTable(table: Destinations): NlriTable {
  if (table instanceof NlriTable) return table;
  throw new RangeError(`a key is no destination of ${familyOf(table.family).name}`);
}

function prefixTable(table: Destinations): PrefixTable {
  if (table instanceof PrefixTable) return table;
  throw new RangeError(`a prefix is no destination of ${familyOf(table.family).name}`);
}

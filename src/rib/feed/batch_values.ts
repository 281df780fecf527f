/** Adds to a batch what its rows name by id: prefixes, other NLRI, attribute sets. */

import type { PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { growInt32, nextCapacity } from "../table/columns.ts";
import type { NlriTable } from "../table/nlri_table.ts";
import type { PrefixTable } from "../table/prefix_table.ts";
import { type StoreBatch, stride } from "./store_batch.ts";

export function addPrefix(batch: StoreBatch, prefixes: PrefixTable, slot: PrefixSlot): void {
  const at = batch.prefixCount++ * stride.prefixes;
  const rows = batch.prefixes;
  const width = prefixes.wordsPerPrefix;
  const base = slot * width;
  rows[at] = prefixes.slots.id(slot);
  rows[at + 1] = prefixes.family;
  rows[at + 2] = prefixes.words[base]!;
  rows[at + 3] = width === 1 ? 0 : prefixes.words[base + 1]!;
  rows[at + 4] = width === 1 ? 0 : prefixes.words[base + 2]!;
  rows[at + 5] = width === 1 ? 0 : prefixes.words[base + 3]!;
  rows[at + 6] = prefixes.lengths[slot]!;
}

export function addNlri(batch: StoreBatch, table: NlriTable, slot: PrefixSlot): void {
  const key = table.key(slot);
  const start = batch.nlriBytesLength;
  batch.nlriBytes = withRoom(batch.nlriBytes, start, key.length);
  batch.nlriBytes.set(key, start);
  batch.nlriBytesLength = start + key.length;
  const at = batch.nlriCount++ * stride.nlri;
  if (at + stride.nlri > batch.nlri.length) batch.nlri = growInt32(batch.nlri, nextCapacity(at, at + stride.nlri));
  batch.nlri[at] = table.slots.id(slot);
  batch.nlri[at + 1] = table.family;
  batch.nlri[at + 2] = start;
  batch.nlri[at + 3] = key.length;
}

export function addSet(batch: StoreBatch, sets: AttributeTable, set: SetSlot): void {
  const length = sets.length(set);
  const start = batch.setBytesLength;
  batch.setBytes = withRoom(batch.setBytes, start, length);
  const from = sets.offset(set);
  const chunk = sets.chunk(set);
  for (let i = 0; i < length; i++) batch.setBytes[start + i] = chunk[from + i]!;
  batch.setBytesLength = start + length;
  const at = batch.setCount++ * stride.sets;
  batch.sets[at] = sets.id(set);
  batch.sets[at + 1] = start;
  batch.sets[at + 2] = length;
}

/** The buffer, or a larger copy of its first `used` octets, with room for `more` octets behind them. */
function withRoom(bytes: Uint8Array, used: number, more: number): Uint8Array {
  if (used + more <= bytes.length) return bytes;
  const grown = new Uint8Array(Math.max(used + more, bytes.length * 2));
  grown.set(bytes.subarray(0, used));
  return grown;
}

/** Writes destinations that are no plain prefixes into the table `nlri`, with what their codec says of them. */

import { nlriCodec } from "../../message/mod.ts";
import { type FamilyId, formatPrefix, type Prefix } from "../../types/mod.ts";
import { stride } from "../../rib/mod.ts";
import { RowBuffer } from "../row_buffer.ts";
import type { Database, SqlValue } from "../sqlite.ts";

export class NlriRows {
  readonly #rows: RowBuffer;

  constructor(db: Database) {
    this.#rows = new RowBuffer(
      db,
      "INSERT INTO nlri(id, family, key, nlri, rd, hi, lo, len, prefix, fields) VALUES ",
      "(?,?,?,?,?,?,?,?,?,?)",
      10,
      " ON CONFLICT(id) DO UPDATE SET family = excluded.family, key = excluded.key, nlri = excluded.nlri," +
        " rd = excluded.rd, hi = excluded.hi, lo = excluded.lo, len = excluded.len, prefix = excluded.prefix," +
        " fields = excluded.fields WHERE key <> excluded.key OR family <> excluded.family",
    );
  }

  /** Writes the rows [from, to) of a batch, whose keys are in `bytes`. */
  write(rows: Int32Array, bytes: Uint8Array, from: number, to: number): void {
    for (let i = from, at = from * stride.nlri; i < to; i++, at += stride.nlri) {
      const id = rows[at]!, family = rows[at + 1]! as FamilyId, start = rows[at + 2]!;
      const key = bytes.slice(start, start + rows[at + 3]!);
      const codec = nlriCodec(family)!;
      const { rd = null, prefix, more } = codec.fields(key);
      const fields = more === undefined || Object.keys(more).length === 0 ? null : JSON.stringify(more);
      this.#rows.add(id, family, key, codec.format(key), rd, ...prefixColumns(prefix), fields);
    }
  }

  flush(): void {
    this.#rows.flush();
  }

  clear(): void {
    this.#rows.clear();
  }
}

/** hi, lo, len and the text, as in the table `prefixes`. */
function prefixColumns(prefix: Prefix | undefined): [SqlValue, SqlValue, SqlValue, SqlValue] {
  if (prefix === undefined) return [null, null, null, null];
  const { octets, length } = prefix;
  const view = new DataView(octets.buffer, octets.byteOffset);
  const [hi, lo] = octets.length === 4 ? [view.getUint32(0), 0] : [view.getBigInt64(0), view.getBigInt64(8)];
  return [hi, lo, length, formatPrefix(prefix)];
}

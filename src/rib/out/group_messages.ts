/** Rows of an update group as UPDATE messages: in blocks for the ring, or one by one for a single peer. */

import { UpdateEncoder } from "../../message/mod.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { NlriTable } from "../table/nlri_table.ts";
import type { PrefixTable } from "../table/prefix_table.ts";
import type { FamilyRib } from "../decide/family_rib.ts";
import { roomBeside } from "./export/export_map.ts";
import type { ExportTarget } from "./export/export_target.ts";
import type { GroupShare } from "./group_share.ts";
import type { OutRing } from "./out_ring.ts";
import type { OutRows } from "./out_rows.ts";
import { setOfValue } from "./out_column.ts";

/** The octets of a block, about. */
const blockBytes = 65_536;

export class GroupMessages {
  readonly encoder: UpdateEncoder;
  readonly #rib: FamilyRib;
  /** The destinations: one of the two. */
  readonly #prefixes: PrefixTable | undefined;
  readonly #nlri: NlriTable | undefined;
  readonly #rows: OutRows;
  readonly #sets: AttributeTable;

  constructor(rib: FamilyRib, rows: OutRows, sets: AttributeTable, context: ExportTarget["context"]) {
    this.encoder = new UpdateEncoder(context);
    this.#rib = rib;
    const { destinations } = rib;
    if (destinations instanceof NlriTable) this.#nlri = destinations;
    else this.#prefixes = destinations;
    this.#rows = rows;
    this.#sets = sets;
  }

  /**
   * Whether a message holds the row with this set. A set that nearly fills a message may fit with a short prefix only.
   */
  fits(wire: Uint8Array, row: number): boolean {
    const { encoder } = this;
    if (this.#nlri === undefined && 2 * wire.length + roomBeside <= encoder.maxMessageBytes) return true;
    const { family } = this.#rib;
    const slot = this.#rows.slotOf(row);
    const pathId = this.#rows.pathIdOf(row);
    const fit = this.#nlri === undefined
      ? encoder.fit(wire, family, this.#prefixes!.lengths[slot]!, pathId)
      : encoder.fitNlri(wire, family, this.#nlri.key(slot), pathId);
    return fit !== "withheld";
  }

  /** Begins UPDATEs with this set (slot + 1); 0: withdraws. */
  begin(value: number): void {
    const { family } = this.#rib;
    if (value === 0) this.encoder.beginWithdraw(family);
    else this.encoder.begin(this.#sets.wire(setOfValue(value)), family);
  }

  /** Adds the NLRI of a row to the message that was begun. */
  addNlri(row: number): void {
    const { encoder } = this;
    const rows = this.#rows;
    const slot = rows.slotOf(row);
    if (this.#prefixes === undefined) return encoder.addNlri(this.#nlri!.key(slot), rows.pathIdOf(row));
    const { words, lengths, wordsPerPrefix } = this.#prefixes;
    const length = lengths[slot]!;
    const pathId = rows.pathIdOf(row);
    if (wordsPerPrefix === 1) encoder.add(words[slot]!, 0, 0, 0, length, pathId);
    else {
      const at = slot << 2;
      encoder.add(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, length, pathId);
    }
  }

  /** Encodes the first `entries` of `share`, in its order, as blocks of the ring. */
  encode(share: GroupShare, entries: number, ring: OutRing): void {
    const { encoder } = this;
    const { keys, marks, rows: flushed } = share;
    const { order } = share.order;
    let ends: number[] = [];
    let readers: number[] = [];
    let blockStart = 0;
    let key = -1;
    let mark = 0;
    const endSegment = () => {
      encoder.finish();
      const end = encoder.size;
      if (end === (ends.at(-1) ?? 0)) return;
      ends.push(end);
      readers.push(mark);
    };
    for (let i = 0; i < entries; i++) {
      const entry = order[i]!;
      const nextKey = keys[entry]!;
      const nextMark = marks[entry]!;
      if (nextMark !== mark) endSegment();
      if (nextKey !== key || nextMark !== mark) {
        key = nextKey;
        mark = nextMark;
        this.begin(key);
      }
      this.addNlri(flushed[entry]!);
      if (encoder.size < blockBytes && i < entries - 1) continue;
      endSegment();
      const rows = new Int32Array(i + 1 - blockStart);
      const rowReaders = new Int32Array(rows.length);
      for (let at = 0; at < rows.length; at++) {
        const sent = order[blockStart + at]!;
        rows[at] = flushed[sent]!;
        rowReaders[at] = marks[sent]!;
      }
      ring.push({ bytes: encoder.take(), ends, readers, rows, rowReaders });
      ends = [];
      readers = [];
      blockStart = i + 1;
    }
  }
}

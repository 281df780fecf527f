/** The items of an MRT file, and the problems of the file. */

import { MrtDecoder, type MrtFault, MrtFramer, type MrtItem, type MrtPeer, type MrtSkipped } from "../../mrt/mod.ts";
import { Problems } from "./problems.ts";
import { PackedFile } from "./unpack/packed_file.ts";

export type MrtContent = Exclude<MrtItem, MrtFault | MrtSkipped>;

/** A source of items: a file; in tests, a list. */
export interface ItemSource {
  readonly problems: Problems;
  items(): AsyncIterable<readonly MrtContent[]>;
}

export class MrtSource implements ItemSource {
  readonly file: PackedFile;
  readonly problems: Problems;
  #decoder = new MrtDecoder();

  /** Throws if the file cannot be opened. */
  constructor(path: string, problems = new Problems()) {
    this.file = new PackedFile(path);
    this.problems = problems;
  }

  /** The peers of the items read so far, by number. */
  get peers(): readonly MrtPeer[] {
    return this.#decoder.peers;
  }

  /** Yields the items of the file, chunk by chunk. A damaged file ends at the damage. */
  async *items(): AsyncGenerator<MrtContent[]> {
    const framer = new MrtFramer();
    this.#decoder = new MrtDecoder();
    let damage: string | undefined;
    const chunks = this.file.chunks();
    for (;;) {
      let chunk: IteratorResult<Uint8Array>;
      try {
        chunk = await chunks.next();
      } catch (error) {
        damage = error instanceof Error ? error.message : String(error);
        break;
      }
      if (chunk.done === true) break;
      framer.push(chunk.value);
      const items = this.#decode(framer);
      if (items.length > 0) yield items;
      if (framer.isTorn) {
        await chunks.return(undefined);
        break;
      }
    }
    const tear = framer.end();
    if (damage !== undefined) this.problems.tear({ offset: framer.offset, text: damage });
    else if (tear !== undefined) this.problems.tear(tear);
  }

  #decode(framer: MrtFramer): MrtContent[] {
    const found: MrtContent[] = [];
    for (let record = framer.next(); record !== undefined; record = framer.next()) {
      for (const item of this.#decoder.decode(record)) {
        if (item.kind === "fault") this.problems.record(item.text, item.offset);
        else if (item.kind === "skipped") this.problems.skipped(item.text);
        else found.push(item);
      }
    }
    return found;
  }
}

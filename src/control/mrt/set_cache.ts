import type { StoreReader } from "../../store/mod.ts";

/** Attribute sets by id; each is read once. */
export class SetCache {
  readonly #reader: StoreReader;
  #wires: Map<number, Uint8Array> | undefined;

  constructor(reader: StoreReader) {
    this.#reader = reader;
  }

  wire(id: number): Uint8Array | undefined {
    this.#wires ??= this.#read("SELECT id, wire FROM attributes");
    let wire = this.#wires.get(id);
    if (wire !== undefined) return wire;
    wire = this.#read(`SELECT id, wire FROM attributes WHERE id = ${id}`).get(id);
    if (wire !== undefined) this.#wires.set(id, wire);
    return wire;
  }

  #read(sql: string): Map<number, Uint8Array> {
    const wires = new Map<number, Uint8Array>();
    for (const [id, wire] of this.#reader.sql(sql).rows) {
      if (wire instanceof Uint8Array) wires.set(Number(id), wire);
    }
    return wires;
  }
}

/** What rules ask about an AS_PATH, computed from its octets when first needed. */

import { formatAsPath, SegmentType } from "../message/mod.ts";
import { readUint32 } from "../types/mod.ts";
import type { NumberSet } from "./number_set.ts";
import type { ValueSpan } from "./value_span.ts";

export class PathFacts {
  /** -1: the path is empty or ends in a set. */
  #originAsn = -1;
  /** -1: the path is empty or begins with a set. */
  #firstAsn = -1;
  #length = 0;
  #isPlain = true;
  #isRead = false;
  #text: string | undefined;
  readonly #span: ValueSpan;

  constructor(span: ValueSpan) {
    this.#span = span;
  }

  /** Call it when the path has changed. */
  forget(): void {
    this.#isRead = false;
    this.#text = undefined;
  }

  /** The last AS, as `origin_as` of the database has it: a path that ends in a set has no origin. */
  get originAsn(): number {
    this.#read();
    return this.#originAsn;
  }

  /** The AS that the route came from, confederation segments apart (RFC 5065 §5.3). */
  get firstAsn(): number {
    this.#read();
    return this.#firstAsn;
  }

  /** RFC 4271 §9.1.2.2 a: a set counts 1; RFC 5065 §5.3: confederation segments 0. */
  get length(): number {
    this.#read();
    return this.#length;
  }

  /** The path is empty or one sequence. */
  get isPlain(): boolean {
    this.#read();
    return this.#isPlain;
  }

  /** How many ASNs a plain path has. */
  get plainCount(): number {
    return this.#span.end > this.#span.start ? this.#span.bytes[this.#span.start + 1]! : 0;
  }

  /** The ASN at this index of a plain path. */
  plainAsn(index: number): number {
    return readUint32(this.#span.bytes, this.#span.start + 2 + 4 * index);
  }

  /** As people write it, e.g. `"65000 500 {1,2}"`. */
  get text(): string {
    if (this.#text === undefined) this.#text = this.#format();
    return this.#text;
  }

  /** True where any AS of the path, in any segment, is one of these. */
  hasAny(asns: NumberSet): boolean {
    const { bytes, start, end } = this.#span;
    for (let at = start; at < end;) {
      const next = at + 2 + 4 * bytes[at + 1]!;
      for (at += 2; at < next; at += 4) if (asns.has(readUint32(bytes, at))) return true;
    }
    return false;
  }

  #read(): void {
    if (this.#isRead) return;
    this.#isRead = true;
    this.#originAsn = this.#firstAsn = -1;
    this.#length = 0;
    this.#isPlain = true;
    const { bytes, start, end } = this.#span;
    let isFirst = true;
    for (let at = start; at < end;) {
      const type = bytes[at]!;
      const count = bytes[at + 1]!;
      const next = at + 2 + 4 * count;
      this.#originAsn = type === SegmentType.sequence && count > 0 ? readUint32(bytes, next - 4) : -1;
      if (type === SegmentType.sequence || type === SegmentType.set) {
        if (isFirst && type === SegmentType.sequence && count > 0) this.#firstAsn = readUint32(bytes, at + 2);
        isFirst = false;
        this.#length += type === SegmentType.set ? 1 : count;
      }
      if (type !== SegmentType.sequence || at !== start) this.#isPlain = false;
      at = next;
    }
  }

  #format(): string {
    const { bytes, start, end } = this.#span;
    const segments: { type: SegmentType; asns: number[] }[] = [];
    for (let at = start; at < end;) {
      const asns: number[] = [];
      const type = bytes[at]! as SegmentType;
      const next = at + 2 + 4 * bytes[at + 1]!;
      for (at += 2; at < next; at += 4) asns.push(readUint32(bytes, at));
      segments.push({ type, asns });
    }
    return formatAsPath(segments);
  }
}

/**
 * A canonical attribute set made from another one in a single pass: attributes that a rule writes are merged with those
 * that are copied, all in order of code. Import rules, export rules and the marks of RFC 8326 and RFC 9494 use it.
 */

import { nextAttribute, valueStart } from "../../message/mod.ts";
import { AttributeWriter } from "./attribute_writer.ts";

/** One attribute of the set that is read, by offsets into its octets. */
export class AttributeSpan {
  code = 0;
  /** Offset of the header; -1: the set has no attribute of this code, and `value` and `end` are 0. */
  at = -1;
  /** Offset of the value. */
  value = 0;
  /** Offset behind the value. */
  end = 0;

  get isMissing(): boolean {
    return this.at === -1;
  }
}

/** What a rule changes in a set. */
export interface MergeRule {
  /** Codes of the attributes that {@link write} is asked for, ascending. */
  readonly codes: readonly number[];
  /** Writes the attribute of one of the {@link codes} to `out`, or nothing to leave it out. */
  write(out: AttributeWriter, wire: Uint8Array, attribute: AttributeSpan): void;
  /** True where an attribute of another code is copied. A rule without this function copies all of them. */
  passes?(out: AttributeWriter, wire: Uint8Array, attribute: AttributeSpan): boolean;
}

export class OrderedMerge {
  readonly #out = new AttributeWriter();
  readonly #attribute = new AttributeSpan();
  readonly #missing = new AttributeSpan();

  /** The merged set: its first `length` octets, until the next call. */
  get out(): AttributeWriter {
    return this.#out;
  }

  /** Merges the canonical set in `wire[start, end)` with what the rule writes. */
  merge(wire: Uint8Array, start: number, end: number, rule: MergeRule): AttributeWriter {
    const out = this.#out;
    const attribute = this.#attribute;
    const { codes } = rule;
    let index = 0;
    out.clear();
    for (let at = start; at < end; at = attribute.end) {
      const code = wire[at + 1]!;
      for (; index < codes.length && codes[index]! < code; index++) this.#writeMissing(wire, codes[index]!, rule);
      attribute.code = code;
      attribute.at = at;
      attribute.value = valueStart(wire, at);
      attribute.end = nextAttribute(wire, at);
      if (codes[index] === code) {
        index++;
        rule.write(out, wire, attribute);
      } else if (rule.passes === undefined || rule.passes(out, wire, attribute)) out.copy(wire, at, attribute.end);
    }
    for (; index < codes.length; index++) this.#writeMissing(wire, codes[index]!, rule);
    return out;
  }

  #writeMissing(wire: Uint8Array, code: number, rule: MergeRule): void {
    const missing = this.#missing;
    missing.code = code;
    rule.write(this.#out, wire, missing);
  }
}

/**
 * FlowSpec rules as values (RFC 8955 §4.2, RFC 8956 §3): the components that a packet must match, all of them. Octets
 * of a peer become components or a fault; components become canonical octets.
 */

import { maskPrefix, type Prefix } from "../../types/mod.ts";
import { ComponentType, type RowOfComponent, rowOfComponent } from "./flowspec_components.ts";

/** Bits `offset` to `length` of an address must be those of `octets`; all other bits there are zero. */
export interface PrefixMatch extends Prefix {
  /** Leading bits that may have any value; always 0 in IPv4 (RFC 8956 §3.1). */
  readonly offset: number;
}

/** A comparison with one value. */
export interface Term {
  /** {@link numericBits} or bits of {@link BitmaskOperator}, and {@link AND}. */
  readonly operator: number;
  /** 1, 2, 4 or 8 octets. Their number belongs to the identity of the rule: §5.1 compares octets. */
  readonly value: Uint8Array;
}

/** A component has a prefix (types 1 and 2) or terms. */
export interface PrefixComponent {
  readonly type: number;
  readonly prefix: PrefixMatch;
}

export interface TermsComponent {
  readonly type: number;
  readonly terms: readonly Term[];
}

export type RuleComponent = PrefixComponent | TermsComponent;

/** RFC 8955 §4.2.1: bits that both kinds of operators have. */
const END_OF_LIST = 0x80;
export const AND = 0x40;
const lengthShift = 4;

/** RFC 8955 §4.2.1.1: less, greater, equal. */
export const numericBits = 7;
/** RFC 8955 §4.2.1.2. */
export const BitmaskOperator = { not: 2, match: 1 } as const;
const bitmaskBits = BitmaskOperator.not | BitmaskOperator.match;

/** RFC 8955 §4.1: the length field has 12 bits. */
export const maxRuleBytes = 4095;

/** Why octets are no rule, to follow "an NLRI ". */
export type RuleFault = string;

/**
 * The components in `bytes[start, end)`. Bits that RFC 8955 tells to ignore are zero in them, so that equal rules are
 * equal values.
 */
export function readRule(bytes: Uint8Array, start: number, end: number, wide: boolean): RuleComponent[] | RuleFault {
  const components: RuleComponent[] = [];
  let last = 0;
  for (let at = start; at < end;) {
    const type = bytes[at]!;
    const row = rowOfComponent(type, wide);
    if (row === undefined) return `with component type ${type}, which is not defined (RFC 8955 §4.2)`;
    if (type <= last) return `whose component types do not ascend: ${type} follows ${last} (RFC 8955 §4.2)`;
    last = type;
    const read = row.form === "prefix"
      ? readPrefix(bytes, at + 1, end, type, wide)
      : readTerms(bytes, at + 1, end, row, wide);
    if (typeof read === "string") return read;
    components.push(read.component);
    at = read.end;
  }
  return components.length === 0 ? "without a component" : components;
}

interface ReadComponent {
  readonly component: RuleComponent;
  readonly end: number;
}

function readPrefix(
  bytes: Uint8Array,
  start: number,
  end: number,
  type: number,
  wide: boolean,
): ReadComponent | RuleFault {
  const patternAt = start + (wide ? 2 : 1);
  if (patternAt > end) return endsWithin(type);
  const length = bytes[start]!;
  const offset = wide ? bytes[start + 1]! : 0;
  if (length > (wide ? 128 : 32)) return `with a prefix of ${length} bits in component ${type}`;
  if (wide && offset >= length && length + offset > 0) {
    return `with the offset ${offset} and the length ${length} in component ${type} (RFC 8956 §3.1)`;
  }
  const after = patternAt + ((length - offset + 7) >> 3);
  if (after > end) return endsWithin(type);
  const octets = shiftRight(bytes.subarray(patternAt, after), offset, wide ? 16 : 4);
  return { component: { type, prefix: { octets: maskPrefix(octets, length).octets, length, offset } }, end: after };
}

function readTerms(
  bytes: Uint8Array,
  start: number,
  end: number,
  row: RowOfComponent,
  wide: boolean,
): ReadComponent | RuleFault {
  const terms: Term[] = [];
  for (let at = start;;) {
    if (at >= end) return endsWithin(row.type);
    const octet = bytes[at]!;
    const size = 1 << ((octet >> lengthShift) & 3);
    if (!row.sizes.includes(size)) {
      return `with a value of ${size} octets in component ${row.type} (RFC 8955 §4.2.2)`;
    }
    const valueEnd = at + 1 + size;
    if (valueEnd > end) return endsWithin(row.type);
    // §4.2.1.1: the AND bit of the first term "MUST be treated as always unset on decoding".
    const kept = (row.form === "numeric" ? numericBits : bitmaskBits) | (terms.length === 0 ? 0 : AND);
    const value = bytes.slice(at + 1, valueEnd);
    if (row.type === ComponentType.fragment) value[0]! &= wide ? 0x0e : 0x0f;
    terms.push({ operator: octet & kept, value });
    at = valueEnd;
    if ((octet & END_OF_LIST) !== 0) return { component: { type: row.type, terms }, end: at };
  }
}

function endsWithin(type: number): RuleFault {
  return `that ends within component ${type}`;
}

/** The canonical octets of a rule, without the length field. */
export function writeRule(components: readonly RuleComponent[], wide: boolean): Uint8Array {
  const octets: number[] = [];
  for (const component of components) {
    octets.push(component.type);
    if ("prefix" in component) {
      const { length, offset, octets: address } = component.prefix;
      octets.push(length);
      if (wide) octets.push(offset);
      octets.push(...shiftLeft(address, offset, (length - offset + 7) >> 3));
      continue;
    }
    component.terms.forEach(({ operator, value }, i) => {
      const isLast = i === component.terms.length - 1;
      octets.push(operator | (Math.log2(value.length) << lengthShift) | (isLast ? END_OF_LIST : 0), ...value);
    });
  }
  return Uint8Array.from(octets);
}

/** The pattern, which begins at bit `offset` of an address of `size` octets, as that address. */
function shiftRight(pattern: Uint8Array, offset: number, size: number): Uint8Array {
  const address = new Uint8Array(size);
  const first = offset >> 3, bits = offset & 7;
  for (let i = 0; i < pattern.length; i++) {
    if (first + i < size) address[first + i]! |= pattern[i]! >> bits;
    if (first + i + 1 < size) address[first + i + 1]! |= (pattern[i]! << (8 - bits)) & 255;
  }
  return address;
}

/** The `size` octets that begin at bit `offset` of the address. */
function shiftLeft(address: Uint8Array, offset: number, size: number): Uint8Array {
  const pattern = new Uint8Array(size);
  const first = offset >> 3, bits = offset & 7;
  for (let i = 0; i < size; i++) {
    pattern[i] = (address[first + i]! << bits) | ((address[first + i + 1] ?? 0) >> (8 - bits));
  }
  return pattern;
}

/**
 * FlowSpec rules as values (RFC 8955 §4.2, RFC 8956 §3): the components that a packet must match, all of them. Octets
 * of a peer become components or a fault; components become canonical octets.
 */

import type { Prefix } from "../../types/mod.ts";
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
const lengthBits = 0x30, lengthShift = 4;

/** RFC 8955 §4.2.1.1: less, greater, equal. */
export const numericBits = 7;
/** RFC 8955 §4.2.1.2. */
export const BitmaskOperator = { not: 2, match: 1 } as const;
const bitmaskBits = BitmaskOperator.not | BitmaskOperator.match;

/** RFC 8955 §4.1: the length field has 12 bits. */
export const maxRuleBytes = 4095;

/** Why octets are no rule, to follow "an NLRI ". */
export type RuleFault = string;

/** What is wrong with the rule in `bytes[start, end)`; `undefined`: nothing. */
export function ruleFault(bytes: Uint8Array, start: number, end: number, wide: boolean): RuleFault | undefined {
  return walkRule(bytes, start, end, wide, undefined);
}

/** Clears the bits of a valid rule that RFC 8955 tells to ignore, so that equal rules have equal octets. */
export function clearIgnored(bytes: Uint8Array, start: number, end: number, wide: boolean): void {
  walkRule(bytes, start, end, wide, bytes);
}

/** Checks a rule, and clears in `cleared`, which has the same octets, what does not count. */
function walkRule(
  bytes: Uint8Array,
  start: number,
  end: number,
  wide: boolean,
  cleared: Uint8Array | undefined,
): RuleFault | undefined {
  if (start >= end) return "without a component";
  let last = 0;
  for (let at = start; at < end;) {
    const type = bytes[at]!;
    const row = rowOfComponent(type, wide);
    if (row === undefined) return `with component type ${type}, which is not defined (RFC 8955 §4.2)`;
    if (type <= last) return `whose component types do not ascend: ${type} follows ${last} (RFC 8955 §4.2)`;
    last = type;
    const after = row.form === "prefix"
      ? walkPrefix(bytes, at + 1, end, type, wide, cleared)
      : walkTerms(bytes, at + 1, end, row, wide, cleared);
    if (typeof after === "string") return after;
    at = after;
  }
  return undefined;
}

/** Where the component ends, or what is wrong with it. */
function walkPrefix(
  bytes: Uint8Array,
  start: number,
  end: number,
  type: number,
  wide: boolean,
  cleared: Uint8Array | undefined,
): number | RuleFault {
  const pattern = start + (wide ? 2 : 1);
  if (pattern > end) return endsWithin(type);
  const length = bytes[start]!;
  const offset = wide ? bytes[start + 1]! : 0;
  if (length > (wide ? 128 : 32)) return `with a prefix of ${length} bits in component ${type}`;
  if (wide && offset >= length && length + offset > 0) {
    return `with the offset ${offset} and the length ${length} in component ${type} (RFC 8956 §3.1)`;
  }
  const after = pattern + ((length - offset + 7) >> 3);
  if (after > end) return endsWithin(type);
  // RFC 4271 §4.3: "the value of trailing bits is irrelevant"; RFC 8956 §3.1.
  const used = (length - offset) & 7;
  if (cleared !== undefined && used !== 0) cleared[after - 1]! &= 0xff00 >> used;
  return after;
}

function walkTerms(
  bytes: Uint8Array,
  start: number,
  end: number,
  row: RowOfComponent,
  wide: boolean,
  cleared: Uint8Array | undefined,
): number | RuleFault {
  for (let at = start;;) {
    if (at >= end) return endsWithin(row.type);
    const octet = bytes[at]!;
    const size = sizeOf(octet);
    if (!row.sizes.includes(size)) {
      return `with a value of ${size} octets in component ${row.type} (RFC 8955 §4.2.2)`;
    }
    const after = at + 1 + size;
    if (after > end) return endsWithin(row.type);
    if (cleared !== undefined) {
      // §4.2.1.1: the AND bit of the first term "MUST be treated as always unset on decoding".
      const kept = (row.form === "numeric" ? numericBits : bitmaskBits) | (at === start ? 0 : AND);
      cleared[at] = octet & (kept | END_OF_LIST | lengthBits);
      if (row.type === ComponentType.fragment) cleared[at + 1]! &= wide ? 0x0e : 0x0f;
    }
    at = after;
    if ((octet & END_OF_LIST) !== 0) return at;
  }
}

function endsWithin(type: number): RuleFault {
  return `that ends within component ${type}`;
}

/** Octets of the value behind an operator. */
function sizeOf(operator: number): number {
  return 1 << ((operator & lengthBits) >> lengthShift);
}

/** The components of the canonical octets of a rule; none where they are no rule. */
export function readRule(bytes: Uint8Array, start: number, end: number, wide: boolean): RuleComponent[] {
  if (ruleFault(bytes, start, end, wide) !== undefined) return [];
  const components: RuleComponent[] = [];
  for (let at = start; at < end;) {
    const type = bytes[at++]!;
    if (rowOfComponent(type, wide)!.form === "prefix") {
      const length = bytes[at++]!;
      const offset = wide ? bytes[at++]! : 0;
      const after = at + ((length - offset + 7) >> 3);
      const octets = shiftRight(bytes.subarray(at, after), offset, wide ? 16 : 4);
      components.push({ type, prefix: { octets, length, offset } });
      at = after;
      continue;
    }
    const terms: Term[] = [];
    for (let isLast = false; !isLast;) {
      const octet = bytes[at++]!;
      const after = at + sizeOf(octet);
      terms.push({ operator: octet & ~(END_OF_LIST | lengthBits), value: bytes.slice(at, after) });
      isLast = (octet & END_OF_LIST) !== 0;
      at = after;
    }
    components.push({ type, terms });
  }
  return components;
}

/** The canonical octets of a rule, without the length field. */
export function writeRule(components: readonly RuleComponent[], wide: boolean): Uint8Array {
  const octets = new Uint8Array(components.reduce((sum, component) => sum + componentSize(component, wide), 0));
  let at = 0;
  for (const component of components) {
    octets[at++] = component.type;
    if ("prefix" in component) {
      const { length, offset, octets: address } = component.prefix;
      octets[at++] = length;
      if (wide) octets[at++] = offset;
      const pattern = shiftLeft(address, offset, (length - offset + 7) >> 3);
      octets.set(pattern, at);
      at += pattern.length;
      continue;
    }
    const last = component.terms.length - 1;
    component.terms.forEach(({ operator, value }, i) => {
      octets[at++] = operator | (Math.log2(value.length) << lengthShift) | (i === last ? END_OF_LIST : 0);
      octets.set(value, at);
      at += value.length;
    });
  }
  return octets;
}

function componentSize(component: RuleComponent, wide: boolean): number {
  if ("terms" in component) return component.terms.reduce((sum, { value }) => sum + 1 + value.length, 1);
  const { length, offset } = component.prefix;
  return (wide ? 3 : 2) + ((length - offset + 7) >> 3);
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

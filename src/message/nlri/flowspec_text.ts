/**
 * FlowSpec rules as people write them: `destination 192.0.2.0/24 protocol =udp destination-port >=8000&<=8080 =9000`.
 *
 * A component is a word and its values. Values with spaces between them are alternatives, `&` joins comparisons that
 * must all hold. A number in decimal, or a name, takes as few octets as it needs; `0x` and 2, 4, 8 or 16 digits take
 * 1, 2, 4 or 8 octets. So each rule on the wire has a text that {@link parseRule} turns into the same octets.
 *
 * Read are also the words of other programs: brackets and semicolons around values, `==` for `=`, `next-header` and
 * similar names, TCP flags as letters (`SA`), and `2001:db8::/64/16` for a prefix with an offset.
 */

import { formatAddress, parseAddress } from "../../types/mod.ts";
import type { NlriTextError } from "./codec.ts";
import { componentNamed, ComponentType, type RowOfComponent, rowOfComponent } from "./flowspec_components.ts";
import {
  AND,
  BitmaskOperator,
  maxRuleBytes,
  numericBits,
  type PrefixMatch,
  type RuleComponent,
  ruleFault,
  type Term,
  writeRule,
} from "./flowspec_rule.ts";

/** Numeric operators by their bits: less, greater, equal. Without a bit always true, with all always false. */
const numericOperators: readonly string[] = ["true", "=", ">", ">=", "<", "<=", "!=", "false"];

/** `destination 192.0.2.0/24 protocol =tcp`. */
export function formatRule(components: readonly RuleComponent[], wide: boolean): string {
  return components
    .map((component) => `${rowOfComponent(component.type, wide)!.name} ${formatComponent(component, wide)}`)
    .join(" ");
}

/** What stands behind the name of the component. */
export function formatComponent(component: RuleComponent, wide: boolean): string {
  if ("prefix" in component) return formatMatch(component.prefix);
  const row = rowOfComponent(component.type, wide)!;
  let text = "";
  component.terms.forEach((term, i) => {
    if (i > 0) text += (term.operator & AND) === 0 ? " " : "&";
    text += row.form === "numeric" ? formatNumeric(term, row, wide) : formatBitmask(term, row, wide);
  });
  return text;
}

/** RFC 8956 §3.1: "address/length", or "address/offset-length". */
function formatMatch({ octets, length, offset }: PrefixMatch): string {
  return `${formatAddress(octets)}/${offset === 0 ? length : `${offset}-${length}`}`;
}

function formatNumeric({ operator, value }: Term, row: RowOfComponent, wide: boolean): string {
  const comparison = operator & numericBits;
  const text = numericOperators[comparison]!;
  // Only octets matter here: the comparison does not look at the value.
  if (comparison === 0 || comparison === 7) return isZeroOctet(value) ? text : text + hex(value);
  return text + (formatNumber(value, row, wide) ?? hex(value));
}

function formatBitmask({ operator, value }: Term, row: RowOfComponent, wide: boolean): string {
  const text = ((operator & BitmaskOperator.not) === 0 ? "" : "!") +
    ((operator & BitmaskOperator.match) === 0 ? "" : "=");
  return text + (formatFlags(value, row, wide) ?? hex(value));
}

/** `undefined`: the value does not have the size, or the range, of what people write in decimal. */
function formatNumber(octets: Uint8Array, row: RowOfComponent, wide: boolean): string | undefined {
  const value = smallNumber(octets, row);
  if (value === undefined || value > row.max) return undefined;
  return (row.prints ? wordFor(value, row, wide) : undefined) ?? String(value);
}

function formatFlags(octets: Uint8Array, row: RowOfComponent, wide: boolean): string | undefined {
  const value = smallNumber(octets, row);
  if (value === undefined) return undefined;
  const whole = wordFor(value, row, wide);
  if (whole !== undefined) return whole;
  const names: string[] = [];
  let rest = value;
  for (let bit = 1; bit <= rest; bit <<= 1) {
    if ((rest & bit) === 0) continue;
    const name = wordFor(bit, row, wide);
    if (name === undefined) return undefined;
    names.push(name);
    rest &= ~bit;
  }
  return names.length === 0 ? undefined : names.join("+");
}

function wordFor(value: number, row: RowOfComponent, wide: boolean): string | undefined {
  for (const [word, number] of row.words[wide ? 1 : 0]) if (number === value) return word;
  return undefined;
}

/** The number in octets of the size that {@link octetsOf} gives it; `undefined`: in more octets, or of 8. */
function smallNumber(octets: Uint8Array, row: RowOfComponent): number | undefined {
  if (octets.length === 8) return undefined;
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return octetsOf(value, row).length === octets.length ? value : undefined;
}

function octetsOf(value: number, row: RowOfComponent): Uint8Array {
  const size = row.size > 0 ? row.size : value <= 0xff ? 1 : value <= 0xffff ? 2 : 4;
  return Uint8Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** (size - 1 - i)) & 255);
}

function isZeroOctet(octets: Uint8Array): boolean {
  return octets.length === 1 && octets[0] === 0;
}

function hex(octets: Uint8Array): string {
  return `0x${octets.toHex()}`;
}

/** Words of a rule: nothing but words is left, and comparisons have no space within. */
export function ruleWords(text: string): string[] {
  return text
    .replace(/[[\]{}();,]/g, " ")
    .replace(/\s*&\s*/g, "&")
    .replace(/\s*\+\s*/g, "+")
    .replace(/([<>=!])\s+/g, "$1")
    .split(/\s+/)
    .filter((word) => word !== "" && word.toLowerCase() !== "match");
}

/** The octets of a rule, without the length field. `before`: octets of the NLRI that stand before it. */
export function parseRule(words: readonly string[], wide: boolean, before: number): Uint8Array | NlriTextError {
  const given = new Map<number, RuleComponent>();
  for (let at = 0; at < words.length;) {
    const name = words[at]!;
    const row = componentNamed(name);
    if (row === undefined) return noComponent(name, wide);
    if (rowOfComponent(row.type, wide) === undefined) return { error: `${name} stands in rules of IPv6 only` };
    let end = at + 1;
    while (end < words.length && componentNamed(words[end]!) === undefined) end++;
    const values = words.slice(at + 1, end);
    at = end;
    if (values.length === 0) return { error: `${name} needs ${row.what}` };
    const component = row.form === "prefix" ? parseMatch(name, values, row, wide) : parseTerms(name, values, row, wide);
    if ("error" in component) return component;
    const earlier = given.get(row.type);
    if (earlier === undefined) given.set(row.type, component);
    else if ("terms" in earlier && "terms" in component) {
      given.set(row.type, { type: row.type, terms: [...earlier.terms, ...component.terms] });
    } else return { error: `${name} stands twice` };
  }
  if (given.size === 0) return { error: `a rule needs a component: ${componentList(wide)}` };
  const rule = writeRule([...given.values()].sort((a, b) => a.type - b.type), wide);
  if (before + rule.length > maxRuleBytes) {
    return { error: `the rule takes ${before + rule.length} octets, more than ${maxRuleBytes} (RFC 8955 §4.1)` };
  }
  const fault = ruleFault(rule, 0, rule.length, wide);
  return fault === undefined ? rule : { error: `the rule would be an NLRI ${fault}` };
}

function noComponent(word: string, wide: boolean): NlriTextError {
  return { error: `"${word}" is no component of a rule: write ${componentList(wide)}` };
}

function componentList(wide: boolean): string {
  const names: string[] = [];
  for (let type = 1;; type++) {
    const row = rowOfComponent(type, wide);
    if (row === undefined) return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
    names.push(row.name);
  }
}

function parseMatch(
  name: string,
  values: readonly string[],
  { type }: RowOfComponent,
  wide: boolean,
): RuleComponent | NlriTextError {
  // After the prefix at most an offset follows.
  const stray = values.find((value, i) => i > 0 && !/^\d/.test(value));
  if (stray !== undefined) return noComponent(stray, wide);
  const text = values.join("/");
  const match = /^([^/]+)(?:\/(\d{1,3})(?:(\/|-)(\d{1,3}))?)?$/.exec(text);
  const octets = match === null ? undefined : parseAddress(match[1]!);
  if (match === null || octets === undefined) {
    return {
      error: `${name} needs a prefix such as ${wide ? "2001:db8::/32" : "192.0.2.0/24"}, not "${values.join(" ")}"`,
    };
  }
  if (octets.length !== (wide ? 16 : 4)) {
    return { error: `${name} ${text} is IPv${wide ? 4 : 6}, but the rule is one of IPv${wide ? 6 : 4}` };
  }
  const [first, second] = [match[2] ?? String(octets.length * 8), match[4] ?? "0"].map(Number) as [number, number];
  const [length, offset] = match[3] === "-" ? [second, first] : [first, second];
  if (length > octets.length * 8) return { error: `${name} ${text}: a length has at most ${octets.length * 8} bits` };
  if (offset > 0 && !wide) return { error: `${name} ${text}: only a prefix of IPv6 has an offset` };
  if (offset > 0 && offset >= length) return { error: `${name} ${text}: the offset must be less than the length` };
  if (octets.some((octet, i) => (octet & ~bitsOf(i, 0, length)) !== 0)) {
    return { error: `${name} ${text} has bits after its length` };
  }
  const masked = octets.map((octet, i) => octet & bitsOf(i, offset, length));
  return { type, prefix: { octets: masked, length, offset } };
}

/** The bits of octet `i` of an address between two positions. */
function bitsOf(i: number, from: number, to: number): number {
  const within = (bit: number) => Math.min(8, Math.max(0, bit - 8 * i));
  return (0xff >> within(from)) & (0xff00 >> within(to));
}

function parseTerms(
  name: string,
  values: readonly string[],
  row: RowOfComponent,
  wide: boolean,
): RuleComponent | NlriTextError {
  const terms: Term[] = [];
  for (const value of values) {
    const parts = value.split("&");
    for (const [i, part] of parts.entries()) {
      const term = row.form === "numeric" ? parseNumeric(part, row, wide) : parseBitmask(part, row, wide);
      if (term === undefined) return { error: `${name} ${value}: ${wrongValue(part, row, wide)}` };
      terms.push(i === 0 ? term : { ...term, operator: term.operator | AND });
    }
  }
  return { type: row.type, terms };
}

function wrongValue(part: string, row: RowOfComponent, wide: boolean): string {
  const words = [...row.words[wide ? 1 : 0].keys()];
  const named = words.length === 0 ? "" : `, or a name such as ${words.slice(0, 3).join(", ")}`;
  return part === ""
    ? "a comparison is missing"
    : `"${part}" is not ${row.what}: write a number from 0 to ${row.max}${named}, with = > >= < <= or != before it`;
}

function parseNumeric(text: string, row: RowOfComponent, wide: boolean): Term | undefined {
  const constant = /^(true|false)(0x[0-9a-f]+)?$/i.exec(text);
  if (constant !== null) {
    const operator = numericOperators.indexOf(constant[1]!.toLowerCase());
    const value = constant[2] === undefined ? Uint8Array.of(0) : parseHex(constant[2], row);
    return value === undefined ? undefined : { operator, value };
  }
  const match = /^(==|!=|<>|>=|<=|=|>|<)?(.+)$/.exec(text);
  if (match === null) return undefined;
  const symbol = match[1] === undefined || match[1] === "==" ? "=" : match[1] === "<>" ? "!=" : match[1];
  const value = parseHex(match[2]!, row) ?? parseNumber(match[2]!, row, wide);
  return value === undefined ? undefined : { operator: numericOperators.indexOf(symbol), value };
}

function parseBitmask(text: string, row: RowOfComponent, wide: boolean): Term | undefined {
  const match = /^(!?)(={0,2})(.+)$/.exec(text);
  if (match === null) return undefined;
  const operator = (match[1] === "" ? 0 : BitmaskOperator.not) | (match[2] === "" ? 0 : BitmaskOperator.match);
  const value = parseHex(match[3]!, row) ?? parseFlags(match[3]!, row, wide);
  return value === undefined ? undefined : { operator, value };
}

/** Digits of 1, 2, 4 or 8 octets, as many octets; an odd number of digits is a number like any other. */
function parseHex(text: string, row: RowOfComponent): Uint8Array | undefined {
  const digits = /^0x([0-9a-f]{1,16})$/i.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const octets = digits.length / 2;
  if (row.sizes.includes(octets)) return Uint8Array.fromHex(digits);
  const value = parseInt(digits, 16);
  return value > row.max ? undefined : octetsOf(value, row);
}

function parseNumber(text: string, row: RowOfComponent, wide: boolean): Uint8Array | undefined {
  const value = numberOf(text, row, wide);
  return value === undefined ? undefined : octetsOf(value, row);
}

function numberOf(text: string, row: RowOfComponent, wide: boolean): number | undefined {
  const word = row.words[wide ? 1 : 0].get(text.toLowerCase());
  if (word !== undefined) return word;
  if (!/^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text)) return undefined;
  const value = Number(text);
  return value > row.max ? undefined : value;
}

/** TCP flags by their letters, as some programs write them. */
const letters: Readonly<Record<string, string>> = {
  F: "fin",
  S: "syn",
  R: "rst",
  P: "push",
  A: "ack",
  U: "urg",
  E: "ece",
  C: "cwr",
};

function parseFlags(text: string, row: RowOfComponent, wide: boolean): Uint8Array | undefined {
  let value = 0;
  for (const part of text.split("+")) {
    const known = numberOf(part, row, wide);
    if (known !== undefined) value |= known;
    else if (row.type === ComponentType.tcpFlags && /^[FSRPAUEC]+$/.test(part)) {
      for (const letter of part) value |= numberOf(letters[letter]!, row, wide)!;
    } else return undefined;
  }
  return octetsOf(value, row);
}

/**
 * FlowSpec NLRI (RFC 8955, RFC 8956): a length, a Route Distinguisher in the VPN families (RFC 8955 §8), and the
 * components of a rule. The rule is the key; nothing of the NLRI is a value of the route, because what to do with the
 * packets stands in extended communities (`../flow_actions.ts`).
 *
 * | file | what |
 * |---|---|
 * | `flowspec_components.ts` | a row for each component, with its words |
 * | `flowspec_rule.ts` | octets ⇄ components |
 * | `flowspec_text.ts` | components ⇄ text |
 * | `flowspec_order.ts` | the order in which routers apply rules |
 */

import { writeUint16 } from "../../types/mod.ts";
import type { Nlri, NlriCodec, NlriFields, NlriTextError } from "./codec.ts";
import { componentRows, ComponentType } from "./flowspec_components.ts";
import { ruleOrder } from "./flowspec_order.ts";
import { clearIgnored, readRule, ruleFault } from "./flowspec_rule.ts";
import { formatComponent, formatRule, parseRule, ruleWords } from "./flowspec_text.ts";
import { formatRd, parseRd, RD_BYTES, rdForms } from "./rd.ts";

/** RFC 8955 §4.1: from this length on, the length field has two octets. */
const LONG = 240;

const none = new Uint8Array(0);

/** The columns of SQL, by type less one. */
const columns = componentRows.map(({ name }) => name.replaceAll("-", "_"));

/** The codec for rules of IPv4 or IPv6, with or without an RD. */
export function flowspecCodec(addressBytes: 4 | 16, withRd: boolean): NlriCodec {
  const wide = addressBytes === 16;
  const rdBytes = withRd ? RD_BYTES : 0;

  function size(bytes: Uint8Array, at: number, end: number): number {
    const first = bytes[at]!;
    if (first >= LONG && at + 2 > end) return -1;
    const length = first < LONG ? 1 + first : 2 + ((first & 0x0f) << 8) + bytes[at + 1]!;
    return at + length > end ? -1 : length;
  }

  function fault(bytes: Uint8Array, start: number, end: number): string | undefined {
    const rule = afterLength(bytes, start) + rdBytes;
    if (rule > end) return `of ${end - start} octets, which is too short for an RD (RFC 8955 §8)`;
    return ruleFault(bytes, rule, end, wide);
  }

  function split(bytes: Uint8Array, start: number, end: number): Nlri {
    const key = bytes.slice(afterLength(bytes, start), end);
    clearIgnored(key, rdBytes, key.length, wide);
    return { key, value: none };
  }

  function join(key: Uint8Array): Uint8Array {
    const lengthBytes = key.length < LONG ? 1 : 2;
    const nlri = new Uint8Array(lengthBytes + key.length);
    if (lengthBytes === 1) nlri[0] = key.length;
    else writeUint16(nlri, 0, 0xf000 | key.length);
    nlri.set(key, lengthBytes);
    return nlri;
  }

  function format(key: Uint8Array): string {
    const rule = formatRule(readRule(key, rdBytes, key.length, wide), wide);
    return withRd ? `rd ${formatRd(key)} ${rule}` : rule;
  }

  function parse(text: string): Uint8Array | NlriTextError {
    const words = ruleWords(text);
    const rd = takeRd(words, withRd);
    if ("error" in rd) return rd;
    const rule = parseRule(words, wide, rdBytes);
    return "error" in rule ? rule : Uint8Array.of(...rd, ...rule);
  }

  function fields(key: Uint8Array): NlriFields {
    const components = readRule(key, rdBytes, key.length, wide);
    const more: Record<string, string> = {};
    for (const component of components) more[columns[component.type - 1]!] = formatComponent(component, wide);
    more.precedence = Uint8Array.of(...key.subarray(0, rdBytes), ...ruleOrder(components, wide)).toHex();
    const first = components[0];
    // A destination whose first bits may have any value is no prefix.
    const prefix = first?.type === ComponentType.destination && "prefix" in first && first.prefix.offset === 0
      ? { octets: first.prefix.octets, length: first.prefix.length }
      : undefined;
    return { ...withRd && { rd: formatRd(key) }, ...prefix && { prefix }, more };
  }

  return { size, fault, split, join, format, parse, fields };
}

/** Where the octets behind the length field begin. */
function afterLength(bytes: Uint8Array, start: number): number {
  return start + (bytes[start]! < LONG ? 1 : 2);
}

/** Removes `rd 65000:1`, or an RD at the beginning, from the words; no octets where the family has no RD. */
function takeRd(words: string[], withRd: boolean): Uint8Array | NlriTextError {
  const named = words.findIndex((word) => /^(rd|route-distinguisher)$/i.test(word));
  const first = named === -1 && words.length > 0 ? parseRd(words[0]!) : undefined;
  if (!withRd) {
    return named === -1 && first === undefined ? new Uint8Array(0) : { error: "only the VPN families have an RD" };
  }
  if (first !== undefined) {
    words.shift();
    return first;
  }
  if (named === -1) return { error: `the rule needs an RD, such as rd 65000:1` };
  const [, text] = words.splice(named, 2);
  return parseRd(text ?? "") ?? { error: `"${text ?? ""}" is no RD ${rdForms}` };
}

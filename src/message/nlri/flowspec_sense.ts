/** Rules that a person writes: the family that their words tell, and mistakes that are valid on the wire. */

import { familyByCode, type FamilyId, familyOf } from "../../types/mod.ts";
import { rowOfComponent } from "./flowspec_components.ts";
import { AND, numericBits, readRule, type TermsComponent } from "./flowspec_rule.ts";
import { formatComponent, ruleWords } from "./flowspec_text.ts";
import { RD_BYTES } from "./rd.ts";

const SAFI_FLOWSPEC = 133, SAFI_FLOWSPEC_VPN = 134;

/** The family of a rule: IPv6 where a word tells it, else IPv4; one of the VPN families where it has an RD. */
export function flowFamilyOf(rule: string): FamilyId {
  const words = ruleWords(rule.toLowerCase());
  const isIpv6 = words.some((word, i) =>
    /^(next-header|traffic-class|flow-label|(destination|source)-ipv6)$/.test(word) ||
    (/^(destination|source|dst|src)$/.test(word) && words[i + 1]?.includes(":") === true)
  );
  const isVpn = words.some((word) => word === "rd" || word === "route-distinguisher");
  return familyByCode(isIpv6 ? 2 : 1, isVpn ? SAFI_FLOWSPEC_VPN : SAFI_FLOWSPEC)!.id;
}

/** True for families whose routes are FlowSpec rules. */
export function isFlowspec(family: FamilyId): boolean {
  return familyOf(family).kind.startsWith("flowspec");
}

/**
 * Why nobody can mean this rule: alternatives of a component that together match every value, or comparisons of which
 * no value fulfils all. Who wants either writes `true`, `false` or `>=0`.
 */
export function flowRuleFault(family: FamilyId, key: Uint8Array): string | undefined {
  const { kind, addressBytes } = familyOf(family);
  const wide = addressBytes === 16;
  const components = readRule(key, kind === "flowspec-vpn" ? RD_BYTES : 0, key.length, wide);
  for (const component of components) {
    if ("prefix" in component) continue;
    const { name, form, max } = rowOfComponent(component.type, wide)!;
    const fault = form === "numeric" ? numericFault(component, max) : undefined;
    if (fault === undefined) continue;
    const text = formatComponent(component, wide);
    return fault === "all"
      ? `${name} ${text} matches every value: join comparisons that must all hold with &, as in >8000&<=8080`
      : `${name} ${text} matches no value: put a space between alternatives, as in =80 =443`;
  }
  return undefined;
}

interface Comparison {
  /** RFC 8955 §4.2.1.1: less 4, greater 2, equal 1; true where no bit is set, false where all are. */
  readonly bits: number;
  readonly value: number;
}

function numericFault({ terms }: TermsComponent, max: number): "all" | "none" | undefined {
  const groups: Comparison[][] = [];
  // Between two values that the terms name, nothing changes.
  const points = new Set([0, max]);
  for (const { operator, value: octets } of terms) {
    const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
    const comparison = { bits: operator & numericBits, value };
    if ((operator & AND) === 0) groups.push([comparison]);
    else groups.at(-1)!.push(comparison);
    for (const point of [value - 1, value, value + 1]) if (point >= 0 && point <= max) points.add(point);
  }
  const values = [...points];
  const matches = (group: readonly Comparison[], value: number) => group.every((each) => holds(each, value));
  if (groups.some((group) => values.every((value) => matches(group, value)))) return undefined;
  if (values.every((value) => groups.some((group) => matches(group, value)))) return "all";
  const isMeant = groups.flat().some(({ bits }) => bits === numericBits);
  return isMeant || values.some((value) => groups.some((group) => matches(group, value))) ? undefined : "none";
}

function holds({ bits, value }: Comparison, point: number): boolean {
  if (bits === 0) return true;
  if (bits === numericBits) return false;
  return ((bits & 1) !== 0 && point === value) || ((bits & 2) !== 0 && point > value) ||
    ((bits & 4) !== 0 && point < value);
}

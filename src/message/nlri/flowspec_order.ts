/**
 * The order in which routers apply FlowSpec rules (RFC 8955 §5.1, RFC 8956 §4), as octets that are compared from the
 * left: the rule with the lower octets comes first.
 */

import { type PrefixMatch, type RuleComponent, writeRule } from "./flowspec_rule.ts";

/** Stands behind the last octet of a component, and behind the last component: what is longer comes first. */
const END = 0xff;
/** Stands for the octets 0xfe and 0xff, followed by 0 or 1: no octet of a component is {@link END}. */
const ESCAPE = 0xfe;

/** Octets that sort like the rules. */
export function ruleOrder(components: readonly RuleComponent[], wide: boolean): Uint8Array {
  const order: number[] = [];
  for (const component of components) {
    order.push(component.type);
    if ("prefix" in component) order.push(...prefixOrder(component.prefix));
    else {
      // The octets behind the type: operators and values, as memcmp() of §5.1 sees them.
      for (const octet of writeRule([component], wide).subarray(1)) {
        if (octet < ESCAPE) order.push(octet);
        else order.push(ESCAPE, octet - ESCAPE);
      }
      order.push(END);
    }
  }
  order.push(END);
  return Uint8Array.from(order);
}

/**
 * The lowest offset first; then a prefix before any that contains it, else the lower one. A prefix ends where the
 * prefixes within it end or behind them, so the last address decides, and of equal ones the length.
 */
function prefixOrder({ octets, length, offset }: PrefixMatch): number[] {
  const last = octets.map((octet, i) => octet | (0xff >> Math.min(8, Math.max(0, length - 8 * i))));
  return [...octets.length === 16 ? [offset] : [], ...last, octets.length * 8 - length];
}

/** Values of BIRD's filters as bgpd writes them: prefixes, communities, patterns of AS paths. */

import { formatPrefix, maskPrefix, parseAddress } from "../../../types/mod.ts";
import { prefixRangeText } from "../condition.ts";
import type { Value } from "../document.ts";
import { NotUnderstood } from "../place.ts";
import type { Expression } from "./syntax.ts";

const uint16Max = 0xffff;
const uint32Max = 0xffffffff;

/** A pattern such as `10.0.0.0/8{6,24}` as entries of a prefix set. */
export function prefixEntries(expression: Expression): string[] {
  if (expression.kind === "address") {
    const bits = expression.text.includes(":") ? 128 : 32;
    return [`${expression.text}/${bits}`];
  }
  if (expression.kind !== "prefix") throw new NotUnderstood("the converter expects a set of prefixes here");
  const { text, low, high } = expression;
  const [address, lengthText] = text.split("/");
  const octets = parseAddress(address!);
  const length = Number(lengthText);
  if (octets === undefined || !(length <= octets.length * 8) || !(high <= octets.length * 8) || !(low <= high)) {
    throw new NotUnderstood(`the prefix ${text}`);
  }
  const entries: string[] = [];
  // Lengths below that of the prefix: the prefixes that cover it.
  for (let shorter = low; shorter < Math.min(length, high + 1); shorter++) {
    entries.push(formatPrefix(maskPrefix(octets, shorter)));
  }
  if (high >= length) {
    entries.push(prefixRangeText(formatPrefix(maskPrefix(octets, length)), Math.max(low, length), high));
  }
  return entries;
}

/** `65000`, `65010..65020` as an AS number or a range. */
export function asnValue(expression: Expression): Value {
  if (expression.kind === "number") return checked(expression.value, uint32Max);
  if (expression.kind === "range" && expression.from.kind === "number" && expression.to.kind === "number") {
    return `${checked(expression.from.value, uint32Max)}-${checked(expression.to.value, uint32Max)}`;
  }
  throw new NotUnderstood("the converter expects a set of AS numbers here");
}

/** `65000`, `10..20` as bounds. */
export function numberSpan(expression: Expression): readonly [number, number] {
  if (expression.kind === "number") return [expression.value, expression.value];
  if (expression.kind === "range" && expression.from.kind === "number" && expression.to.kind === "number") {
    return [expression.from.value, expression.to.value];
  }
  throw new NotUnderstood("the converter expects a number here");
}

/** `(65000, 1)`, `(65000, *, 1..9)`, `(rt, 65000, 1)` as a community. */
export function communityText(expression: Expression): string {
  if (expression.kind !== "tuple") throw new NotUnderstood("the converter expects a community here");
  const [first, ...rest] = expression.items;
  const kind = first?.kind === "name" ? { rt: "rt", ro: "soo" }[first.text] : undefined;
  if (kind !== undefined) return [kind, ...rest.map((item) => partText(item, uint32Max))].join(":");
  const { items } = expression;
  if (items.length !== 2 && items.length !== 3) throw new NotUnderstood("a community of another kind");
  return items.map((item) => partText(item, items.length === 2 ? uint16Max : uint32Max)).join(":");
}

function partText(item: Expression, max: number): string {
  switch (item.kind) {
    case "any":
      return "*";
    case "number":
      return String(checked(item.value, max));
    case "address":
      return item.text;
    case "range": {
      const [from, to] = numberSpan(item);
      return `${checked(from, max)}-${checked(to, max)}`;
    }
  }
  throw new NotUnderstood("a part of a community");
}

function checked(value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new NotUnderstood(`the number ${value}`);
}

/** `[= 65001 * 65010 =]` as a pattern; `undefined`: every path matches. */
export function pathPattern(items: readonly Expression[]): string | undefined {
  if (items.length > 200) throw new NotUnderstood("a very long pattern of a path");
  const parts: string[] = [];
  let isOpen = false;
  let pattern = "^";
  for (const item of items) {
    if (item.kind === "any") {
      isOpen = true;
      continue;
    }
    if (parts.length === 0) pattern = isOpen ? "_" : "^";
    else pattern += isOpen ? "_(.*_)?" : "_";
    parts.push(elementText(item));
    pattern += parts.at(-1)!;
    isOpen = false;
  }
  if (parts.length === 0) return isOpen ? undefined : "^$";
  return pattern + (isOpen ? "_" : "$");
}

function elementText(item: Expression): string {
  if (item.kind === "one") return "[0-9]+";
  if (item.kind === "number") return String(checked(item.value, uint32Max));
  if (item.kind !== "set") throw new NotUnderstood("a part of a pattern of a path");
  return `(${item.items.map(elementText).join("|")})`;
}

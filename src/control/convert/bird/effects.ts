/** Statements of BIRD's filters that change a route, as keys of `set`. */

import type { Value } from "../document.ts";
import { NotUnderstood } from "../place.ts";
import { resolved, type Scope } from "./names.ts";
import type { Expression, Step } from "./syntax.ts";
import { asnValue, communityText } from "./values.ts";

/** Attributes of BIRD that change only what BIRD itself forwards. */
const forwarding = new Set([
  "dest",
  "gw",
  "ifname",
  "ifindex",
  "weight",
  "scope",
  "igp_metric",
  "onlink",
  "krt_prefsrc",
  "krt_metric",
  "krt_realm",
]);

/** Keys of `set` and of static routes, by the attributes of BIRD. */
export const communityKeys: Readonly<Record<string, string>> = {
  bgp_community: "communities",
  bgp_ext_community: "ext_communities",
  bgp_large_community: "large_communities",
};

export type Effect =
  | { readonly kind: "set"; readonly key: string; readonly value: Value }
  | { readonly kind: "nothing" }
  /** It matters to BIRD's own forwarding only. */
  | { readonly kind: "forwarding" };

/** What an assignment or a call of a method does. Throws {@link NotUnderstood}. */
export function effectOf(step: Step & { kind: "assign" | "run" }, scope: Scope): Effect {
  if (step.kind === "assign") return assigned(step.name, resolved(step.value, scope));
  const { value } = step;
  if (value.kind !== "member" || value.of.kind !== "name" || (value.items === undefined && value.name !== "empty")) {
    throw new NotUnderstood("the converter does not know this statement");
  }
  return method(value.of.text, value.name, value.items?.map((item) => resolved(item, scope)) ?? []);
}

function set(key: string, value: Value): Effect {
  return { kind: "set", key, value };
}

function assigned(name: string, value: Expression): Effect {
  if (forwarding.has(name)) return { kind: "forwarding" };
  const kind = communityKeys[name];
  if (kind !== undefined) {
    if (value.kind === "set" && value.items.length === 0) return set(kind, []);
    throw new NotUnderstood("a list of communities");
  }
  const key = { bgp_local_pref: "local_pref", bgp_med: "med" }[name];
  if (key !== undefined) return set(key, numberChange(name, value));
  if (name === "bgp_next_hop" && value.kind === "address") return set("next_hop", value.text);
  const origin = name === "bgp_origin" && value.kind === "name" ? originOf(value.text) : undefined;
  if (origin !== undefined) return set("origin", origin);
  throw new NotUnderstood(`bgpd does not change ${name} so`);
}

export function originOf(word: string): string | undefined {
  return { ORIGIN_IGP: "igp", ORIGIN_EGP: "egp", ORIGIN_INCOMPLETE: "incomplete" }[word];
}

function method(attribute: string, name: string, [item]: readonly Expression[]): Effect {
  const kind = communityKeys[attribute];
  if (kind !== undefined && name === "empty") return set(kind, []);
  if (kind !== undefined && item !== undefined && (name === "add" || name === "delete")) {
    const values = item.kind === "set" ? item.items.map(communityText) : [communityText(item)];
    if (name === "add" && values.some((text) => /[*-]/.test(text))) throw new NotUnderstood("a pattern of communities");
    if (values.length === 0) return { kind: "nothing" };
    return set(name === "add" ? "add_communities" : "remove_communities", values);
  }
  if (attribute === "bgp_path" && name === "prepend" && item?.kind === "number") {
    return set("prepend", [asnValue(item)]);
  }
  throw new NotUnderstood(`bgpd has no counterpart of ${attribute}.${name}()`);
}

/** A number, or a change of the old one. */
function numberChange(name: string, value: Expression): Value {
  if (value.kind === "number" && value.value <= 0xffffffff) return value.value;
  if (value.kind === "binary" && value.left.kind === "name" && value.left.text === name) {
    if (value.right.kind === "number" && (value.sign === "+" || value.sign === "-")) {
      return `${value.sign}${value.right.value}`;
    }
  }
  throw new NotUnderstood("the value is not a number");
}

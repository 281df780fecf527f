/** Path attributes in words: all of them, or what differs between two states of a route. Pure. */

import type { AttributeValues } from "../../../store/mod.ts";
import { listOf } from "../../json.ts";

/** Attributes with one value. */
const single = [
  ["next hop", "nextHop"],
  ["path", "asPath"],
  ["origin", "origin"],
  ["med", "med"],
  ["local pref", "localPref"],
] as const;

const lists = [
  ["labels", "labels"],
  ["communities", "communities"],
  ["large communities", "largeCommunities"],
  ["extended communities", "extCommunities"],
] as const;

/** `next hop 192.0.2.1, path 65001 3356, communities 65001:1 65001:2`. The usual origin is left out. */
export function attributesText(route: AttributeValues): string {
  const texts = [
    ...single.filter(([name]) => name !== "origin" || route.origin?.toLowerCase() !== "igp")
      .map(([name, key]) => [name, String(route[key] ?? "")] as const),
    ...lists.map(([name, key]) => [name, route[key] ?? ""] as const),
  ];
  return texts.filter(([, value]) => value !== "").map(([name, value]) => `${name} ${value}`).join(", ");
}

/** `med 10 -> 20, communities +65001:1 -65001:2`; empty: nothing differs. */
export function differencesText(before: AttributeValues, after: AttributeValues): string {
  const texts = single.filter(([, key]) => before[key] !== after[key])
    .map(([name, key]) => `${name} ${valueText(before[key])} -> ${valueText(after[key])}`);
  for (const [name, key] of lists) {
    if (before[key] === after[key]) continue;
    const old = listOf(before[key] ?? null), now = listOf(after[key] ?? null);
    const added = now.filter((each) => !old.includes(each)).map((each) => `+${each}`);
    const gone = old.filter((each) => !now.includes(each)).map((each) => `-${each}`);
    texts.push(`${name} ${[...added, ...gone].join(" ")}`);
  }
  return texts.join(", ");
}

function valueText(value: string | number | null): string {
  return value === null || value === "" ? "none" : String(value);
}

/** The differences of two attribute sets, as text. */

import {
  attributeName,
  type AttributeSet,
  decodeAttributeSet,
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatLargeCommunity,
  formatNextHop,
  originName,
} from "../../message/mod.ts";

/** `"local_pref none → 200"`, `"communities + 65000:1 - 65001:7"` … */
export function differences(before: Uint8Array, after: Uint8Array): string[] {
  const old = decodeAttributeSet(before), fresh = decodeAttributeSet(after);
  const lines: string[] = [];
  for (const [name, text] of single) {
    const [from, to] = [text(old), text(fresh)];
    if (from !== to) lines.push(`${name} ${from ?? "none"} → ${to ?? "none"}`);
  }
  for (const [name, texts] of lists) {
    const [from, to] = [texts(old), texts(fresh)];
    const added = to.filter((text) => !from.includes(text)).map((text) => `+ ${text}`);
    const gone = from.filter((text) => !to.includes(text)).map((text) => `- ${text}`);
    if (added.length + gone.length > 0) lines.push([name, ...added, ...gone].join(" "));
    else if (from.join(" ") !== to.join(" ")) lines.push(`${name} in a different order`);
  }
  for (const { code } of old.unknown) {
    if (!fresh.unknown.some((other) => other.code === code)) lines.push(`${attributeName(code)} removed`);
  }
  return lines;
}

/** Every attribute of a set, for example `as_path "65001 500"`. */
export function valuesOf(wire: Uint8Array): string[] {
  const set = decodeAttributeSet(wire);
  return [
    ...single.flatMap(([name, text]) => {
      const value = text(set);
      return value === undefined || value === "false" ? [] : [`${name} ${value}`];
    }),
    ...lists.flatMap(([name, texts]) => {
      const values = texts(set);
      return values.length === 0 ? [] : [`${name} ${values.join(" ")}`];
    }),
  ];
}

const single: readonly (readonly [string, (set: AttributeSet) => string | undefined])[] = [
  ["origin", ({ origin }) => origin === undefined ? undefined : originName(origin)],
  ["as_path", ({ asPath }) => `"${formatAsPath(asPath)}"`],
  ["next_hop", ({ nextHop }) => nextHop === undefined ? undefined : formatNextHop(nextHop)],
  ["med", ({ med }) => med?.toString()],
  ["local_pref", ({ localPref }) => localPref?.toString()],
  ["atomic_aggregate", ({ atomicAggregate }) => String(atomicAggregate)],
  ["aggregator", ({ aggregator }) => aggregator === undefined ? undefined : `AS ${aggregator.asn}`],
  ["aigp", ({ aigp }) => aigp?.toString()],
  ["otc", ({ otc }) => otc?.toString()],
];

const lists: readonly (readonly [string, (set: AttributeSet) => string[]])[] = [
  ["communities", ({ communities }) => communities.map(formatCommunity)],
  ["large_communities", ({ largeCommunities }) => largeCommunities.map(formatLargeCommunity)],
  ["ext_communities", ({ extCommunities }) => extCommunities.map(formatExtCommunity)],
];

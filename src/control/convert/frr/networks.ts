/** `network` of FRR as `[[static_routes]]`. */

import { Table } from "../document.ts";
import type { Draft } from "../draft.ts";
import { NotUnderstood } from "../place.ts";
import type { Line } from "./lines.ts";
import { masked } from "./lists.ts";
import type { RouteMaps } from "./route_maps.ts";

/** Keys of `set` that a static route has, too. */
const routeKeys: Readonly<Record<string, string>> = {
  local_pref: "local_pref",
  med: "med",
  origin: "origin",
  communities: "communities",
  large_communities: "large_communities",
  prepend: "as_path",
  next_hop: "next_hop",
};

export function addNetwork(line: Line, family: string, draft: Draft, maps: RouteMaps): void {
  // FRR sends MED 0 with its own routes.
  const table = new Table("static_routes", [["prefix", line.words[1] ?? ""], ["med", 0]]);
  try {
    if (!family.endsWith("unicast")) throw new NotUnderstood("static routes are unicast routes");
    const [, prefix = "", ...rest] = line.words;
    table.keys.set("prefix", masked(prefix.includes("/") ? prefix : classful(prefix, rest)));
    const map = rest.indexOf("route-map");
    if (map !== -1) applyMap(table, rest[map + 1] ?? "", maps);
    if (rest.includes("backdoor")) throw new NotUnderstood("backdoor");
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    table.isCommentedOut = true;
    table.comments.push(...draft.notes.leave(line.at, `${line.text}: ${error.message}`));
  }
  draft.staticRoutes.push(table);
  if (!table.isCommentedOut) {
    draft.notes.remark(line.at, `${line.text}: bgpd announces it always, also while no other table has the prefix`);
  }
}

/** `network 10.0.0.0 mask 255.0.0.0`. */
function classful(address: string, rest: readonly string[]): string {
  const mask = rest[0] === "mask" ? rest[1]?.split(".").map(Number) : undefined;
  if (mask === undefined) throw new NotUnderstood("write the prefix with its length");
  const bits = mask.map((octet) => octet.toString(2).padStart(8, "0")).join("");
  if (!/^1*0*$/.test(bits) || bits.length !== 32) throw new NotUnderstood("the mask");
  return `${address}/${bits.replaceAll("0", "").length}`;
}

function applyMap(table: Table, name: string, maps: RouteMaps): void {
  const [entry] = maps.entries(name);
  if (entry === undefined) throw new NotUnderstood(`there is no route-map ${name}`);
  const isPlain = entry.isPermit &&
    !entry.lines.some(({ words }) => /^(match|on-match|call|continue)$/.test(words[0] ?? ""));
  if (!isPlain) throw new NotUnderstood(`the route-map ${name} depends on the route`);
  for (const [key, value] of maps.sets(entry, "export").values) {
    const communities = key === "add_communities" && Array.isArray(value) ? value.map(String) : undefined;
    if (communities !== undefined && communities.every((text) => /^[\d]+:\d+$|^[a-z-]+$/.test(text))) {
      table.keys.set("communities", communities);
      continue;
    }
    const isRelative = typeof value === "string" && /^[+-]/.test(value);
    const routeKey = routeKeys[key];
    if (routeKey === undefined || isRelative) throw new NotUnderstood(`${key} of the route-map ${name}`);
    table.keys.set(routeKey, value);
  }
}

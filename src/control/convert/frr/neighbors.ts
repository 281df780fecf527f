/** Neighbours and peer groups of FRR as peers and groups. */

import { Table, type Value } from "../document.ts";
import { type Draft, nothing, type PeerDraft } from "../draft.ts";
import { not } from "../condition.ts";
import { NotUnderstood } from "../place.ts";
import { Policies, sameForAll } from "../policies.ts";
import { RuleList, withoutCommunities } from "../rules.ts";
import type { Line } from "./lines.ts";
import type { FrrLists } from "./lists.ts";
import { type Filters, NeighborOptions, readStatement, type Statement } from "./options.ts";
import type { Direction, RouteMaps } from "./route_maps.ts";

/** A neighbour, a peer group, or a range of addresses. */
export interface Neighbor {
  readonly id: string;
  readonly line: Line;
  readonly isGroup: boolean;
  readonly statements: Statement[];
  group: string | undefined;
  /** `neighbor eth0 interface`. */
  isInterface: boolean;
  /** `bgp listen range`. */
  range: string | undefined;
}

/** What `router bgp` says about all neighbours. */
export interface RouterSettings {
  readonly asn: number;
  readonly ipv4ByDefault: boolean;
  readonly needsPolicy: boolean;
  readonly localPref: number;
  readonly holdTime: number | undefined;
  readonly graceful: string | undefined;
  readonly keys: ReadonlyMap<string, Value>;
  readonly hasRoutes: boolean;
  readonly maxMembers: number | undefined;
}

export class FrrNeighbors {
  readonly #draft: Draft;
  readonly #lists: FrrLists;
  readonly #maps: RouteMaps;
  readonly #settings: RouterSettings;
  readonly #policies: Policies;

  constructor(draft: Draft, lists: FrrLists, maps: RouteMaps, settings: RouterSettings) {
    this.#draft = draft;
    this.#policies = new Policies(draft);
    this.#lists = lists;
    this.#maps = maps;
    this.#settings = settings;
  }

  group(neighbor: Neighbor): void {
    const { keys, comments } = this.#read(neighbor, neighbor.statements);
    keys.delete("interface");
    this.#draft.groups.set(neighbor.id, { keys, comments });
  }

  peer(neighbor: Neighbor, group: Neighbor | undefined): void {
    const { keys, comments } = this.#read(neighbor, [...group?.statements ?? [], ...neighbor.statements]);
    const { range, id } = neighbor;
    if (neighbor.isInterface) keys.set("interface", id);
    else keys.set("remote_ip", range ?? id);
    if (range !== undefined && this.#settings.maxMembers !== undefined) {
      keys.set("max_members", this.#settings.maxMembers);
    }
    const peer: PeerDraft = {
      keys,
      comments,
      ...group === undefined ? {} : { group: group.id },
      commentedOut: this.#whyUseless(neighbor, keys),
    };
    this.#draft.peers.push(peer);
  }

  #whyUseless({ id, line, range, isInterface }: Neighbor, keys: ReadonlyMap<string, Value>): string | undefined {
    const say = (text: string) => {
      this.#draft.notes.leave(line.at, `neighbor ${id}: ${text}`);
      return text;
    };
    if (!isInterface && range === undefined && !/^[\d.]+$|:/.test(id)) return say("it has no address");
    if (keys.has("remote_as")) return undefined;
    if (isInterface || range !== undefined) {
      this.#draft.notes.leave(line.at, `neighbor ${id}: it is not limited to external ASes: write remote_as`);
      return undefined;
    }
    return say('bgpd needs the AS of the peer ("external" is no AS): write remote_as');
  }

  #read(neighbor: Neighbor, statements: readonly Statement[]): { keys: Map<string, Value>; comments: string[] } {
    const options = new NeighborOptions(this.#settings.asn);
    for (const [key, value] of this.#settings.keys) options.keys.set(key, value);
    if (this.#settings.holdTime !== undefined) options.keys.set("hold_timer", this.#settings.holdTime);
    if (this.#settings.graceful !== undefined) options.keys.set("graceful_restart", this.#settings.graceful);
    if (this.#settings.ipv4ByDefault) options.family("ipv4 unicast").isActive = true;
    for (const statement of statements) {
      try {
        readStatement(statement, options);
      } catch (error) {
        if (!(error instanceof NotUnderstood)) throw error;
        const { at, text } = statement.line;
        options.comments.push(...this.#draft.notes.leave(at, `${text}: ${error.message}`));
      }
    }
    const { keys, comments } = options;
    if (neighbor.isInterface && !keys.has("extended_next_hop") && options.families.has("ipv4 unicast")) {
      keys.set("extended_next_hop", true);
    }
    const active = [...options.families].filter(([, { isActive }]) => isActive);
    if (active.length === 0 && !neighbor.isGroup) {
      keys.set("enabled", false);
      comments.push(...this.#draft.notes.leave(neighbor.line.at, `neighbor ${neighbor.id} has no active family`));
    }
    if (active.length > 0) keys.set("families", active.map(([family]) => family));
    if (options.password !== undefined) {
      const { text, at } = options.password;
      keys.set("password_file", this.#draft.secretFile(neighbor.id.replaceAll("/", "-"), text, at));
    }
    this.#familyKeys(keys, active, comments);
    const isExternal = keys.get("remote_as") !== (keys.get("local_as") ?? this.#settings.asn);
    for (const direction of ["import", "export"] as const) {
      const choices = active.map(([family, filters]): [string, Value] => [
        family,
        this.#choice(family, filters, { direction, isExternal, neighbor }),
      ]);
      const value = sameForAll(choices);
      if (value !== undefined) keys.set(direction, value);
    }
    return { keys, comments };
  }

  /** Keys that FRR has for each family, and bgpd for a peer or for each family. */
  #familyKeys(keys: Map<string, Value>, active: readonly (readonly [string, Filters])[], comments: string[]): void {
    for (const name of new Set(active.flatMap(([, filters]) => [...filters.keys.keys()]))) {
      const values = active.flatMap(([family, filters]): [string, Value][] => {
        const value = filters.keys.get(name);
        return value === undefined ? [] : [[family, value]];
      });
      const isSame = values.length === active.length && values.every(([, value]) => value === values[0]![1]);
      if (isSame) keys.set(name, values[0]![1]);
      else if (/^(max_prefixes|max_prefixes_out|add_path)$/.test(name)) keys.set(name, Object.fromEntries(values));
      else if (name === "default_originate") keys.set(name, values.map(([family]) => family));
      else {
        keys.set(name, values[0]![1]);
        comments.push(`${name} is for all families of the peer; FRR had it for ${values[0]![0]}.`);
      }
    }
  }

  #choice(
    family: string,
    filters: Filters,
    { direction, isExternal, neighbor }: { direction: Direction; isExternal: boolean; neighbor: Neighbor },
  ): Value {
    const isWide = family.startsWith("ipv6");
    const { notes } = this.#draft;
    if (filters.blocked !== undefined && direction === "export") return nothing;
    const lists = filters[direction];
    const isFromOutside = direction === "import" && isExternal;
    const chain = isFromOutside ? this.#policies.localPref(this.#settings.localPref) : [];
    const { access, prefixes, paths, map } = lists;
    if (access !== undefined) chain.push(this.#listPolicy("distribute-list", access, isWide));
    if (prefixes !== undefined) chain.push(this.#listPolicy("prefix-list", prefixes, isWide));
    if (paths !== undefined) chain.push(this.#listPolicy("filter-list", paths, isWide));
    const hasPolicy = [access, prefixes, paths, map].some((list) => list !== undefined);
    if (!hasPolicy && isExternal && this.#settings.needsPolicy) {
      const text = `neighbor ${neighbor.id}: FRR ${direction}s no routes without a filter (ebgp-requires-policy)`;
      if (!neighbor.isGroup) notes.remark(neighbor.line.at, text);
      return direction === "export" && this.#settings.hasRoutes ? nothing : "none";
    }
    const strips = direction === "export" ? filters.strips : [];
    if (map !== undefined) chain.push(this.#mapPolicy(map, direction, strips));
    else if (chain.length > 0 || strips.length > 0) chain.push(this.#acceptAll(strips));
    return chain.length === 0 ? "all" : chain.length === 1 ? chain[0]! : chain;
  }

  #acceptAll(strips: readonly string[]): string {
    if (strips.length === 0) return this.#policies.everything();
    const wanted = `everything${withoutText(strips)}`;
    const rule = new Table("policies.rules", [["action", "accept"]]);
    return this.#policies.once(wanted, wanted, (name) => {
      this.#draft.policy(name, withoutCommunities([rule], strips), { default: "reject" });
    });
  }

  /** A policy that rejects what the list does not permit, and leaves the rest to the next policy. */
  #listPolicy(kind: "distribute-list" | "prefix-list" | "filter-list", line: Line, isWide: boolean): string {
    const list = line.words[3] ?? "";
    const name = `${kind}-${list}${isWide && kind !== "filter-list" ? "-ipv6" : ""}`;
    return this.#policies.translated({ key: name, name, at: line.at, text: line.text }, () => {
      const condition = kind === "filter-list"
        ? this.#lists.paths(list, 0)
        : kind === "prefix-list"
        ? this.#lists.prefixes(list, isWide, 0)
        : this.#lists.access(list, isWide, 0);
      if (condition === undefined) throw new NotUnderstood(`there is no ${kind} ${list}`);
      const rules = new RuleList(this.#draft.prefixSets);
      rules.decide(not(condition), "reject");
      return rules.rules;
    });
  }

  #mapPolicy(line: Line, direction: Direction, strips: readonly string[]): string {
    const map = line.words[3] ?? "";
    const suffix = withoutText(strips);
    const other = `route-map ${direction === "import" ? "export" : "import"} ${map}${suffix}`;
    const original = {
      key: `route-map ${direction} ${map}${suffix}`,
      name: this.#policies.has(other) ? `${map}-${direction}${suffix}` : `${map}${suffix}`,
      at: line.at,
      text: line.text,
      default: "reject" as const,
    };
    return this.#policies.translated(original, () => {
      if (!this.#maps.has(map)) throw new NotUnderstood(`there is no route-map ${map}`);
      return withoutCommunities(this.#maps.rules(map, direction), strips);
    });
  }
}

/** The end of the name of a policy that removes these communities. */
function withoutText(strips: readonly string[]): string {
  if (strips.length === 0) return "";
  return `-without-${strips.length === 3 ? "communities" : strips.join("-").replaceAll("_", "-")}`;
}

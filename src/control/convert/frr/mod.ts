/**
 * # convert/frr: the configuration of FRR
 *
 * | file | what |
 * |---|---|
 * | `lines.ts` | lines and their blocks |
 * | `lists.ts` | prefix lists, lists of AS paths and communities, access lists |
 * | `route_maps.ts` | route maps as rules |
 * | `options.ts`, `neighbors.ts` | neighbours and peer groups as peers and groups |
 * | `networks.ts` | `network` as `[[static_routes]]` |
 * | `rpki.ts` | the block `rpki` as `[[rpki_caches]]` |
 *
 * @module
 */

import { familyByName } from "../../../types/mod.ts";
import type { Value } from "../document.ts";
import { type Conversion, conversionOf, type ConversionOptions } from "../conversion.ts";
import { Draft } from "../draft.ts";
import { Notes, NotUnderstood } from "../place.ts";
import { type Block, blocksOf, type Line } from "./lines.ts";
import { FrrLists, numberOf } from "./lists.ts";
import { FrrNeighbors, type Neighbor, type RouterSettings } from "./neighbors.ts";
import { addNetwork } from "./networks.ts";
import { asn, checkKeepalive } from "./options.ts";
import { RouteMaps } from "./route_maps.ts";
import { addRpkiCaches } from "./rpki.ts";

export function convertFrr(
  file: { readonly name: string; readonly text: string },
  options: ConversionOptions,
): Conversion {
  const draft = new Draft(new Notes());
  const reader = new FrrReader(draft);
  reader.read(blocksOf(file.text, file.name));
  reader.finish();
  return conversionOf(draft, { program: "FRR", file: file.name, secretsFolder: options.secretsFolder });
}

/** Lines of the top level that need no counterpart. */
const ignored = new Set([
  "frr",
  "hostname",
  "log",
  "service",
  "line",
  "password",
  "enable",
  "username",
  "banner",
  "ip",
  "ipv6",
  "interface",
  "vrf",
  "debug",
  "domainname",
  "agentx",
  "zebra",
  "allow-external-route-update",
  "Building",
  "Current",
]);

/** Lines of `router bgp` that are what bgpd always does, or concern only what FRR forwards. */
const ignoredOfRouter = [
  "log-neighbor-changes",
  "allow-martian-nexthop",
  "bestpath compare-routerid",
  "bestpath med",
  "bestpath bandwidth",
  "bestpath aigp",
  "bestpath peer-type",
  "deterministic-med",
  "suppress-duplicates",
  "disable-ebgp-connected-route-check",
  "network import-check",
  "fast-external-failover",
  "default show-hostname",
  "default show-nexthop-hostname",
  "graceful-restart preserve-fw-state",
  "graceful-restart rib-stale-time",
  "graceful-restart select-defer-time",
  "graceful-restart notification",
  "session-dscp",
  "update-delay",
  "labeled-unicast",
  "fast-convergence",
  "snmp",
  "hard-administrative-reset",
  "default-originate",
];

class FrrReader {
  readonly #draft: Draft;
  readonly #lists: FrrLists;
  readonly #maps: RouteMaps;
  readonly #neighbors = new Map<string, Neighbor>();
  readonly #ranges: { readonly prefix: string; readonly group: string; readonly line: Line }[] = [];
  readonly #networks: { readonly line: Line; readonly family: string }[] = [];
  #asn: number | undefined;
  #isDatacenter = false;
  #ipv4ByDefault = true;
  #needsPolicy: boolean | undefined;
  #isOld = false;
  #localPref = 100;
  #holdTime: number | undefined;
  #graceful: string | undefined;
  #maxMembers: number | undefined;
  readonly #keys = new Map<string, Value>();

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#lists = new FrrLists(draft);
    this.#maps = new RouteMaps(draft, this.#lists);
  }

  read(blocks: readonly Block[]): void {
    for (const block of blocks) {
      const { words } = block.head;
      try {
        if (words[0] === "route-map" && !block.head.isNegated) this.#maps.take(block);
        else if (words[0] === "router" && words[1] === "bgp" && !block.head.isNegated) this.#router(block);
        else if (words[0] === "rpki" && !block.head.isNegated) addRpkiCaches(block, this.#draft);
        else if (!this.#lists.take(block.head)) this.#topLevel(block);
      } catch (error) {
        if (!(error instanceof NotUnderstood)) throw error;
        this.#leave(block.head, error.message);
      }
    }
  }

  #leave({ at, text }: Line, why: string): void {
    this.#draft.looseComments.push(...this.#draft.notes.leave(at, `${text}: ${why}`));
  }

  #topLevel({ head }: Block): void {
    const [word = "", second = ""] = head.words;
    if (word === "frr" && second === "defaults") this.#isDatacenter = head.words[2] === "datacenter";
    if (word === "frr" && second === "version") {
      const [, major = 99, minor = 0] = /^(\d+)\.(\d+)/.exec(head.words[2] ?? "") ?? [];
      this.#isOld = Number(major) < 7 || (Number(major) === 7 && Number(minor) < 4);
    }
    if ((word === "ip" || word === "ipv6") && second === "route") {
      this.#draft.notes.remark(head.at, `${head.text}: bgpd does not write the kernel's routing table`);
    } else if (word === "bgp" && (second === "route-map" || second === "no-rib")) return;
    else if (word === "bgp" || word === "router" || word === "bfd") {
      const why = word === "router"
        ? "bgpd has no IGP"
        : word === "bfd"
        ? "bgpd has no BFD"
        : "bgpd has no such option";
      this.#leave(head, why);
    } else if (!ignored.has(word) && !head.isNegated) this.#leave(head, "bgpd has no such option");
  }

  #router({ head, lines }: Block): void {
    if (head.words.length > 3 || this.#asn !== undefined) {
      throw new NotUnderstood("bgpd has one instance; start another bgpd for it");
    }
    this.#asn = asn(head.words[2]);
    this.#draft.top.set("default_as", this.#asn);
    let family: string | undefined;
    let isCarried = true;
    for (const line of lines) {
      try {
        if (line.words[0] === "address-family") {
          family = familyOf(line.words);
          isCarried = family !== undefined;
          if (!isCarried) throw new NotUnderstood("bgpd does not carry this family");
        } else if (line.words[0] === "exit-address-family") [family, isCarried] = [undefined, true];
        else if (isCarried) this.#routerLine(line, family);
      } catch (error) {
        if (!(error instanceof NotUnderstood)) throw error;
        this.#leave(line, error.message);
      }
    }
  }

  #routerLine(line: Line, family: string | undefined): void {
    const [word = "", second = "", third = ""] = line.words;
    switch (word) {
      case "neighbor":
        return this.#neighbor(line, family);
      case "bgp":
        return this.#option(line);
      case "network":
        if (!line.isNegated) this.#networks.push({ line, family: family ?? "ipv4 unicast" });
        return;
      case "timers":
        if (second !== "bgp" || line.isNegated) return;
        this.#holdTime = numberOf(line.words[3]);
        return checkKeepalive(third, line.words[3]);
      case "maximum-paths": {
        const count = numberOf(second === "ibgp" ? third : second);
        this.#draft.top.set("multipath", Math.max(count, Number(this.#draft.top.get("multipath") ?? 1)));
        return;
      }
      case "aggregate-address":
        throw new NotUnderstood("bgpd does not aggregate; announce the prefix with [[static_routes]]");
      case "redistribute":
        if (line.isNegated) return;
        throw new NotUnderstood("bgpd has no routes of other protocols; announce them with [[static_routes]]");
      case "distance":
      case "table-map":
      case "coalesce-time":
      case "read-quanta":
      case "write-quanta":
      case "update-delay":
        return;
    }
    if (!line.isNegated) throw new NotUnderstood("bgpd has no such option");
  }

  #option(line: Line): void {
    const text = line.words.slice(1).join(" ");
    const { isNegated } = line;
    const { top } = this.#draft;
    const last = line.words.at(-1);
    if (text.startsWith("router-id ")) top.set("router_id", last!);
    else if (text.startsWith("cluster-id ")) top.set("cluster_id", dotted(last!));
    else if (text === "default ipv4-unicast") this.#ipv4ByDefault = !isNegated;
    else if (text === "ebgp-requires-policy") this.#needsPolicy = !isNegated;
    else if (text.startsWith("default local-preference ")) this.#localPref = numberOf(last);
    else if (text.startsWith("confederation identifier ")) top.set("confederation_id", asn(last));
    else if (text.startsWith("confederation peers ")) {
      top.set("confederation_members", line.words.slice(3).map(asn));
    } else if (text.startsWith("bestpath as-path multipath-relax")) top.set("multipath_relax", !isNegated);
    else if (text === "graceful-restart") this.#graceful = isNegated ? undefined : "full";
    else if (text === "graceful-restart-disable") this.#graceful = isNegated ? undefined : "off";
    else if (text.startsWith("graceful-restart restart-time ")) this.#keys.set("restart_time", numberOf(last));
    else if (text.startsWith("graceful-restart stalepath-time ")) this.#keys.set("stale_routes_time", numberOf(last));
    else if (text === "enforce-first-as") this.#keys.set("enforce_first_as", !isNegated);
    else if (text === "reject-as-sets") this.#keys.set("reject_as_sets", !isNegated);
    else if (text.startsWith("listen limit ")) this.#maxMembers = numberOf(last);
    else if (text.startsWith("listen range ") && line.words[4] === "peer-group") {
      this.#ranges.push({ prefix: line.words[3] ?? "", group: line.words[5] ?? "", line });
    } else if (!ignoredOfRouter.some((start) => text.startsWith(start)) && !isNegated) {
      throw new NotUnderstood("bgpd has no such option");
    }
  }

  #neighbor(line: Line, family: string | undefined): void {
    const [, id = "", ...words] = line.words;
    const isGroup = words[0] === "peer-group" && words.length === 1;
    let neighbor = this.#neighbors.get(id);
    if (neighbor === undefined) {
      neighbor = { id, line, isGroup, statements: [], group: undefined, isInterface: false, range: undefined };
      this.#neighbors.set(id, neighbor);
    }
    if (isGroup || line.isNegated && words.length === 0) return;
    const at = words.indexOf("peer-group");
    if (at !== -1 && words[0] !== "description") neighbor.group = words[at + 1];
    if (words[0] === "interface" && !id.includes(":")) neighbor.isInterface = true;
    neighbor.statements.push({ line, words, family });
    // "neighbor eth0 interface remote-as 65001"
    const remote = words.indexOf("remote-as");
    if (remote > 0 && words[0] === "interface") {
      neighbor.statements.push({ line, words: words.slice(remote), family });
    }
  }

  finish(): void {
    const { notes, top, staticRoutes } = this.#draft;
    if (this.#asn === undefined) {
      this.#draft.topComments.push(...notes.leave({ file: "the input", line: 1 }, "it has no router bgp"));
      return;
    }
    for (const { line, family } of this.#networks) addNetwork(line, family, this.#draft, this.#maps);
    top.set("bgp_socket", ["0.0.0.0:179", "[::]:179"]);
    const settings: RouterSettings = {
      asn: this.#asn,
      ipv4ByDefault: this.#ipv4ByDefault,
      needsPolicy: this.#needsPolicy ?? !(this.#isDatacenter || this.#isOld),
      localPref: this.#localPref,
      holdTime: this.#holdTime,
      graceful: this.#graceful,
      keys: this.#keys,
      hasRoutes: staticRoutes.length > 0,
      maxMembers: this.#maxMembers,
    };
    const neighbors = new FrrNeighbors(this.#draft, this.#lists, this.#maps, settings);
    for (const neighbor of this.#neighbors.values()) if (neighbor.isGroup) neighbors.group(neighbor);
    for (const neighbor of this.#neighbors.values()) {
      if (!neighbor.isGroup) neighbors.peer(neighbor, this.#groupOf(neighbor.group, neighbor.line));
    }
    for (const { prefix, group, line } of this.#ranges) {
      const range: Neighbor = {
        id: prefix,
        line,
        isGroup: false,
        statements: [],
        group,
        isInterface: false,
        range: prefix,
      };
      neighbors.peer(range, this.#groupOf(group, line));
    }
  }

  #groupOf(name: string | undefined, line: Line): Neighbor | undefined {
    if (name === undefined) return undefined;
    const group = this.#neighbors.get(name);
    if (group?.isGroup === true) return group;
    this.#leave(line, `there is no peer-group ${name}`);
    return undefined;
  }
}

function familyOf([, afi, safi = "unicast"]: readonly string[]): string | undefined {
  return familyByName(`${afi} ${safi}`)?.name;
}

/** A cluster ID may be a number. */
function dotted(word: string): string {
  if (!/^\d+$/.test(word)) return word;
  const value = Number(word);
  return [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join(".");
}

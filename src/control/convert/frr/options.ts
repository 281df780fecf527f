/** Options of neighbours of FRR as keys of `[[peers]]`. */

import type { Value } from "../document.ts";
import { NotUnderstood, type Place } from "../place.ts";
import type { Line } from "./lines.ts";

/** A line `neighbor X …`, with the family of its block. */
export interface Statement {
  readonly line: Line;
  /** After `neighbor X`. */
  readonly words: readonly string[];
  /** `undefined`: outside of `address-family`. */
  readonly family: string | undefined;
}

/** Lines that name the lists and the route map of a direction. */
interface Lists {
  access?: Line;
  prefixes?: Line;
  paths?: Line;
  map?: Line;
}

/** What a neighbour has in one family. */
export class Filters {
  isActive = false;
  readonly keys = new Map<string, Value>();
  readonly import: Lists = {};
  readonly export: Lists = {};
  /** Keys of `set` of the communities that are not sent. */
  strips: readonly string[] = [];
  /** What limits the export in a way that bgpd does not know. */
  blocked: string | undefined;
}

export class NeighborOptions {
  readonly asn: number;
  readonly keys = new Map<string, Value>();
  readonly comments: string[] = [];
  readonly families = new Map<string, Filters>();
  password: { readonly text: string; readonly at: Place } | undefined;

  constructor(asn: number) {
    this.asn = asn;
  }

  family(name: string): Filters {
    const known = this.families.get(name) ?? new Filters();
    this.families.set(name, known);
    return known;
  }
}

interface Context {
  readonly options: NeighborOptions;
  readonly filters: Filters;
  readonly rest: readonly string[];
  readonly isOn: boolean;
  readonly line: Line;
}

type Handler = (context: Context) => void;

/** Applies a line by the longest name of an option that it begins with. */
export function readStatement({ line, words, family = "ipv4 unicast" }: Statement, options: NeighborOptions): void {
  const lower = words.map((word) => word.toLowerCase());
  for (let count = Math.min(words.length, 3); count > 0; count--) {
    const handler = handlers.get(lower.slice(0, count).join(" "));
    if (handler === undefined) continue;
    const filters = options.family(family);
    return handler({ options, filters, rest: words.slice(count), isOn: !line.isNegated, line });
  }
  throw new NotUnderstood("bgpd has no such option");
}

function number(word: string | undefined): number {
  if (word !== undefined && /^\d{1,10}$/.test(word)) return Number(word);
  throw new NotUnderstood(`"${word ?? ""}" is not a number`);
}

export function asn(word: string | undefined): number {
  const dotted = /^(\d{1,5})\.(\d{1,5})$/.exec(word ?? "");
  return dotted === null ? number(word) : Number(dotted[1]) * 65536 + Number(dotted[2]);
}

/** Throws {@link NotUnderstood} if the time between KEEPALIVEs is not what bgpd makes of the hold time. */
export function checkKeepalive(keepalive: string | undefined, hold: string | undefined): void {
  if (number(keepalive) * 3 === number(hold)) return;
  throw new NotUnderstood("bgpd sends KEEPALIVEs after a third of the hold time");
}

/** A switch of the neighbour. */
function flag(key: string, on: Value = true, off: Value = false): Handler {
  return ({ options, isOn }) => void options.keys.set(key, isOn ? on : off);
}

/** A switch of a family. */
function familyFlag(key: string, on: Value = true, off: Value = false): Handler {
  return ({ filters, isOn }) => void filters.keys.set(key, isOn ? on : off);
}

function numeric(key: string): Handler {
  return ({ options, rest, isOn }) => {
    if (isOn) options.keys.set(key, number(rest[0]));
    else options.keys.delete(key);
  };
}

function list(kind: keyof Lists): Handler {
  return ({ filters, line, isOn, rest }) => {
    const direction = rest.at(-1) === "out" ? "export" : rest.at(-1) === "in" ? "import" : undefined;
    if (direction === undefined) throw new NotUnderstood("in or out");
    if (isOn) filters[direction][kind] = line;
    else delete filters[direction][kind];
  };
}

const ignored: Handler = () => {};

function leave(text: string): Handler {
  return ({ isOn }) => {
    if (isOn) throw new NotUnderstood(text);
  };
}

/** An option that withholds routes in a way that bgpd does not know: then no routes go out. */
function block(text: string): Handler {
  return ({ filters, isOn }) => {
    if (!isOn) return;
    filters.blocked = text;
    throw new NotUnderstood(`${text}; no routes go to this peer`);
  };
}

const strips: Readonly<Record<string, readonly string[]>> = {
  "": ["communities"],
  standard: ["communities"],
  extended: ["ext_communities"],
  large: ["large_communities"],
  both: ["communities", "ext_communities"],
  all: ["communities", "ext_communities", "large_communities"],
};

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["remote-as", ({ options, rest, isOn }) => {
    if (!isOn || rest[0] === "external" || rest[0] === "auto") options.keys.delete("remote_as");
    else options.keys.set("remote_as", rest[0] === "internal" ? options.asn : asn(rest[0]));
  }],
  ["peer-group", ignored],
  ["interface", ({ options, rest }) => {
    // "neighbor fe80::1 interface eth0"; with other words after it, the neighbour itself is an interface.
    const [word] = rest;
    if (word === undefined || /^(peer-group|remote-as|v6only)$/.test(word)) return;
    options.keys.set("interface", word);
  }],
  ["description", ({ options, rest }) => void options.keys.set("description", rest.join(" "))],
  ["password", ({ options, line, isOn }) => {
    const text = line.text.replace(/^.*?\spassword\s+/, "");
    options.password = isOn ? { text, at: line.at } : undefined;
  }],
  ["local-as", ({ options, rest, isOn }) => {
    if (!isOn) return;
    options.keys.set("local_as", asn(rest[0]));
    options.keys.set("local_as_no_prepend", rest.includes("no-prepend"));
    options.keys.set("local_as_replace_as", rest.includes("replace-as"));
    if (rest.includes("dual-as")) throw new NotUnderstood("dual-as: bgpd offers local_as only");
  }],
  ["update-source", ({ options, rest, isOn }) => {
    if (!isOn) return;
    if (!/^[\d.]+$|:/.test(rest[0] ?? "")) throw new NotUnderstood("local_ip is an address, not an interface");
    options.keys.set("local_ip", rest[0]!);
  }],
  ["port", numeric("dest_port")],
  ["passive", flag("passive")],
  ["shutdown", flag("enabled", false, true)],
  ["timers", ({ options, rest, isOn }) => {
    if (!isOn) return;
    options.keys.set("hold_timer", number(rest[1]));
    checkKeepalive(rest[0], rest[1]);
  }],
  ["timers connect", numeric("connect_retry")],
  ["timers delayopen", numeric("delay_open")],
  ["advertisement-interval", numeric("min_route_advertisement_interval")],
  ["ttl-security hops", numeric("ttl_security")],
  ["ttl-security", leave("the number of hops")],
  ["ebgp-multihop", ignored],
  ["disable-connected-check", ignored],
  ["enforce-multihop", ignored],
  ["disable-link-bw-encoding-ieee", ignored],
  ["extended-optional-parameters", ignored],
  ["sender-as-path-loop-detection", ignored],
  ["solo", ignored],
  ["soft-reconfiguration", ignored],
  ["capability dynamic", ignored],
  ["capability software-version", ignored],
  ["capability fqdn", ignored],
  ["capability orf", leave("bgpd has no outbound route filtering")],
  ["capability extended-nexthop", flag("extended_next_hop")],
  ["strict-capability-match", leave("bgpd asks for no capability")],
  ["override-capability", leave("bgpd uses what the peer offers")],
  ["dont-capability-negotiate", leave("bgpd always sends capabilities")],
  ["bfd", leave("bgpd has no BFD; a short hold_timer finds a dead peer, too")],
  ["tcp-mss", leave("bgpd leaves the segment size to the kernel")],
  // bgpd validates every route where it has RPKI data.
  ["rpki", () => {}],
  ["enforce-first-as", flag("enforce_first_as")],
  ["local-role", ({ options, rest, isOn }) => {
    if (!isOn) return;
    options.keys.set("role", { "rs-server": "rs" }[rest[0] ?? ""] ?? rest[0] ?? "");
    if (rest.includes("strict-mode")) options.keys.set("role_strict", true);
  }],
  ["graceful-restart", flag("graceful_restart", "full", "helper")],
  ["graceful-restart-helper", flag("graceful_restart", "helper", "helper")],
  ["graceful-restart-disable", flag("graceful_restart", "off", "helper")],
  ["graceful-shutdown", leave("set the community 65535:0 in a policy")],
  ["activate", ({ filters, isOn }) => void (filters.isActive = isOn)],
  ["route-map", list("map")],
  ["prefix-list", list("prefixes")],
  ["distribute-list", list("access")],
  ["filter-list", list("paths")],
  ["route-reflector-client", familyFlag("route_reflector_client")],
  ["route-server-client", ({ filters, isOn }) => {
    filters.keys.set("route_server_client", isOn);
    // FRR has one selection for all.
    if (isOn) filters.keys.set("export_selection", "best");
  }],
  ["next-hop-self", familyFlag("next_hop", "self", "auto")],
  ["attribute-unchanged", ({ filters, rest, isOn }) => {
    if (!isOn) return;
    filters.keys.set("next_hop", "unchanged");
    if (rest.length === 1 && rest[0] === "next-hop") return;
    throw new NotUnderstood("only the next hop stays unchanged; route_server_client keeps AS path and MED, too");
  }],
  ["allowas-in", ({ filters, rest, isOn }) => {
    if (rest[0] === "origin") throw new NotUnderstood("allowas_in is a number");
    filters.keys.set("allowas_in", !isOn ? 0 : rest[0] === undefined ? 3 : number(rest[0]));
  }],
  ["as-override", familyFlag("as_override")],
  ["remove-private-as", ({ filters, rest, isOn }) => {
    const words = rest.map((word) => word.toLowerCase());
    filters.keys.set("remove_private_as", !isOn ? "none" : words.includes("replace-as") ? "replace" : "all");
    if (isOn && !words.includes("all")) {
      throw new NotUnderstood("bgpd removes private ASNs from all paths, FRR from paths of private ASNs only");
    }
  }],
  ["send-community", ({ filters, rest, isOn }) => {
    const kinds = strips[rest[0] ?? ""] ?? [];
    const others = filters.strips.filter((kind) => !kinds.includes(kind));
    filters.strips = isOn ? others : [...others, ...kinds];
  }],
  ["maximum-prefix", ({ filters, rest, isOn }) => {
    if (!isOn) return;
    filters.keys.set("max_prefixes", number(rest[0]));
    if (/^\d+$/.test(rest[1] ?? "")) filters.keys.set("max_prefixes_warning", number(rest[1]));
    if (rest.includes("warning-only")) filters.keys.set("max_prefixes_action", "warn");
    const restart = rest.indexOf("restart");
    if (restart !== -1) filters.keys.set("max_prefixes_restart", number(rest[restart + 1]));
    if (!rest.includes("force")) filters.keys.set("max_prefixes_count", "accepted");
  }],
  ["maximum-prefix-out", ({ filters, rest, isOn }) => {
    if (isOn) filters.keys.set("max_prefixes_out", number(rest[0]));
  }],
  ["default-originate", ({ filters, rest, isOn }) => {
    filters.keys.set("default_originate", isOn && rest.length === 0);
    if (isOn && rest.length > 0) throw new NotUnderstood("bgpd has no condition for a default route");
  }],
  ["addpath-tx-all-paths", ({ filters, isOn }) => void filters.keys.set("add_path", isOn ? "both" : "receive")],
  ["addpath-tx-best-selected", ({ filters, options, rest, isOn }) => {
    filters.keys.set("add_path", isOn ? "both" : "receive");
    if (isOn) options.keys.set("add_path_send", number(rest[0]));
  }],
  ["addpath-tx-bestpath-per-as", leave("bgpd sends all paths or a number of them (add_path_send)")],
  ["disable-addpath-rx", familyFlag("add_path", "none", "receive")],
  ["weight", leave("bgpd has no weight; local_pref in a policy is nearest")],
  ["advertise-map", block("bgpd has no conditional advertisement")],
  ["unsuppress-map", leave("bgpd does not aggregate")],
]);

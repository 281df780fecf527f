/** Options of BGP protocols and their channels as keys of `[[peers]]`. */

import type { Value } from "../document.ts";
import type { Draft } from "../draft.ts";
import { NotUnderstood, type Place } from "../place.ts";
import { type Names, resolved } from "./names.ts";
import { type Statement, statementText } from "./statements.ts";
import { FilterParser } from "./syntax.ts";
import type { Token } from "./tokens.ts";

/** What the statements of a protocol and its templates say. */
export class Options {
  readonly keys = new Map<string, Value>();
  readonly comments: string[] = [];
  /** By family name. */
  readonly channels = new Map<string, Channel>();
  remote: string | undefined;
  isRange = false;
  remoteAs: "internal" | "external" | undefined;
  hops: number | undefined;
  ttlSecurity: boolean | undefined;
  localPort: number | undefined;
  strictBind = false;
  password: { readonly text: string; readonly at: Place } | undefined;
  defaultLocalPref: number | undefined;
  clusterId: string | undefined;
  confederation: number | undefined;
  isMember = false;
  keepalive: { readonly seconds: number; readonly statement: Statement } | undefined;
}

/** What a channel, for one family, says. */
export class Channel {
  readonly keys = new Map<string, Value>();
  import: Statement | undefined;
  export: Statement | undefined;
  table: string | undefined;
}

interface Context<T> {
  readonly into: T;
  readonly options: Options;
  readonly names: Names;
  readonly draft: Draft;
  readonly statement: Statement;
  /** The words of the statement after the name of the option. */
  readonly rest: readonly Token[];
}

type Handler<T> = (context: Context<T>) => void;

/** Applies each statement by the longest name of an option that it begins with. */
export function applyStatement<T>(
  handlers: ReadonlyMap<string, Handler<T>>,
  statement: Statement,
  { into, options, names }: { into: T; options: Options; names: Names },
): void {
  const { draft } = names;
  const words = statement.head.map((token) => token.kind === "text" ? "" : token.text);
  try {
    for (let count = Math.min(words.length, 4); count > 0; count--) {
      const handler = handlers.get(words.slice(0, count).join(" "));
      if (handler === undefined) continue;
      return handler({ into, options, names, draft, statement, rest: statement.head.slice(count) });
    }
    throw new NotUnderstood("bgpd has no such option");
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    options.comments.push(...draft.notes.leave(statement.at, `${statementText(statement)}: ${error.message}`));
  }
}

function isOn({ rest }: Context<unknown>): boolean {
  const [word] = rest;
  if (word === undefined || ["on", "yes", "true", "enabled"].includes(word.text)) return true;
  if (["off", "no", "false", "disabled"].includes(word.text)) return false;
  throw new NotUnderstood(`"${word.text}" is neither on nor off`);
}

function numberOf({ names }: Pick<Context<unknown>, "names">, tokens: readonly Token[]): number {
  const scope = { names, direction: "import" as const, bound: new Map(), calls: [] };
  const value = resolved(new FilterParser(tokens).whole(), scope);
  if (value.kind === "number") return value.value;
  throw new NotUnderstood("the converter expects a number here");
}

function addressOf({ names }: Pick<Context<unknown>, "names">, token: Token | undefined): string {
  if (token?.kind === "address") return token.text;
  const scope = { names, direction: "import" as const, bound: new Map(), calls: [] };
  const value = token === undefined ? undefined : resolved({ kind: "name", text: token.text }, scope);
  if (value?.kind === "address") return value.text;
  throw new NotUnderstood("the converter expects an address here");
}

/** `true` sets a key, `false` sets it to what it is without the option. */
function flag<T extends { readonly keys: Map<string, Value> }>(
  key: string,
  on: Value = true,
  off: Value = false,
): Handler<T> {
  return (context) => void context.into.keys.set(key, isOn(context) ? on : off);
}

function number<T extends { readonly keys: Map<string, Value> }>(key: string): Handler<T> {
  return (context) => void context.into.keys.set(key, numberOf(context, context.rest));
}

/** An option that changes nothing here. */
const ignored: Handler<unknown> = () => {};

/** An option that is what bgpd always does; `text` says what is lost if it is off. */
function always(text: string): Handler<unknown> {
  return (context) => {
    if (!isOn(context)) throw new NotUnderstood(text);
  };
}

function never(text: string): Handler<unknown> {
  return (context) => {
    if (isOn(context)) throw new NotUnderstood(text);
  };
}

function leave(text: string): Handler<unknown> {
  return () => {
    throw new NotUnderstood(text);
  };
}

/** Reads `[range] ADDRESS [port N] [as N | internal | external]`, with the words in any order. */
function neighbor(context: Context<Options>): void {
  const { options, rest } = context;
  for (let i = 0; i < rest.length; i++) {
    const token = rest[i]!;
    if (token.text === "as") {
      options.keys.set("remote_as", numberOf(context, rest.slice(i + 1)));
      options.remoteAs = undefined;
      return;
    }
    if (token.text === "range") options.isRange = true;
    else if (token.text === "port") options.keys.set("dest_port", numberOf(context, [rest[++i]!].filter(Boolean)));
    else if (token.text === "internal" || token.text === "external") options.remoteAs = token.text;
    else if (token.text === "onlink") continue;
    else {
      options.remote = addressOf(context, token);
      if (rest[i + 1]?.text !== "/") continue;
      options.remote += `/${rest[i + 2]?.text ?? ""}`;
      i += 2;
    }
  }
}

function local(context: Context<Options>): void {
  const { options, rest } = context;
  for (let i = 0; i < rest.length; i++) {
    const token = rest[i]!;
    if (token.text === "as") {
      options.keys.set("local_as", numberOf(context, rest.slice(i + 1)));
      return;
    }
    if (token.text === "port") options.localPort = numberOf(context, [rest[++i]!].filter(Boolean));
    else options.keys.set("local_ip", addressOf(context, token));
  }
}

const ends = { on: "full", yes: "full", aware: "helper", off: "off", no: "off" } as const;

/** Options of the protocol itself. */
export const protocolOptions: ReadonlyMap<string, Handler<Options>> = new Map<string, Handler<Options>>([
  ["neighbor", neighbor],
  ["local", local],
  ["local as", (context) => void context.options.keys.set("local_as", numberOf(context, context.rest))],
  ["local role", ({ options, rest }) => {
    const word = rest[0]?.text ?? "";
    options.keys.set("role", { rs_server: "rs", rs_client: "rs-client" }[word] ?? word);
  }],
  ["source address", (context) => void context.options.keys.set("local_ip", addressOf(context, context.rest[0]))],
  ["interface", ({ options, rest }) => void options.keys.set("interface", rest[0]?.text ?? "")],
  ["description", ({ options, rest }) => void options.keys.set("description", rest[0]?.text ?? "")],
  ["password", ({ options, rest, statement: { at } }) => void (options.password = { text: rest[0]?.text ?? "", at })],
  [
    "multihop",
    (context) => void (context.options.hops = context.rest.length > 0 ? numberOf(context, context.rest) : 64),
  ],
  ["direct", ({ options }) => void (options.hops = undefined)],
  ["ttl security", (context) => void (context.options.ttlSecurity = isOn(context))],
  ["strict bind", (context) => void (context.options.strictBind = isOn(context))],
  ["router id", (context) => void context.options.keys.set("router_id", addressOf(context, context.rest[0]))],
  ["disabled", flag("enabled", false, true)],
  ["passive", flag("passive")],
  ["hold time", number("hold_timer")],
  ["send hold time", number("send_hold_timer")],
  ["connect retry time", number("connect_retry")],
  ["rr client", flag("route_reflector_client")],
  ["rr cluster id", (context) => void (context.options.clusterId = addressOf(context, context.rest[0]))],
  ["rs client", flag("route_server_client")],
  ["require roles", flag("role_strict")],
  ["enforce first as", flag("enforce_first_as")],
  ["allow as sets", flag("reject_as_sets", false, true)],
  ["allow local as", (context) => {
    const { options, rest } = context;
    options.keys.set("allowas_in", rest.length > 0 ? Math.min(numberOf(context, rest), 255) : 255);
  }],
  ["graceful restart", ({ options, rest }) => {
    const mode = ends[(rest[0]?.text ?? "on") as keyof typeof ends];
    if (mode === undefined) throw new NotUnderstood("on, off or aware");
    options.keys.set("graceful_restart", mode);
  }],
  ["graceful restart time", number("restart_time")],
  ["long lived graceful restart", ({ options, rest }) => {
    options.keys.set("long_lived_graceful_restart", !["off", "no"].includes(rest[0]?.text ?? "on"));
  }],
  ["long lived stale time", number("llgr_stale_time")],
  ["default bgp_local_pref", (context) => {
    context.options.defaultLocalPref = numberOf(context, context.rest);
  }],
  ["confederation", (context) => void (context.options.confederation = numberOf(context, context.rest))],
  ["confederation member", (context) => void (context.options.isMember = isOn(context))],
  ["path metric", always("bgpd always compares path lengths")],
  ["med metric", never("bgpd compares MEDs of the same neighbouring AS only")],
  ["prefer older", leave("bgpd prefers the older of two eBGP routes only where just the router ID differs (RFC 5004)")],
  ["default bgp_med", leave("a missing MED counts as 0")],
  ["allow bgp_local_pref", never("bgpd ignores LOCAL_PREF from eBGP peers")],
  ["allow bgp_med", always("bgpd sends the MEDs that export policy sets")],
  ["enable route refresh", always("bgpd always offers route refresh")],
  ["enable enhanced route refresh", always("bgpd always offers enhanced route refresh")],
  ["enable as4", always("bgpd always offers AS numbers of four octets")],
  ["capabilities", always("bgpd always sends capabilities")],
  ["interpret communities", always("bgpd always obeys no-export and no-advertise")],
  ["check link", never("bgpd does not watch interfaces; the hold timer ends the session")],
  ["bfd", never("bgpd has no BFD; a short hold_timer finds a dead peer, too")],
  ["authentication", ({ rest }) => {
    if (rest[0]?.text !== "md5" && rest[0]?.text !== "none") throw new NotUnderstood("bgpd knows TCP-MD5 only");
  }],
  ["vrf", leave("bgpd has no VRFs; start it in the VRF (ip vrf exec)")],
  ["keepalive time", (context) => {
    context.options.keepalive = { seconds: numberOf(context, context.rest), statement: context.statement };
  }],
  ...[
    "startup hold time",
    "min hold time",
    "min keepalive time",
    "connect delay time",
    "error wait time",
    "error forget time",
    "disable after error",
    "disable after cease",
    "debug",
    "mrtdump",
    "enable extended messages",
    "advertise hostname",
    "deterministic med",
    "free bind",
    "setkey",
    "dynamic name",
    "dynamic name digits",
    "tx size warning",
    "igp metric",
    "gateway",
    "gateway direct",
    "gateway recursive",
    "missing lladdr",
  ].map((name): [string, Handler<Options>] => [name, ignored]),
]);

/** `counts`: routes that arrive, or those that pass the filter. bgpd has one limit for both. */
function importLimit(counts: "received" | "accepted"): Handler<Channel> {
  const set = limit("max_prefixes");
  return (context) => {
    const { keys } = context.into;
    if (keys.has("max_prefixes") && (keys.get("max_prefixes_count") ?? "received") !== counts) {
      throw new NotUnderstood("bgpd has one limit, for received or for accepted routes; it has the limit above");
    }
    for (const key of ["max_prefixes", "max_prefixes_count", "max_prefixes_action", "max_prefixes_restart"]) {
      keys.delete(key);
    }
    set(context);
    if (counts === "accepted" && keys.has("max_prefixes")) keys.set("max_prefixes_count", counts);
  };
}

function limit(key: string): Handler<Channel> {
  return (context) => {
    const { rest, into } = context;
    const [first] = rest;
    if (first?.text === "off") {
      into.keys.delete(key);
      into.keys.delete(`${key}_action`);
      return;
    }
    const action = rest.findIndex(({ text }) => text === "action");
    into.keys.set(key, numberOf(context, action === -1 ? rest : rest.slice(0, action)));
    const word = action === -1 ? "disable" : rest[action + 1]?.text ?? "";
    if (key === "max_prefixes_out") {
      const does = { warn: "warn", block: "stop", disable: "shutdown", restart: "shutdown" }[word];
      if (does !== undefined) into.keys.set("max_prefixes_out_action", does);
      return;
    }
    const does = { warn: "warn", block: "discard", disable: "shutdown", restart: "shutdown" }[word];
    if (does !== undefined) into.keys.set("max_prefixes_action", does);
    if (word === "restart") into.keys.set("max_prefixes_restart", 1);
  };
}

/** Options of a channel. */
export const channelOptions: ReadonlyMap<string, Handler<Channel>> = new Map<string, Handler<Channel>>([
  ["import", ({ into, statement }) => void (into.import = statement)],
  ["export", ({ into, statement }) => void (into.export = statement)],
  ["table", ({ into, rest }) => void (into.table = rest[0]?.text)],
  ["import limit", importLimit("accepted")],
  ["receive limit", importLimit("received")],
  ["export limit", limit("max_prefixes_out")],
  ["next hop self", (context) => {
    const [word] = context.rest;
    if (word !== undefined && /^[ei]bgp$/.test(word.text)) {
      throw new NotUnderstood("next_hop is for all routes; a policy sets it for some (from_as, source)");
    }
    context.into.keys.set("next_hop", isOn(context) ? "self" : "auto");
  }],
  ["next hop keep", (context) => {
    const [word] = context.rest;
    if (word !== undefined && /^[ei]bgp$/.test(word.text)) {
      throw new NotUnderstood("next_hop is for all routes; a policy sets it for some (from_as, source)");
    }
    context.into.keys.set("next_hop", isOn(context) ? "unchanged" : "auto");
  }],
  ["next hop address", (context) => {
    const address = addressOf(context, context.rest[0]);
    context.into.keys.set(address.includes(":") ? "next_hop_ipv6" : "next_hop_ipv4", address);
  }],
  ["add paths", ({ into, rest }) => {
    const mode = { on: "both", yes: "both", off: "none", no: "none", rx: "receive", tx: "send" }[rest[0]?.text ?? "on"];
    if (mode === undefined) throw new NotUnderstood("on, off, rx or tx");
    into.keys.set("add_path", mode);
  }],
  ["secondary", flag("export_selection", "per-client", "best")],
  ["extended next hop", flag("extended_next_hop")],
  ["aigp", leave("bgpd accepts AIGP within our AS only; see the key aigp")],
  ["preference", leave("bgpd compares BGP routes with BGP routes only")],
  ["require", leave("bgpd asks for no capability")],
  ["mandatory", ignored],
  ...[
    "import keep filtered",
    "import table",
    "export table",
    "export block",
    "gateway",
    "gateway direct",
    "gateway recursive",
    "igp table",
    "cost",
    "debug",
    "missing lladdr",
    "next hop prefer",
    "graceful restart",
    "long lived graceful restart",
    "long lived stale time",
    "rpki reload",
    "validate",
  ].map((name): [string, Handler<Channel>] => [name, ignored]),
]);

/** What a channel's name means here; `undefined`: bgpd does not carry these routes. */
export function familyOfChannel(name: string): string | undefined {
  return {
    ipv4: "ipv4 unicast",
    ipv6: "ipv6 unicast",
    "ipv4 multicast": "ipv4 multicast",
    "ipv6 multicast": "ipv6 multicast",
    "ipv4 mpls": "ipv4 labeled",
    "ipv6 mpls": "ipv6 labeled",
    "vpn4 mpls": "ipv4 vpn",
    "vpn6 mpls": "ipv6 vpn",
    "flow4": "ipv4 flowspec",
    "flow6": "ipv6 flowspec",
  }[name];
}

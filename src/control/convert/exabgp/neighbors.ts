/** Neighbours of ExaBGP as peers. */

import { familyByName } from "../../../types/mod.ts";
import { familyName } from "../../exabgp/mod.ts";
import type { Table, Value } from "../document.ts";
import type { Draft, PeerDraft } from "../draft.ts";
import { NotUnderstood } from "../place.ts";
import type { Program } from "./processes.ts";
import { addRoutes } from "./routes.ts";
import type { Statement } from "./syntax.ts";

export interface NeighborContext {
  readonly draft: Draft;
  readonly templates: ReadonlyMap<string, readonly Statement[]>;
  readonly programs: ReadonlyMap<string, Program>;
}

interface Reading extends NeighborContext {
  readonly peer: PeerDraft & { readonly tables: Table[] };
  readonly address: string;
  readonly families: Set<string>;
}

/** Statements that need no counterpart: bgpd does so anyway, or has no such choice. */
const ignored = new Set([
  "group-updates",
  "auto-flush",
  "adj-rib-in",
  "adj-rib-out",
  "host-name",
  "domain-name",
  "operational",
  "source-interface",
]);

export function addNeighbor(statement: Statement, context: NeighborContext): void {
  const address = statement.words[1] ?? "";
  const keys = new Map<string, Value>([["remote_ip", address]]);
  const peer: Reading["peer"] = { keys, comments: [], tables: [] };
  const reading = { ...context, peer, address, families: new Set(["ipv4 unicast", "ipv6 unicast"]) };
  const statements = withTemplates(statement.block ?? [], context.templates, 0);
  // Routes come last: their AS paths depend on the AS numbers.
  const isRoutes = ({ words }: Statement) => ["static", "flow", "l2vpn", "announce"].includes(words[0] ?? "");
  for (const each of [...statements.filter((each) => !isRoutes(each)), ...statements.filter(isRoutes)]) {
    try {
      if (isRoutes(each)) addRoutes(each, reading);
      else readStatement(each, reading);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      peer.comments.push(...context.draft.notes.leave(each.at, `${each.words.join(" ")}: ${error.message}`));
    }
  }
  finish(statement, reading);
}

/** How deep templates may inherit from each other. */
const mostTemplates = 16;

/** The statements of the templates stand before those of the neighbour, which take precedence. */
function withTemplates(
  statements: readonly Statement[],
  templates: NeighborContext["templates"],
  depth: number,
): Statement[] {
  const names = statements.filter(({ words }) => words[0] === "inherit").flatMap(({ words }) =>
    words.slice(1).flatMap((word) => word.split(/[[\],\s]+/)).filter((word) => word !== "")
  );
  const inherited = depth < mostTemplates
    ? names.flatMap((name) => withTemplates(templates.get(name) ?? [], templates, depth + 1))
    : [];
  return [...inherited, ...statements.filter(({ words }) => words[0] !== "inherit")];
}

function readStatement(statement: Statement, reading: Reading): void {
  const { peer, draft, address } = reading;
  const { keys } = peer;
  const [word = "", ...values] = statement.words;
  const value = values.join(" ");
  switch (word) {
    case "router-id":
      return void keys.set("router_id", value);
    case "local-address":
      if (value !== "auto") keys.set("local_ip", value);
      return;
    case "local-as":
    case "peer-as":
      if (value !== "auto") keys.set(word === "local-as" ? "local_as" : "remote_as", asnOf(value));
      return;
    case "description":
      return void keys.set("description", value);
    case "hold-time":
      return void keys.set("hold_timer", numberOf(value));
    case "passive":
      return void keys.set("passive", isOn(value));
    case "connect":
      return void keys.set("dest_port", numberOf(value));
    case "listen":
      return void draft.top.set("bgp_socket", [`0.0.0.0:${numberOf(value)}`, `[::]:${numberOf(value)}`]);
    case "md5-password":
      return void keys.set("password_file", draft.secretFile(address.replaceAll("/", "-"), value, statement.at));
    case "md5-base64":
    case "md5":
      if (value !== "" && isOn(value)) throw new NotUnderstood("write the key as text into password_file");
      return;
    case "md5-ip":
      if (value !== keys.get("local_ip")) throw new NotUnderstood("bgpd takes local_ip");
      return;
    case "incoming-ttl":
      // The least TTL of packets from the peer; bgpd counts hops.
      return void keys.set("ttl_security", 256 - numberOf(value));
    case "outgoing-ttl":
    case "ttl-security":
      throw new NotUnderstood("bgpd has no such option");
    case "manual-eor":
      if (isOn(value)) throw new NotUnderstood("bgpd sends End-of-RIB itself, after its routes");
      return;
    case "family":
      return readFamilies(statement, keys);
    case "capability":
      return readCapabilities(statement, reading);
    case "add-path":
      return;
    case "nexthop":
      return void keys.set("extended_next_hop", true);
    case "api":
      return readApi(statement, reading);
  }
  if (!ignored.has(word)) throw new NotUnderstood("bgpd has no such option");
}

function readFamilies({ block = [] }: Statement, keys: Map<string, Value>): void {
  const names: string[] = [];
  const unknown: string[] = [];
  for (const { words: [afi = "", safi = ""] } of block) {
    if (afi === "all" || afi === "minimal") return;
    const name = familyName(afi, safi);
    if (name === undefined || familyByName(name) === undefined) unknown.push(`${afi} ${safi}`.trim());
    else if (!names.includes(name)) names.push(name);
  }
  if (names.length > 0) keys.set("families", names);
  if (unknown.length > 0) throw new NotUnderstood(`bgpd does not carry ${unknown.join(", ")}`);
}

function readCapabilities({ block = [] }: Statement, { peer: { keys, comments }, draft }: Reading): void {
  for (const { words: [word = "", ...values], at } of block) {
    const value = values.join(" ");
    if (word === "graceful-restart") {
      const isSet = value === "" || isOn(value) || /^\d+$/.test(value);
      keys.set("graceful_restart", isSet && value !== "0" ? "full" : "off");
      if (/^[1-9]\d*$/.test(value)) keys.set("restart_time", Number(value));
    } else if (word === "add-path" && value !== "disabled") {
      keys.set("add_path", value === "send/receive" ? "both" : value);
    } else if (word === "aigp" && isOn(value)) keys.set("aigp", true);
    else if (word === "nexthop") keys.set("extended_next_hop", isOn(value));
    else if (word === "asn4" && !isOn(value) || /^(multi-session|operational)$/.test(word) && isOn(value)) {
      comments.push(...draft.notes.leave(at, `capability ${word} ${value}: bgpd has no such option`));
    }
  }
}

/** Which programs hear of the peer, and what. */
function readApi({ block = [] }: Statement, { programs, address }: Reading): void {
  const events = new Set<string>();
  const names: string[] = [];
  for (const { words: [word = "", ...values], block: inner = [] } of block) {
    if (word === "processes") names.push(...values.join(" ").split(/[[\],\s]+/).filter((name) => name !== ""));
    if (/^(neighbor-changes|negotiated|fsm)$/.test(word)) events.add(word);
    if (word !== "receive" && word !== "send") continue;
    for (const { words: [what = ""] } of inner) {
      if (what === "notification" || what === "open") events.add(what);
      if (what === "update" && word === "receive") events.add("update");
    }
  }
  for (const name of names) {
    const program = programs.get(name);
    if (program === undefined) throw new NotUnderstood(`there is no process ${name}`);
    program.peers.set(address, new Set([...program.peers.get(address) ?? [], ...events]));
  }
}

/** The router ID of the first peer is that of bgpd; the others keep theirs as keys of their own. */
function finish(statement: Statement, { draft, peer, families }: Reading): void {
  const { keys } = peer;
  const routerId = keys.get("router_id");
  if (routerId !== undefined && !draft.top.has("router_id")) draft.top.set("router_id", routerId);
  if (routerId === draft.top.get("router_id")) keys.delete("router_id");
  // Without the block family, ExaBGP offers all that it knows.
  if (!keys.has("families")) keys.set("families", [...families]);
  if (keys.get("remote_as") === undefined && !String(keys.get("remote_ip")).includes("/")) {
    draft.notes.leave(statement.at, `${statement.words.join(" ")}: bgpd needs the AS of the peer: write remote_as`);
    draft.peers.push({ ...peer, commentedOut: "bgpd needs the AS of the peer: write remote_as" });
  } else draft.peers.push(peer);
}

function isOn(value: string): boolean {
  return value === "" || /^(enable|enabled|true|yes|1|require)$/i.test(value);
}

function asnOf(text: string): number {
  const match = /^(?:(\d{1,5})\.)?(\d{1,10})$/.exec(text);
  if (match === null) throw new NotUnderstood(`"${text}" is not an AS number`);
  return Number(match[1] ?? 0) * 65_536 + Number(match[2]);
}

function numberOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new NotUnderstood(`"${text}" is not a number`);
}

/** Routes and flows of a neighbour: `[[peers.static_routes]]` and `[[peers.static_flows]]`; others become commands. */

import { readCommand, type RouteText, WrongCommand } from "../../exabgp/mod.ts";
import { Table, type Value } from "../document.ts";
import type { Draft, PeerDraft } from "../draft.ts";
import { NotUnderstood, type Place } from "../place.ts";
import { lineOf, type Statement } from "./syntax.ts";

export interface RouteContext {
  readonly draft: Draft;
  readonly peer: PeerDraft & { readonly tables: Table[] };
  /** The address of the neighbour. */
  readonly address: string;
  /** The families of its routes. */
  readonly families: Set<string>;
}

/** A block `static`, `flow`, `l2vpn` or `announce`. */
export function addRoutes(block: Statement, context: RouteContext): void {
  for (const statement of block.block ?? []) {
    try {
      addStatement(block.words[0] ?? "", statement, context);
    } catch (error) {
      if (!(error instanceof NotUnderstood) && !(error instanceof WrongCommand)) throw error;
      leave(statement.at, `${lineOf(statement)}: ${error.message}`, context);
    }
  }
}

function addStatement(kind: string, statement: Statement, context: RouteContext): void {
  const line = lineOf(statement);
  switch (kind) {
    case "static":
    case "l2vpn":
      return addCommand(line, statement.at, context);
    case "flow":
      return addCommand(`flow ${line}`, statement.at, context);
    case "announce": {
      // `announce { ipv4 { unicast 10.0.0.0/24 next-hop …; } }`
      const [afi = ""] = statement.words;
      for (const each of statement.block ?? []) {
        addCommand(afi === "l2vpn" ? lineOf(each) : `${afi} ${lineOf(each)}`, each.at, context);
      }
    }
  }
}

function addCommand(line: string, at: Place, context: RouteContext): void {
  const { command } = readCommand(`announce ${line}`);
  if (command.kind !== "routes") throw new NotUnderstood("it is no route");
  for (const route of command.routes) addRoute(route, line, at, context);
}

function addRoute(route: RouteText, line: string, at: Place, context: RouteContext): void {
  const { draft, peer, address } = context;
  context.families.add(route.family);
  for (const word of route.leftOut) leave(at, `${line}: bgpd does not send ${word}`, context);
  const isUnicast = /unicast$/.test(route.family), isFlow = route.family.includes("flowspec");
  if (route.watchdog !== null || !isUnicast && !isFlow) {
    const command = `neighbor ${address} announce ${line}`;
    if (!draft.commands.includes(command)) draft.commands.push(command);
    draft.notes.remark(at, `${line}: a command above announces it`);
    return;
  }
  const keys = new Map<string, Value>();
  const set = (key: string, value: Value | null | undefined) => {
    if (value !== null && value !== undefined) keys.set(key, value);
  };
  const words = (text: string | null) => text?.split(" ");
  if (isFlow) {
    set("rule", route.destination);
    set("actions", route.actions ?? "accept");
    set("rd", route.rd);
    set("next_hop", route.nextHop === "self" ? null : route.nextHop);
  } else {
    set("prefix", route.destination);
    set("next_hop", route.nextHop);
  }
  set("origin", route.origin === "igp" ? null : route.origin);
  set("as_path", pathOf(route.asPath, peer.keys));
  set("med", route.med);
  set("local_pref", route.localPref);
  set("communities", words(route.communities));
  set("large_communities", words(route.largeCommunities));
  set("ext_communities", words(route.extCommunities));
  peer.tables.push(new Table(isFlow ? "peers.static_flows" : "peers.static_routes", keys));
}

/** bgpd puts its own AS in front of the path for external peers; ExaBGP has it in the path. */
function pathOf(path: string | null, keys: ReadonlyMap<string, Value>): readonly Value[] | undefined {
  if (path === null) return undefined;
  const words = path.match(/\{[^}]*\}|\S+/g) ?? [];
  const isExternal = keys.get("local_as") !== keys.get("remote_as");
  const own = isExternal && words[0] === String(keys.get("local_as")) ? words.slice(1) : words;
  return own.length === 0 ? undefined : own.map((word) => /^\d+$/.test(word) ? Number(word) : word);
}

function leave(at: Place, text: string, { draft, peer }: RouteContext): void {
  peer.comments.push(...draft.notes.leave(at, text));
}

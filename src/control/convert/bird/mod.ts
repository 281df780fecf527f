/**
 * # convert/bird: the configuration of BIRD 2
 *
 * | file | what |
 * |---|---|
 * | `tokens.ts`, `statements.ts` | words with their lines, `include`; statements and blocks |
 * | `syntax.ts` | the filter language as a tree |
 * | `names.ts` | constants, functions, filters and protocols that a filter names |
 * | `values.ts`, `conditions.ts`, `effects.ts` | values, conditions and changes of routes |
 * | `filters.ts`, `paths.ts`, `returns.ts` | whole filters as rules: step by step, or each way through one by one |
 * | `options.ts`, `peers.ts`, `static_routes.ts` | protocols as groups, peers and routes |
 * | `rpki.ts` | `protocol rpki` as `[[rpki_caches]]` |
 *
 * @module
 */

import { type Conversion, conversionOf, type ConversionOptions } from "../conversion.ts";
import { Draft } from "../draft.ts";
import { Notes, NotUnderstood, type Place } from "../place.ts";
import type { FilterFunction, KnownProtocol } from "./names.ts";
import { type BgpProtocol, BirdPeers, defaultTable, type Together } from "./peers.ts";
import type { Options } from "./options.ts";
import { addRpkiCache } from "./rpki.ts";
import { type Statement, statementsOf, statementText } from "./statements.ts";
import { addStaticRoutes, staticPrefixes } from "./static_routes.ts";
import { type Expression, FilterParser, type Step } from "./syntax.ts";
import { type ReadIncluded, type SourceFile, type Token, tokensOf } from "./tokens.ts";

export type { ReadIncluded, SourceFile } from "./tokens.ts";

/** A protocol or template, before its templates are applied. */
interface Written {
  readonly kind: string;
  readonly name: string;
  readonly from: string | undefined;
  readonly isTemplate: boolean;
  readonly at: Place;
  readonly statements: readonly Statement[];
}

export interface BirdOptions extends ConversionOptions {
  readonly readIncluded: ReadIncluded;
}

export function convertBird(file: SourceFile, options: BirdOptions): Conversion {
  const notes = new Notes();
  const draft = new Draft(notes);
  const reader = new BirdReader(draft);
  reader.read(statementsOf(tokensOf(file, options.readIncluded, notes), notes));
  reader.finish();
  return conversionOf(draft, { program: "BIRD", file: file.name, secretsFolder: options.secretsFolder });
}

/** Protocols that bgpd has no part of, and what to do instead. */
const otherProtocols: Readonly<Record<string, string>> = {
  bfd: "bgpd has no BFD; a short hold_timer finds a dead peer, too",
  direct: "bgpd does not know the routes of interfaces; write them as [[static_routes]]",
  pipe: "bgpd has one table",
  ospf: "bgpd has no IGP",
  rip: "bgpd has no IGP",
  babel: "bgpd has no IGP",
  radv: "bgpd sends no Router Advertisements",
  bmp: "bgpd sends no BMP yet",
  mrt: "use bgpd mrt export, or read the database",
  perf: "bgpd has no such protocol",
  l3vpn: "bgpd has no VRFs; sessions carry VPN routes",
  aggregator: "bgpd does not aggregate",
};

/** Statements of the top level that need no counterpart. */
const ignored = new Set([
  "log",
  "debug",
  "mrtdump",
  "timeformat",
  "watchdog",
  "threads",
  "cli",
  "hostname",
  "attribute",
]);

class BirdReader {
  readonly #draft: Draft;
  readonly #constants = new Map<string, Expression>();
  readonly #functions = new Map<string, FilterFunction>();
  readonly #filters = new Map<string, readonly Step[]>();
  readonly #protocols = new Map<string, KnownProtocol>();
  readonly #written = new Map<string, Written>();

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  read(statements: readonly Statement[]): void {
    for (const statement of withDeclarations(statements)) {
      try {
        this.#statement(statement);
      } catch (error) {
        if (!(error instanceof NotUnderstood)) throw error;
        this.#leave(statement, error.message);
      }
    }
  }

  #leave({ at, head, block }: Statement, why: string): void {
    const text = statementText(block === undefined ? { at, head } : { at, head, block });
    this.#draft.looseComments.push(...this.#draft.notes.leave(at, `${text}: ${why}`));
  }

  #statement(statement: Statement): void {
    const { head, block, at } = statement;
    const [word, second, third] = head.map(({ text }) => text);
    switch (word) {
      case "define": {
        if (second === undefined || third !== "=") throw new NotUnderstood("a constant without a value");
        this.#constants.set(second, new FilterParser(head.slice(3)).whole());
        return;
      }
      case "filter":
        if (second !== undefined && block !== undefined) this.#filters.set(second, new FilterParser(block).steps());
        return;
      case "function":
        if (second === undefined || block === undefined) throw new NotUnderstood("a function without a body");
        this.#functions.set(second, {
          parameters: parametersOf(head.slice(2)),
          steps: new FilterParser(block).steps(),
        });
        return;
      case "protocol":
      case "template":
        return this.#protocol(statement, word === "template");
      case "router":
        if (second !== "id" || head[2]?.kind !== "address") throw new NotUnderstood("an address of an interface");
        this.#draft.top.set("router_id", head[2].text);
        return;
      case "graceful":
        if (head[3]?.kind !== "number") throw new NotUnderstood("the converter expects a number here");
        this.#draft.top.set("selection_deferral_time", Number(head[3].text));
        return;
    }
    if (word === "log") this.#draft.notes.remark(at, "log: bgpd logs to standard error");
    else if (ignored.has(word ?? "")) return;
    else if (!/^(ipv[46]|roa[46]|table|vpn[46]|flow[46]|mpls|eth|aspa)$/.test(word ?? "")) {
      throw new NotUnderstood("bgpd has no such option");
    }
  }

  #protocol({ head, block, at }: Statement, isTemplate: boolean): void {
    const words = head.map(({ text }) => text);
    const kind = words[1] ?? "";
    const from = words.indexOf("from");
    const name = (from === 2 ? undefined : words[2]) ?? `${kind}${this.#written.size + 1}`;
    const statements = statementsOf(block ?? [], this.#draft.notes);
    const written = { kind, name, from: from === -1 ? undefined : words[from + 1], isTemplate, at, statements };
    this.#written.set(name, written);
  }

  finish(): void {
    for (const one of this.#written.values()) this.#know(one);
    const names = {
      draft: this.#draft,
      constants: this.#constants,
      functions: this.#functions,
      filters: this.#filters,
      protocols: this.#protocols,
      budget: 300_000,
    };
    const peers = new BirdPeers(names);
    const bgp = [...this.#written.values()].filter(({ kind }) => kind === "bgp");
    const read = bgp.map((one) => {
      const protocol = this.#flat(one);
      return { one, protocol, options: peers.options(protocol) };
    });
    const real = read.filter(({ one }) => !one.isTemplate);
    const hasExternal = real.some(({ options: { keys, remoteAs } }) =>
      remoteAs === "external" || (keys.has("remote_as") && keys.get("remote_as") !== keys.get("local_as"))
    );
    for (const one of this.#written.values()) {
      this.#other(one, () => addStaticRoutes(this.#flat(one).statements, names, hasExternal));
    }
    const together = this.#together(real.map(({ options }) => options));
    // Templates first: what they say is then a comment of the group.
    for (const { one, protocol, options } of read) {
      // The peers of a template may have tables of their own.
      if (one.isTemplate) peers.group(protocol, options, { ...together, tables: new Map() });
    }
    for (const { protocol, options } of real) peers.peer(protocol, options, together);
    this.#speaker(real.map(({ options }) => options));
  }

  #know(one: Written): void {
    if (one.isTemplate) return;
    const { statements } = this.#flat(one);
    const words = statements.find(({ head }) => head[0]?.text === "neighbor" && head[1]?.kind === "address");
    const address = one.kind === "bgp" ? words?.head[1]?.text : undefined;
    const prefixes = one.kind === "static" ? staticPrefixes(statements) : [];
    this.#protocols.set(one.name, { kind: one.kind, address, prefixes });
  }

  #other(one: Written, addStatic: () => void): void {
    if (one.isTemplate || one.kind === "bgp") return;
    if (one.kind === "static") return addStatic();
    if (one.kind === "rpki") return addRpkiCache(this.#flat(one), this.#draft);
    const text = `protocol ${one.kind}${one.name.startsWith(one.kind) ? "" : ` ${one.name}`}`;
    if (one.kind === "kernel" || one.kind === "device") {
      this.#draft.notes.remark(one.at, `${text}: bgpd neither reads nor writes the kernel's routing table`);
      return;
    }
    const why = otherProtocols[one.kind] ?? "bgpd has no such protocol";
    this.#draft.looseComments.push(...this.#draft.notes.leave(one.at, `${text}: ${why}`));
  }

  /** The statements of the templates, then its own. */
  #flat(one: Written): BgpProtocol {
    const chain: Written[] = [one];
    for (let next = one.from; next !== undefined && chain.length < 20;) {
      const base = this.#written.get(next);
      if (base === undefined || chain.includes(base)) {
        this.#draft.looseComments.push(...this.#draft.notes.leave(one.at, `from ${next}: there is no such template`));
        break;
      }
      chain.unshift(base);
      next = base.from;
    }
    const template = one.from !== undefined && this.#written.get(one.from)?.isTemplate === true ? one.from : undefined;
    return { name: one.name, at: one.at, template, statements: chain.flatMap(({ statements }) => statements) };
  }

  #together(all: readonly Options[]): Together {
    const tables = new Map<string, string>();
    const hasPipes = [...this.#written.values()].some(({ kind }) => kind === "pipe");
    for (const family of new Set(all.flatMap(({ channels }) => [...channels.keys()]))) {
      const used = all.flatMap(({ channels }) => channels.get(family) ?? [])
        .map(({ table }) => table ?? defaultTable(family));
      // With several tables, or with pipes between them, only the default table is bgpd's.
      const isOne = used.every((name) => name === used[0]) && !hasPipes;
      tables.set(family, isOne ? used[0]! : defaultTable(family));
    }
    return { hasRoutes: this.#draft.staticRoutes.length > 0, tables };
  }

  #speaker(all: readonly Options[]): void {
    const { top, notes } = this.#draft;
    const sockets = new Set<string>();
    for (const { remote, localPort = 179, strictBind, keys } of all) {
      const isWide = remote?.includes(":") ?? true;
      const local = strictBind ? keys.get("local_ip") : undefined;
      const address = local === undefined ? (isWide ? "::" : "0.0.0.0") : String(local);
      sockets.add(address.includes(":") ? `[${address}]:${localPort}` : `${address}:${localPort}`);
    }
    const listen = withoutCovered([...sockets].toSorted());
    if (listen.length > 0) top.set("bgp_socket", listen.length === 1 ? listen[0]! : listen);
    const ids = new Set(all.flatMap(({ clusterId }) => clusterId ?? []));
    const [first, ...more] = ids;
    if (first !== undefined) top.set("cluster_id", first);
    if (more.length > 0) {
      const text = `rr cluster id: bgpd has one cluster_id, not also ${more.join(", ")}`;
      this.#draft.topComments.push(...notes.leave({ file: "rr cluster id", line: 1 }, text));
    }
    const confederation = all.find((options) => options.confederation !== undefined);
    if (confederation === undefined) return;
    top.set("confederation_id", confederation.confederation!);
    const members = all.flatMap(({ keys, isMember }) => isMember ? keys.get("remote_as") ?? [] : []);
    if (members.length > 0) top.set("confederation_members", [...new Set(members)]);
  }
}

/** Types of variables, which begin a declaration. */
const typeWords = /^(int|bool|ip|prefix|pair|quad|ec|lc|string|bgppath|clist|eclist|lclist|rd)$/;

/** Functions and filters whose variables stand before the block: `function f() int x; { … }`. */
function withDeclarations(statements: readonly Statement[]): Statement[] {
  const found: Statement[] = [];
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i]!;
    const isOpen = /^(function|filter)$/.test(statement.head[0]?.text ?? "") && statement.block === undefined;
    let end = i + 1;
    while (isOpen && typeWords.test(statements[end]?.head[0]?.text ?? "")) end++;
    const block = isOpen && statements[end]?.head[0]?.text === "{" ? statements[end]!.block : undefined;
    if (block === undefined) {
      found.push(statement);
      continue;
    }
    // The first declaration is a part of the head.
    const { head, at } = statement;
    const from = head[0]!.text === "filter" ? 2 : head.findIndex(({ text }) => text === ")") + 1;
    const declarations = [head.slice(from), ...statements.slice(i + 1, end).map((each) => each.head)];
    const semicolon: Token = { kind: "sign", text: ";", at };
    const written = declarations.flatMap((tokens) => tokens.length === 0 ? [] : [...tokens, semicolon]);
    found.push({ at, head: head.slice(0, from), block: [...written, ...block] });
    i = end;
  }
  return found;
}

/** Names of parameters: `(int a; prefix set b)`, with `;` or `,`. */
function parametersOf(tokens: readonly Token[]): string[] {
  const inside = tokens.slice(1, tokens.findIndex(({ text }) => text === ")"));
  const names: string[] = [];
  for (const [i, token] of inside.entries()) {
    const next = inside[i + 1]?.text;
    if (token.kind === "word" && (next === undefined || next === "," || next === ";")) names.push(token.text);
  }
  return names;
}

/** Sockets without those that a socket of all addresses covers. */
function withoutCovered(sockets: readonly string[]): string[] {
  return sockets.filter((socket) => {
    const port = socket.slice(socket.lastIndexOf(":"));
    const wildcard = socket.startsWith("[") ? `[::]${port}` : `0.0.0.0${port}`;
    return socket === wildcard || !sockets.includes(wildcard);
  });
}

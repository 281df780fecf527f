/**
 * A program that speaks ExaBGP's process API: its commands are carried out one after the other, and each is answered
 * when it is done.
 */

import { answerText } from "./answers.ts";
import type { ApiVersion } from "./attributes.ts";
import { type Action, type AddressedCommand, type Command, readCommand, type ShowRoutes } from "./command.ts";
import type { Daemon, ShownRoute } from "./daemon.ts";
import { helpLines, type NeighborFacts, neighborLines } from "./neighbor_text.ts";
import { type Neighbor, selectedNeighbors } from "./neighbors.ts";
import { keyOf, OwnRoutes, type Targets } from "./own_routes.ts";
import type { RouteText } from "./route.ts";
import { WrongCommand } from "./words.ts";

export interface ProcessOptions {
  /** The name of the program: the source of its routes is `exabgp:NAME`. */
  readonly name: string;
  readonly encoder: "text" | "json";
  readonly version: ApiVersion;
  /** Whether commands are answered, until the program changes it. */
  readonly acknowledges: boolean;
  /** The program may address these peers only; empty: all. */
  readonly peers: readonly string[];
  /** Writes lines to the program. */
  readonly write: (text: string) => void;
  /** Writes a line for the operator. */
  readonly report: (text: string) => void;
}

/** ExaBGP's versions whose API this is. */
const versionText = { 4: "4.2.21", 5: "5.0.0" } as const;

export class ExabgpProcess {
  readonly #daemon: Daemon;
  readonly #options: ProcessOptions;
  readonly #routes: OwnRoutes;
  /** Routes that `announce watchdog` and `withdraw watchdog` change, by the name of the watchdog. */
  readonly #watched = new Map<string, { readonly route: RouteText; readonly targets: Targets }[]>();
  readonly #reportedWords = new Set<string>();
  #acknowledges: boolean;

  constructor(daemon: Daemon, options: ProcessOptions) {
    this.#daemon = daemon;
    this.#options = options;
    this.#routes = new OwnRoutes(daemon);
    this.#acknowledges = options.acknowledges;
  }

  /** Reads the announcements that an earlier run left. */
  load(): Promise<void> {
    return this.#routes.load();
  }

  /**
   * Carries out lines that arrived together, and answers each. Announcements that follow each other are one change of
   * the table, and so are withdrawals. Returns true if the program asked for the end.
   */
  async run(lines: readonly string[]): Promise<boolean> {
    for (let at = 0; at < lines.length;) {
      const batch = batchOf(lines, at);
      if (batch.lines > 1 && await this.#changeBatch(batch)) at += batch.lines;
      else if (await this.#runLine(lines[at++]!)) return true;
    }
    return false;
  }

  async #changeBatch({ action, selectors, routes, lines }: Batch): Promise<boolean> {
    try {
      const targets = await this.#targets(selectors);
      for (const route of routes) this.#reportLeftOut(route);
      if (action === "announce") await this.#routes.announce(routes, targets);
      else await this.#withdraw(routes, targets);
    } catch (error) {
      // One of them is wrong: line by line, bgpd says which.
      if (error instanceof WrongCommand) return false;
      throw error;
    }
    for (let line = 0; line < lines; line++) this.#answer("done");
    return true;
  }

  async #runLine(line: string): Promise<boolean> {
    try {
      const { selectors, command } = readCommand(line);
      if (command.kind === "nothing") return false;
      if (command.kind === "acknowledge") return this.#setAcknowledge(command.how);
      const isLast = await this.#perform({ selectors, command });
      this.#answer("done");
      return isLast;
    } catch (error) {
      if (!(error instanceof WrongCommand)) throw error;
      this.#options.report(`${error.message}, in: ${line.trim()}`);
      this.#answer("error", error.message);
      return false;
    }
  }

  /** Withdraws every route of the program. */
  async withdrawAll(): Promise<void> {
    await this.#routes.clear({ all: [], selected: [], isForAll: true });
  }

  #setAcknowledge(how: "enable" | "disable" | "silence"): false {
    if (how === "silence") this.#acknowledges = false;
    else this.#acknowledges = true;
    this.#answer("done");
    if (how === "disable") this.#acknowledges = false;
    return false;
  }

  #answer(answer: "done" | "error", reason?: string): void {
    if (this.#acknowledges) this.#options.write(answerText(answer, this.#options, reason));
  }

  async #perform({ selectors, command }: AddressedCommand): Promise<boolean> {
    switch (command.kind) {
      case "routes":
        await this.#changeRoutes(command.action, command.routes, await this.#targets(selectors));
        return false;
      case "watchdog":
        await this.#changeWatched(command.action, command.name ?? this.#options.name);
        return false;
      case "routeRefresh":
        await this.#refresh(await this.#targets(selectors), "in");
        return false;
      case "teardown":
        for (const { name } of established(await this.#targets(selectors))) {
          await this.#daemon.reset(name, command.code);
        }
        return false;
      case "flush":
        await this.#refresh(await this.#targets(selectors), "out");
        return false;
      case "clear": {
        const targets = await this.#targets(selectors);
        if (command.direction === "out") await this.#routes.clear(targets);
        else await this.#refresh(targets, "in");
        return false;
      }
      case "showNeighbor":
        await this.#showNeighbors(command);
        return false;
      case "showRoutes":
        await this.#showRoutes(command);
        return false;
      case "endOfRib":
        // bgpd sends End-of-RIB by itself, when a peer has the whole table.
        await this.#targets(selectors);
        return false;
      case "control":
        return await this.#control(command.word);
      default:
        return false;
    }
  }

  /** Throws {@link WrongCommand} where no neighbor matches. */
  async #targets(selectors: AddressedCommand["selectors"]): Promise<Targets> {
    const { peers } = this.#options;
    const all = (await this.#daemon.neighbors()).filter(({ name }) => peers.length === 0 || peers.includes(name));
    const selected = selectedNeighbors(all, selectors);
    const isForAll = peers.length === 0 &&
      selectors.every(({ address, conditions }) => address === "*" && conditions.length === 0);
    if (selected.length === 0 && !isForAll) throw new WrongCommand("no neighbor matches");
    return { all, selected, isForAll };
  }

  async #changeRoutes(action: Action, routes: readonly RouteText[], targets: Targets): Promise<void> {
    for (const route of routes) this.#reportLeftOut(route);
    if (action === "withdraw") return await this.#withdraw(routes, targets);
    if (routes.some(lacksNextHop)) throw new WrongCommand("next-hop is missing");
    for (const route of routes) {
      if (route.watchdog === null) continue;
      const watched = this.#watched.get(route.watchdog) ?? [];
      this.#watched.set(route.watchdog, [...watched, { route, targets }]);
    }
    const wanted = routes.filter(({ waits }) => !waits);
    if (wanted.length > 0) await this.#routes.announce(wanted, targets);
  }

  async #withdraw(routes: readonly RouteText[], targets: Targets): Promise<void> {
    for (const { destination } of await this.#routes.withdraw(routes, targets)) {
      this.#options.report(`${destination} was not announced: nothing to withdraw`);
    }
  }

  /** Says once for each word of ExaBGP that bgpd does not send it. */
  #reportLeftOut({ leftOut }: RouteText): void {
    for (const word of leftOut) {
      if (this.#reportedWords.has(word)) continue;
      this.#reportedWords.add(word);
      this.#options.report(`bgpd does not send ${word}: routes are announced without it`);
    }
  }

  async #changeWatched(action: Action, name: string): Promise<void> {
    for (const { route, targets } of this.#watched.get(name) ?? []) {
      if (action === "announce") await this.#routes.announce([route], targets);
      else await this.#routes.withdraw([route], targets);
    }
  }

  async #refresh(targets: Targets, direction: "in" | "out"): Promise<void> {
    for (const { name } of established(targets)) await this.#daemon.refresh(name, direction);
  }

  async #showNeighbors({ form, address }: Command & { kind: "showNeighbor" }): Promise<void> {
    const { selected } = await this.#targets(address === undefined ? [] : [{ address, conditions: [] }]);
    const facts: NeighborFacts[] = [];
    for (const neighbor of selected) facts.push({ neighbor, ...await this.#daemon.counts(neighbor.name) });
    for (const line of neighborLines(form, facts)) this.#options.write(line);
  }

  async #showRoutes(command: ShowRoutes): Promise<void> {
    const { direction, address, only } = command;
    const { selected } = await this.#targets(address === undefined ? [] : [{ address, conditions: [] }]);
    for (const neighbor of selected) {
      if (direction === "out" && !neighbor.isEstablished) continue;
      const routes = direction === "in" ? this.#daemon.received(neighbor.name) : this.#daemon.advertised(neighbor.name);
      for await (const route of routes) {
        if (isKind(route.family, only)) this.#options.write(routeLine(neighbor, route, command));
      }
    }
  }

  async #control(word: (Command & { kind: "control" })["word"]): Promise<boolean> {
    const { write, version } = this.#options;
    switch (word) {
      case "help":
        for (const line of helpLines) write(line);
        return false;
      case "version":
        write(`exabgp ${versionText[version]}`);
        return false;
      case "reload":
        await this.#daemon.reload();
        write("reload in progress");
        return false;
      case "restart":
        await this.#daemon.restart();
        write("restart in progress");
        return false;
      case "shutdown":
      case "bye":
        // The program ends its own part; bgpd goes on.
        write("shutdown in progress");
        return true;
      case "crash":
        throw new WrongCommand("bgpd does not crash on purpose");
      case "reset":
      case "ping":
      case "status":
        return false;
    }
  }
}

function lacksNextHop({ nextHop, family }: RouteText): boolean {
  return nextHop === null && /^ipv4 (unicast|multicast)$/.test(family);
}

/** Announcements or withdrawals on lines that follow each other, for the same neighbors. */
interface Batch {
  readonly action: Action;
  readonly selectors: AddressedCommand["selectors"];
  readonly routes: readonly RouteText[];
  readonly lines: number;
}

/** How many routes are one change of the table. */
const mostRoutes = 1_000;

/** The plain changes from a line on, of different destinations. */
function batchOf(lines: readonly string[], start: number): Batch {
  const routes: RouteText[] = [];
  const keys = new Set<string>();
  let selectors: AddressedCommand["selectors"] = [], action: Action = "announce";
  let at = start;
  for (; at < lines.length && routes.length < mostRoutes; at++) {
    const line = lines[at]!;
    // Only such lines are worth a second reading: the others are read when their turn comes.
    const read = /\b(announce|withdraw)\s+(route|attributes?|flow)\b/.test(line) ? plainChange(line) : undefined;
    if (read === undefined) break;
    const isOther = read.action !== action || JSON.stringify(read.selectors) !== JSON.stringify(selectors);
    if (at > start && isOther) break;
    const fresh = read.routes.map(keyOf);
    if (fresh.some((key) => keys.has(key)) || new Set(fresh).size < fresh.length) break;
    for (const key of fresh) keys.add(key);
    ({ selectors, action } = read);
    routes.push(...read.routes);
  }
  return { action, selectors, routes, lines: at - start };
}

function plainChange(line: string): Omit<Batch, "lines"> | undefined {
  try {
    const { selectors, command } = readCommand(line);
    if (command.kind !== "routes") return undefined;
    const { routes, action } = command;
    const isSpecial = (route: RouteText) => route.watchdog !== null || route.waits || lacksNextHop(route);
    return action === "announce" && routes.some(isSpecial) ? undefined : { action, selectors, routes };
  } catch (error) {
    if (error instanceof WrongCommand) return undefined;
    throw error;
  }
}

function established({ selected }: Targets): readonly Neighbor[] {
  const up = selected.filter(({ isEstablished }) => isEstablished);
  if (up.length === 0) throw new WrongCommand("no neighbor with a session matches");
  return up;
}

function isKind(family: string, only: ShowRoutes["only"]): boolean {
  if (only === undefined) return true;
  const isFlow = / flow/.test(family), isLayer2 = family.startsWith("l2vpn");
  return only === "flow" ? isFlow : only === "l2vpn" ? isLayer2 : !isFlow && !isLayer2;
}

function routeLine(
  { address, localAddress, localAs, peerAs, routerId }: Neighbor,
  { family, text, attributes }: ShownRoute,
  { isExtensive }: ShowRoutes,
): string {
  if (!isExtensive) return `neighbor ${address} ${family} ${text}`;
  return `neighbor ${address} local-ip ${localAddress ?? "None"} local-as ${localAs} peer-as ${peerAs ?? "None"}` +
    ` router-id ${routerId} family-allowed in-open ${family} ${text}${attributes}`;
}

/** BGP protocols and templates of BIRD as peers and groups. */

import type { Table, Value } from "../document.ts";
import { type Draft, nothing, type PeerDraft } from "../draft.ts";
import { NotUnderstood, type Place, placeText } from "../place.ts";
import { Policies, sameForAll } from "../policies.ts";
import { filterRules } from "./filters.ts";
import type { Direction, Names } from "./names.ts";
import { applyStatement, Channel, channelOptions, familyOfChannel, Options, protocolOptions } from "./options.ts";
import { headText, type Statement, statementsOf, statementText } from "./statements.ts";
import { FilterParser, type Step } from "./syntax.ts";

/** A protocol or template of kind `bgp`, with the statements of all that it derives from. */
export interface BgpProtocol {
  readonly name: string;
  readonly at: Place;
  /** The template that it derives from directly. */
  readonly template: string | undefined;
  readonly statements: readonly Statement[];
}

/** What all peers together decide. */
export interface Together {
  /** There are routes of our own, so `export none` needs a policy that rejects them. */
  readonly hasRoutes: boolean;
  /** By family: the table that most channels use. */
  readonly tables: ReadonlyMap<string, string>;
}

export class BirdPeers {
  readonly #names: Names;
  readonly #draft: Draft;
  readonly #policies: Policies;

  constructor(names: Names) {
    this.#names = names;
    this.#draft = names.draft;
    this.#policies = new Policies(names.draft);
  }

  options(protocol: BgpProtocol): Options {
    const options = new Options();
    const into = { options, names: this.#names };
    for (const statement of protocol.statements) {
      if (statement.block === undefined) {
        applyStatement(protocolOptions, statement, { into: options, ...into });
        continue;
      }
      const name = headText(statement.head);
      const family = familyOfChannel(name);
      if (family === undefined) {
        options.comments.push(
          ...this.#draft.notes.leave(statement.at, `${name} { … }: bgpd does not carry this family`),
        );
        continue;
      }
      const channel = options.channels.get(family) ?? new Channel();
      options.channels.set(family, channel);
      for (const inner of statementsOf(statement.block, this.#draft.notes)) {
        applyStatement(channelOptions, inner, { into: channel, ...into });
      }
    }
    this.#checkKeepalive(options);
    return options;
  }

  #checkKeepalive({ keepalive, keys, comments }: Options): void {
    if (keepalive === undefined || keepalive.seconds * 3 === (keys.get("hold_timer") ?? 240)) return;
    const text = `${statementText(keepalive.statement)}: bgpd sends KEEPALIVEs after a third of the hold time`;
    comments.push(...this.#draft.notes.leave(keepalive.statement.at, text));
  }

  group(protocol: BgpProtocol, options: Options, together: Together): void {
    const keys = this.#keys(protocol, options, together);
    keys.delete("interface");
    this.#draft.groups.set(protocol.name, { keys, comments: options.comments });
  }

  peer(protocol: BgpProtocol, options: Options, together: Together): void {
    const keys = this.#keys(protocol, options, together);
    keys.set("name", protocol.name);
    const remote = options.remote?.split("%");
    if (options.remote !== undefined) {
      keys.set("remote_ip", options.remote);
      if (remote?.[1] !== undefined || !/^fe[89ab]/i.test(options.remote)) keys.delete("interface");
    }
    const group = protocol.template;
    const peer: PeerDraft = {
      keys,
      comments: options.comments,
      ...group === undefined ? {} : { group },
      commentedOut: this.#whyUseless(protocol, options, keys),
    };
    this.#draft.peers.push(peer);
  }

  #whyUseless(protocol: BgpProtocol, options: Options, keys: ReadonlyMap<string, Value>): string | undefined {
    const say = (text: string) => {
      this.#draft.notes.leave(protocol.at, `protocol bgp ${protocol.name}: ${text}`);
      return text;
    };
    if (options.remote === undefined && !keys.has("interface")) return say("it has no address of the peer");
    if (options.channels.size === 0) return say("it has no channel of a family that bgpd carries");
    if (options.isRange || keys.has("remote_as")) return undefined;
    return say('bgpd needs the AS of the peer ("external" is no AS): write remote_as');
  }

  #keys(protocol: BgpProtocol, options: Options, together: Together): Map<string, Value> {
    const keys = new Map(options.keys);
    if (options.remoteAs === "internal" && keys.has("local_as")) keys.set("remote_as", keys.get("local_as")!);
    if (options.isRange && options.remoteAs === undefined && !keys.has("remote_as")) keys.delete("remote_as");
    // BIRD selects for each client with the option secondary only.
    if (keys.get("route_server_client") === true) keys.set("export_selection", "best");
    if (options.ttlSecurity === true) keys.set("ttl_security", options.hops ?? 1);
    if (options.password !== undefined) {
      const { text, at } = options.password;
      keys.set("password_file", this.#draft.secretFile(protocol.name, text, at));
    }
    const families = [...options.channels.keys()];
    if (families.length > 0) keys.set("families", families);
    this.#channelKeys(keys, options);
    for (const direction of ["import", "export"] as const) {
      const choices = [...options.channels].map(([family, channel]): [string, Value] => [
        family,
        this.#choice({ protocol, options, family, channel, direction, together }),
      ]);
      const value = sameForAll(choices);
      if (value !== undefined) keys.set(direction, value);
    }
    return keys;
  }

  #channelKeys(keys: Map<string, Value>, { channels, comments }: Options): void {
    const names = new Set([...channels.values()].flatMap((channel) => [...channel.keys.keys()]));
    for (const name of names) {
      const values = [...channels].flatMap(([family, channel]): [string, Value][] => {
        const value = channel.keys.get(name);
        return value === undefined ? [] : [[family, value]];
      });
      const isEverywhere = values.length === channels.size;
      const [first] = values;
      const isSame = values.every(([, value]) => value === first![1]);
      if (/^max_prefixes(_out)?$/.test(name)) {
        keys.set(name, isEverywhere && isSame ? first![1] : Object.fromEntries(values));
      } else if (name === "add_path" && !(isEverywhere && isSame)) keys.set(name, Object.fromEntries(values));
      else if (name === "extended_next_hop") {
        const wanted = values.filter(([family, value]) => value === true && family.startsWith("ipv4"));
        keys.set(name, wanted.length > 0);
      } else if (isSame || name.startsWith("next_hop_")) {
        keys.set(name, first![1]);
        if (!isEverywhere && !name.startsWith("max_") && !name.startsWith("next_hop_")) {
          comments.push(`${name} is for all families of the peer; the other daemon had it for ${first![0]} only.`);
        }
      } else {
        keys.set(name, first![1]);
        comments.push(`${name} has one value for all families: ${JSON.stringify(first![1])}, which ${first![0]} had.`);
      }
    }
  }

  #choice({ protocol, options, family, channel, direction, together }: {
    protocol: BgpProtocol;
    options: Options;
    family: string;
    channel: Channel;
    direction: Direction;
    together: Together;
  }): Value {
    const statement = channel[direction];
    const table = channel.table ?? defaultTable(family);
    if (table !== (together.tables.get(family) ?? table)) {
      const text = `table ${table}: bgpd has one table, so this peer neither gives nor gets routes`;
      options.comments.push(...this.#draft.notes.leave(protocol.at, `protocol bgp ${protocol.name}: ${text}`));
      return direction === "export" ? nothing : "none";
    }
    const word = statement?.head[1]?.text;
    const isWord = statement?.head.length === 2 && statement.block === undefined;
    if (isWord && word === "none" || (statement === undefined && direction === "export")) {
      return direction === "export" && together.hasRoutes ? nothing : "none";
    }
    const before = direction === "import" ? this.#policies.localPref(options.defaultLocalPref ?? 100) : [];
    if (isWord && word === "all" || statement === undefined) {
      return before.length === 0 ? "all" : [...before, this.#policies.everything()];
    }
    const policy = this.#policy(statement, direction, protocol.name);
    return before.length === 0 ? policy : [...before, policy];
  }

  /** The name of the policy for `import filter NAME`, `import filter { … }` or `import where …`. */
  #policy(statement: Statement, direction: Direction, protocol: string): string {
    const [, word, name, more] = statement.head;
    const { block } = statement;
    if (word?.text === "filter" && name !== undefined && more === undefined && block === undefined) {
      const steps = this.#names.filters.get(name.text);
      return this.#translated({ name: name.text, place: "", direction, statement, steps });
    }
    const place = `${placeText(statement.at)} ${direction}`;
    const steps = word?.text === "filter" && name === undefined && block !== undefined
      ? new FilterParser(block).steps()
      : word?.text === "where" && block === undefined
      ? whereSteps(statement)
      : undefined;
    return this.#translated({ name: `${protocol}-${direction}`, place, direction, statement, steps });
  }

  /** `place`: of a filter without a name. */
  #translated({ name, place, direction, statement, steps }: {
    name: string;
    place: string;
    direction: Direction;
    statement: Statement;
    steps: readonly Step[] | undefined;
  }): string {
    const key = place === "" ? `${direction} ${name}` : place;
    const isTaken = this.#policies.has(`${direction === "import" ? "export" : "import"} ${name}`);
    const original = {
      key,
      name: isTaken ? `${name}-${direction}` : name,
      at: steps?.[0]?.at ?? statement.at,
      text: steps === undefined ? statementText(statement) : `filter ${name}`,
      default: "reject" as const,
    };
    return this.#policies.translated(original, () => {
      if (steps === undefined) throw new NotUnderstood("there is no such filter");
      return withoutLastReject(filterRules(steps, direction, this.#names));
    });
  }
}

export function defaultTable(family: string): string {
  return family.startsWith("ipv4") ? "master4" : "master6";
}

/** `where CONDITION`: accept if it holds, otherwise reject. */
function whereSteps(statement: Statement): Step[] {
  const { at } = statement;
  const text = headText(statement.head.slice(1));
  try {
    const condition = new FilterParser(statement.head.slice(2)).whole();
    return [{ kind: "if", condition, then: [{ kind: "accept", at, text: "accept" }], otherwise: [], at, text }];
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    return [{ kind: "unknown", at, text }];
  }
}

/** The default of the policy rejects what this rule rejects. */
function withoutLastReject(rules: readonly Table[]): readonly Table[] {
  const last = rules.at(-1);
  const isPlain = last?.keys.size === 1 && last.keys.get("action") === "reject" && last.comments.length === 0;
  return isPlain ? rules.slice(0, -1) : rules;
}

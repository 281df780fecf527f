/**
 * Which set a set becomes on its way to an update group: asked for each route, worked out once for each set and kind of
 * source. Slots of sets are reused, so an entry holds for the ids it was made for.
 */

import { hashAttributes } from "../message/mod.ts";
import type { RouteSource } from "./adj_rib_in.ts";
import type { AttributeTable } from "./attribute_table.ts";
import { growInt32 } from "./columns.ts";
import type { ExportRules } from "./export_rules.ts";

export class ExportMap {
  readonly rules: ExportRules;
  readonly #sets: AttributeTable;
  /** Peers that are clients of this reflector. */
  readonly #clients: ReadonlySet<number>;
  /** For each set: the low bits of the id and the kind of source it was asked for, and what came of it. */
  #forId = new Int32Array(1024);
  #forKind = new Int32Array(1024);
  /** Slot + 1 of the exported set; 0: not exported. */
  #exported = new Int32Array(1024);
  #exportedId = new Int32Array(1024);
  readonly #kinds = new Map<string, number>();
  #lastSource: RouteSource | undefined;
  #lastKind = 0;

  constructor(rules: ExportRules, sets: AttributeTable, clients: ReadonlySet<number>) {
    this.rules = rules;
    this.#sets = sets;
    this.#clients = clients;
  }

  /** The slot of the exported set, or -1. It must be retained before another set is interned. */
  export(set: number, source: RouteSource): number {
    const kind = source === this.#lastSource ? this.#lastKind : this.#kindOf(source);
    const sets = this.#sets;
    if (set >= this.#forId.length) this.#grow(set);
    const id = sets.id(set) | 0;
    if (this.#forId[set] === id && this.#forKind[set] === kind) {
      const exported = this.#exported[set]! - 1;
      if (exported === -1) return -1;
      if (sets.references(exported) > 0 && (sets.id(exported) | 0) === this.#exportedId[set]) return exported;
    }
    const exported = this.#work(set, source);
    this.#forId[set] = id;
    this.#forKind[set] = kind;
    this.#exported[set] = exported + 1;
    this.#exportedId[set] = exported === -1 ? 0 : sets.id(exported) | 0;
    return exported;
  }

  /** Who is a client changed. */
  forgetSources(): void {
    this.#lastSource = undefined;
  }

  get bytes(): number {
    return this.#forId.length * 16;
  }

  #work(set: number, source: RouteSource): number {
    const sets = this.#sets;
    const rules = this.rules;
    const passes = rules.apply(sets.chunk(set), sets.offset(set), sets.length(set), {
      local: source.peerId === 0,
      internal: source.internal,
      routerId: source.routerId,
      reflectorClient: this.#clients.has(source.peerId),
    });
    if (!passes) return -1;
    return sets.intern(rules.bytes, rules.length, hashAttributes(rules.bytes, 0, rules.length));
  }

  /** A number above zero for all that the rules ask of a source. */
  #kindOf(source: RouteSource): number {
    const client = this.#clients.has(source.peerId);
    const key = source.peerId === 0 ? "local" : source.internal ? `${source.routerId} ${client}` : "external";
    let kind = this.#kinds.get(key);
    if (kind === undefined) this.#kinds.set(key, kind = this.#kinds.size + 1);
    this.#lastSource = source;
    this.#lastKind = kind;
    return kind;
  }

  #grow(set: number): void {
    const capacity = Math.max(set + 1, this.#forId.length * 2);
    this.#forId = growInt32(this.#forId, capacity);
    this.#forKind = growInt32(this.#forKind, capacity);
    this.#exported = growInt32(this.#exported, capacity);
    this.#exportedId = growInt32(this.#exportedId, capacity);
  }
}

/**
 * Which set a set becomes on its way to an update group: asked for each route, worked out once for each set, class of
 * prefix where the policy of export asks for prefixes, and kind of source. A new answer takes the place of whatever stands
 * there: what is lost is worked out again. Slots of sets are reused, so an answer holds for the ids it was made for.
 */

import { hashAttributes } from "../message/mod.ts";
import type { CompiledChain, PolicyPeer, RouteContext } from "../policy/mod.ts";
import type { FamilyId } from "../types/mod.ts";
import type { RouteSource } from "./adj_rib_in.ts";
import type { AttributeTable } from "./attribute_table.ts";
import type { ExportRules } from "./export_rules.ts";
import type { ExportSource } from "./export_target.ts";
import type { PeerTerms } from "./peer_terms.ts";
import type { PrefixClassColumn } from "./prefix_class_column.ts";

/** A policy as it is asked on the way to a group. */
export interface ExportChain {
  readonly chain: CompiledChain;
  readonly peer: PolicyPeer;
}

/** All that the answer depends on beside the set and the prefix. */
interface Kind {
  readonly number: number;
  readonly source: ExportSource;
  readonly context: RouteContext | undefined;
}

export class ExportMap {
  readonly rules: ExportRules;
  readonly #family: FamilyId;
  readonly #sets: AttributeTable;
  readonly #classes: PrefixClassColumn;
  /** What is known of the peers that routes are from. */
  readonly #terms: PeerTerms;
  #policy: ExportChain | undefined;
  /** The low bits of the id, the class and the kind an answer is for, and what it is. */
  #forId = new Int32Array(1024);
  #forClass = new Int32Array(1024);
  #forKind = new Int32Array(1024);
  /** Slot + 1 of the exported set; 0: not exported. */
  #exported = new Int32Array(1024);
  #exportedId = new Int32Array(1024);
  #mask = 1023;
  readonly #kinds = new Map<string, Kind>();
  /** Numbers of kinds are not used twice: answers of what was forgotten are met no more. */
  #lastNumber = 0;
  readonly #said = new Set<string>();
  /** Hears of the first route that is withheld for a reason. */
  onWithheld: ((slot: number, reason: string) => void) | undefined;
  #lastSource: RouteSource | undefined;
  #lastKind: Kind | undefined;

  constructor(
    rules: ExportRules,
    family: FamilyId,
    sets: AttributeTable,
    classes: PrefixClassColumn,
    terms: PeerTerms,
    policy: ExportChain | undefined,
  ) {
    this.rules = rules;
    this.#family = family;
    this.#sets = sets;
    this.#classes = classes;
    this.#terms = terms;
    this.#policy = policy;
  }

  /** The policy says other things from now on. */
  use(policy: ExportChain | undefined): void {
    this.#policy = policy;
    this.forgetSources();
  }

  get hasPolicy(): boolean {
    return this.#policy !== undefined;
  }

  /** The slot of the exported set, or -1. It must be retained before another set is interned. */
  export(set: number, source: RouteSource, slot: number): number {
    const kind = source === this.#lastSource ? this.#lastKind! : this.#kindOf(source);
    const sets = this.#sets;
    const prefixClass = this.#policy?.chain.usesPrefix === true ? this.#classes.of(slot) : 0;
    if (set > this.#mask) this.#grow(set);
    // Class 0, which most prefixes are of, keeps to places of its own.
    const at = (set ^ Math.imul(prefixClass, 0x9e3779b1)) & this.#mask;
    const id = sets.id(set) | 0;
    if (this.#forId[at] === id && this.#forKind[at] === kind.number && this.#forClass[at] === prefixClass) {
      const exported = this.#exported[at]! - 1;
      if (exported === -1) return -1;
      if (sets.references(exported) > 0 && (sets.id(exported) | 0) === this.#exportedId[at]) return exported;
    }
    const exported = this.#work(set, kind, prefixClass, slot);
    this.#forId[at] = id;
    this.#forClass[at] = prefixClass;
    this.#forKind[at] = kind.number;
    this.#exported[at] = exported + 1;
    this.#exportedId[at] = exported === -1 ? 0 : sets.id(exported) | 0;
    return exported;
  }

  /** What is known of peers that routes are from changed. */
  forgetSources(): void {
    this.#lastSource = undefined;
    this.#kinds.clear();
  }

  get bytes(): number {
    return (this.#mask + 1) * 20;
  }

  #work(set: number, { source, context }: Kind, prefixClass: number, slot: number): number {
    const sets = this.#sets;
    const rules = this.rules;
    const chunk = sets.chunk(set);
    const start = sets.offset(set);
    const length = sets.length(set);
    if (!rules.mayLeave(chunk, start, length, source)) return -1;
    if (context === undefined) {
      // Of what is announced here untold.ts speaks.
      if (!rules.write(chunk, start, length, source, 0)) return source.local ? -1 : this.#withhold(slot);
    } else {
      const outcome = this.#policy!.chain.evaluate(chunk, start, length, prefixClass, context);
      if (!outcome.accepted) return -1;
      const { changed, explicit } = outcome;
      const passes = changed
        ? rules.write(outcome.bytes, 0, outcome.length, source, explicit)
        : rules.write(chunk, start, length, source, explicit);
      if (!passes) return this.#withhold(slot);
    }
    return sets.intern(rules.bytes, rules.length, hashAttributes(rules.bytes, 0, rules.length));
  }

  /** Each reason is said once, with the first route that it is true of: those after it may be a million. */
  #withhold(slot: number): -1 {
    const reason = this.rules.trouble!;
    if (!this.#said.has(reason)) {
      this.#said.add(reason);
      this.onWithheld?.(slot, reason);
    }
    return -1;
  }

  #kindOf(source: RouteSource): Kind {
    const terms = this.#terms.of(source.peerId);
    const local = source.peerId === 0;
    const policy = this.#policy;
    const key = policy?.chain.usesSource === true
      ? `peer ${source.peerId} ${source.internal} ${source.routerId} ${source.asn ?? ""} ${source.link ?? ""}`
      : local
      ? "local"
      : source.internal
      ? `${source.routerId} ${terms.client} ${source.link ?? ""}`
      : `external ${source.link ?? ""}`;
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      const { internal, routerId, address, asn = 0, link } = source;
      const { groups } = terms;
      kind = {
        number: ++this.#lastNumber,
        source: { local, internal, routerId, reflectorClient: terms.client, link },
        context: policy === undefined
          ? undefined
          : { family: this.#family, peer: policy.peer, source: { local, address, asn, groups, internal } },
      };
      this.#kinds.set(key, kind);
    }
    this.#lastSource = source;
    this.#lastKind = kind;
    return kind;
  }

  /** Answers so far are forgotten: most sets are asked about once, when they are new. */
  #grow(set: number): void {
    let size = 2 * (this.#mask + 1);
    while (size <= set) size *= 2;
    this.#mask = size - 1;
    this.#forId = new Int32Array(size);
    this.#forClass = new Int32Array(size);
    this.#forKind = new Int32Array(size);
    this.#exported = new Int32Array(size);
    this.#exportedId = new Int32Array(size);
  }
}

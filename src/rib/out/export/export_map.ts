/**
 * Which set a set becomes on its way to an update group: asked for each route, worked out once for each set, class of
 * prefix where the policy of export asks for prefixes, and kind of source. A new answer takes the place of whatever stands
 * there: what is lost is worked out again. Slots of sets are reused, so an answer holds for the ids it was made for.
 */

import { hashAttributes, type UpdateEncoder } from "../../../message/mod.ts";
import type { CompiledChain, PolicyPeer, RouteContext } from "../../../policy/mod.ts";
import type { FamilyId } from "../../../types/mod.ts";
import type { RouteSource } from "../../in/adj_rib_in.ts";
import type { AttributeTable } from "../../table/attribute_table.ts";
import type { ExportRules } from "./export_rules.ts";
import type { ExportSource } from "./export_target.ts";
import type { PeerTerms } from "./peer_terms.ts";
import type { PrefixClassColumn } from "../../table/prefix_class_column.ts";

/** A policy as it is asked on the way to a group. */
export interface ExportChain {
  readonly chain: CompiledChain;
  readonly peer: PolicyPeer;
  /** Who decided about a route, by number. */
  readonly reasons: readonly string[];
}

/** Why a route is not advertised to a group. */
export interface Withheld {
  /** The rules of BGP, the operator's policy, or what the session can carry. */
  readonly by: "rules" | "policy" | "session";
  readonly reason: string;
}

/** Octets of a message beside the attributes, at the most. */
export const roomBeside = 96;

/** How much an {@link ExportMap} may remember, now that there are as many groups as there are. */
export interface AnswerRoom {
  readonly mostAnswers: number;
}

/** All that the answer depends on beside the set and the prefix. */
interface Kind {
  readonly number: number;
  readonly source: ExportSource;
  readonly context: RouteContext | undefined;
}

export class ExportMap {
  readonly rules: ExportRules;
  readonly #encoder: UpdateEncoder;
  readonly #family: FamilyId;
  readonly #sets: AttributeTable;
  readonly #classes: PrefixClassColumn;
  /** What is known of the peers that routes are from. */
  readonly #terms: PeerTerms;
  readonly #room: AnswerRoom;
  #policy: ExportChain | undefined;
  /** The low bits of the id, the class and the kind an answer is for, and what it is. */
  #forId = new Int32Array(1024);
  #forClass = new Int32Array(1024);
  #forKind = new Int32Array(1024);
  /** Slot + 1 of the exported set; 0: not exported. */
  #exported = new Int32Array(1024);
  #exportedId = new Int32Array(1024);
  #mask = 1023;
  /** There are as many places as the group may have. */
  #isFull = false;
  readonly #kinds = new Map<string, Kind>();
  /** Numbers of kinds are not used twice: answers of what was forgotten are met no more. */
  #lastNumber = 0;
  readonly #said = new Set<string>();
  /** Hears of the first route that is withheld for a reason. */
  onWithheld: ((slot: number, reason: string) => void) | undefined;
  /** Of the last set that was made: nothing holds it; the rule that rejected it. */
  #tooLong = false;
  #rejectedBy = 0;
  #lastSource: RouteSource | undefined;
  #lastKind: Kind | undefined;

  constructor(
    rules: ExportRules,
    encoder: UpdateEncoder,
    family: FamilyId,
    sets: AttributeTable,
    classes: PrefixClassColumn,
    terms: PeerTerms,
    room: AnswerRoom,
    policy: ExportChain | undefined,
  ) {
    this.rules = rules;
    this.#encoder = encoder;
    this.#family = family;
    this.#sets = sets;
    this.#classes = classes;
    this.#terms = terms;
    this.#room = room;
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
    if (set > this.#mask && !this.#isFull) this.#grow(set);
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

  /** Why a route with this set does not go to the group; `undefined`: it does. */
  whyWithheld(set: number, source: RouteSource, slot: number): Withheld | undefined {
    const prefixClass = this.#policy?.chain.usesPrefix === true ? this.#classes.of(slot) : 0;
    const by = this.#make(set, this.#kindOf(source), prefixClass);
    if (by === undefined) return undefined;
    if (by === "policy") {
      return { by, reason: `${this.#policy!.reasons[this.#rejectedBy] ?? "export policy"} rejects it` };
    }
    return { by, reason: this.#reason };
  }

  #work(set: number, kind: Kind, prefixClass: number, slot: number): number {
    const { rules } = this;
    const by = this.#make(set, kind, prefixClass);
    if (by === undefined) {
      return this.#sets.intern(rules.bytes, rules.length, hashAttributes(rules.bytes, 0, rules.length));
    }
    // Of next hops of our own routes unadvertisable.ts speaks.
    const isSaid = kind.source.local && kind.context === undefined && !this.#tooLong;
    if (by === "session" && !isSaid) this.#withhold(slot);
    return -1;
  }

  /** Makes the exported set, the first octets of `rules.bytes`, or says what stands in the way. */
  #make(set: number, { source, context }: Kind, prefixClass: number): Withheld["by"] | undefined {
    const sets = this.#sets;
    const rules = this.rules;
    const chunk = sets.chunk(set);
    const start = sets.offset(set);
    const length = sets.length(set);
    this.#tooLong = false;
    if (!rules.mayLeave(chunk, start, length, source)) return "rules";
    let isMade: boolean;
    if (context === undefined) isMade = rules.write(chunk, start, length, source, 0);
    else {
      const outcome = this.#policy!.chain.evaluate(chunk, start, length, prefixClass, context);
      this.#rejectedBy = outcome.reason;
      if (!outcome.accepted) return "policy";
      const { changed, explicit } = outcome;
      isMade = changed
        ? rules.write(outcome.bytes, 0, outcome.length, source, explicit)
        : rules.write(chunk, start, length, source, explicit);
    }
    if (!isMade) return "session";
    // A path of 2-octet ASNs goes out beside the one of 4-octet ones.
    if (2 * rules.length + roomBeside > this.#encoder.maxMessageBytes) {
      const made = rules.bytes.subarray(0, rules.length);
      this.#tooLong = this.#encoder.fit(made, this.#family, 0, -1) === "withheld";
    }
    return this.#tooLong ? "session" : undefined;
  }

  get #reason(): string {
    return this.#tooLong
      ? `no message of ${this.#encoder.maxMessageBytes} octets holds its attributes`
      : this.rules.trouble!;
  }

  /** Each reason is said once, with the first route that it is true of: those after it may be a million. */
  #withhold(slot: number): void {
    const reason = this.#reason;
    if (!this.#said.has(reason)) {
      this.#said.add(reason);
      this.onWithheld?.(slot, reason);
    }
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
    let size = this.#mask + 1;
    while (size <= set && 2 * size <= this.#room.mostAnswers) size *= 2;
    if (size === this.#mask + 1) {
      this.#isFull = true;
      return;
    }
    this.#mask = size - 1;
    this.#forId = new Int32Array(size);
    this.#forClass = new Int32Array(size);
    this.#forKind = new Int32Array(size);
    this.#exported = new Int32Array(size);
    this.#exportedId = new Int32Array(size);
  }
}

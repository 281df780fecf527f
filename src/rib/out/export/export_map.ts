/**
 * Which set a set becomes on its way to an update group. The question comes up for each route; the answer is computed
 * once for each set, kind of source and, where the export policy matches prefixes, class of prefix.
 */

import { hashAttributes, type UpdateEncoder } from "../../../message/mod.ts";
import {
  type CompiledChain,
  type PolicyPeer,
  routeClass,
  type RouteContext,
  validityOfClass,
} from "../../../policy/mod.ts";
import { ovsOf } from "../../../rpki/mod.ts";
import type { FamilyId, PrefixSlot, SetSlot } from "../../../types/mod.ts";
import { type CacheRoom, EvaluationCache } from "../../attributes/evaluation_cache.ts";
import type { RouteSource } from "../../in/adj_rib_in.ts";
import { type AttributeTable, noSet } from "../../table/attribute_table.ts";
import type { ExportRules } from "./export_rules.ts";
import type { ExportSource } from "./export_target.ts";
import type { PeerTerms } from "./peer_terms.ts";
import type { PrefixClassColumn } from "../../table/prefix_class_column.ts";

/** The export policy of a group. */
export interface ExportChain {
  readonly chain: CompiledChain;
  readonly peer: PolicyPeer;
  /** The policies and rules that decide, by number. */
  readonly reasons: readonly string[];
}

/** Why a route is not advertised to a group. */
export interface Withheld {
  /** The rules of BGP, the operator's policy, or what the session can carry. */
  readonly by: "rules" | "policy" | "session";
  readonly reason: string;
}

/** Octets of a message besides the attributes, at most. */
export const roomBeside = 96;

/** What an {@link ExportMap} is made of. */
export interface ExportMapParts {
  readonly rules: ExportRules;
  readonly encoder: UpdateEncoder;
  readonly family: FamilyId;
  readonly sets: AttributeTable;
  readonly classes: PrefixClassColumn;
  readonly terms: PeerTerms;
  readonly room: CacheRoom;
  readonly policy: ExportChain | undefined;
  /** The validity of a route that leaves (`rpki/validity.ts`), where the policy looks at it. */
  readonly validityOf: (set: SetSlot, source: RouteSource, slot: PrefixSlot) => number;
}

/** Everything that the answer depends on besides the set and the prefix. */
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
  /** What the configuration says of the peers that routes come from. */
  readonly #terms: PeerTerms;
  readonly #answers: EvaluationCache;
  #policy: ExportChain | undefined;
  readonly #validityOf: ExportMapParts["validityOf"];
  readonly #kinds = new Map<string, Kind>();
  /** Numbers of kinds are never reused, so that answers for a forgotten kind never match. */
  #lastNumber = 0;
  /** Reasons that were reported. */
  readonly #reported = new Set<string>();
  /** Called with the first route that is withheld for each reason. */
  onWithheld: ((slot: PrefixSlot, reason: string) => void) | undefined;
  /** About the last set: no message holds it; the number of the rule that rejected it. */
  #tooLong = false;
  #rejectedBy = 0;
  #lastSource: RouteSource | undefined;
  #lastKind: Kind | undefined;

  constructor({ rules, encoder, family, sets, classes, terms, room, policy, validityOf }: ExportMapParts) {
    this.rules = rules;
    this.#encoder = encoder;
    this.#family = family;
    this.#sets = sets;
    this.#classes = classes;
    this.#terms = terms;
    this.#answers = new EvaluationCache(sets, room);
    this.#policy = policy;
    this.#validityOf = validityOf;
  }

  /** Another policy is in force. */
  use(policy: ExportChain | undefined): void {
    this.#policy = policy;
    this.forgetSources();
  }

  get hasPolicy(): boolean {
    return this.#policy !== undefined;
  }

  /** The slot of the exported set; -1: the route is withheld. Retain the set before another one is interned. */
  export(set: SetSlot, source: RouteSource, slot: PrefixSlot): SetSlot {
    const kind = source === this.#lastSource ? this.#lastKind! : this.#kindOf(source);
    const ofRoute = this.#classOf(set, source, slot);
    const answers = this.#answers;
    if (answers.find(set, ofRoute, kind.number)) return answers.set;
    const exported = this.#compute(set, kind, ofRoute, slot);
    answers.keep(set, ofRoute, kind.number, exported);
    return exported;
  }

  /** The configuration of peers that routes come from changed. */
  forgetSources(): void {
    this.#lastSource = undefined;
    this.#kinds.clear();
  }

  get bytes(): number {
    return this.#answers.bytes;
  }

  /** Why a route with this set is withheld from the group; `undefined`: it is advertised. */
  whyWithheld(set: SetSlot, source: RouteSource, slot: PrefixSlot): Withheld | undefined {
    const ofRoute = this.#classOf(set, source, slot);
    const by = this.#make(set, this.#kindOf(source), ofRoute);
    if (by === undefined) return undefined;
    if (by === "policy") {
      return { by, reason: `${this.#policy!.reasons[this.#rejectedBy] ?? "export policy"} rejects it` };
    }
    return { by, reason: this.#reason };
  }

  /** The policy looks at what RPKI data say. */
  get usesValidity(): boolean {
    return this.#policy?.chain.usesValidity === true || this.rules.tellsOriginState;
  }

  /** The class of the route, as far as the policy looks at it. */
  #classOf(set: SetSlot, source: RouteSource, slot: PrefixSlot): number {
    const prefixClass = this.#policy?.chain.usesPrefix === true ? this.#classes.of(slot) : 0;
    return this.usesValidity ? routeClass(prefixClass, this.#validityOf(set, source, slot)) : prefixClass;
  }

  #compute(set: SetSlot, kind: Kind, ofRoute: number, slot: PrefixSlot): SetSlot {
    const { rules } = this;
    const by = this.#make(set, kind, ofRoute);
    if (by === undefined) {
      return this.#sets.intern(rules.bytes, rules.length, hashAttributes(rules.bytes, 0, rules.length));
    }
    // unadvertisable.ts reports our own routes without a fitting next hop.
    const isReported = kind.source.local && kind.context === undefined && !this.#tooLong;
    if (by === "session" && !isReported) this.#withhold(slot);
    return noSet;
  }

  /** Makes the exported set, the first octets of `rules.bytes`; or returns what withholds the route. */
  #make(set: SetSlot, { source, context }: Kind, ofRoute: number): Withheld["by"] | undefined {
    const sets = this.#sets;
    const rules = this.rules;
    const chunk = sets.chunk(set);
    const start = sets.offset(set);
    const length = sets.length(set);
    this.#tooLong = false;
    rules.originState = ovsOf(validityOfClass(ofRoute));
    if (!rules.mayLeave(chunk, start, length, source)) return "rules";
    let isMade: boolean;
    if (context === undefined) isMade = rules.write(chunk, start, length, source, 0);
    else {
      const outcome = this.#policy!.chain.evaluate(chunk, start, length, ofRoute, context);
      this.#rejectedBy = outcome.reason;
      if (!outcome.accepted) return "policy";
      const { changed, explicit } = outcome;
      isMade = changed
        ? rules.write(outcome.bytes, 0, outcome.length, source, explicit)
        : rules.write(chunk, start, length, source, explicit);
    }
    if (!isMade) return "session";
    if (!rules.isWanted) return "rules";
    // With 2-octet ASNs, AS_PATH and AS4_PATH both go out.
    if (2 * rules.length + roomBeside > this.#encoder.maxMessageBytes) {
      const made = rules.bytes.subarray(0, rules.length);
      this.#tooLong = this.#encoder.fit(made, this.#family, 0, -1) === "withheld";
    }
    return this.#tooLong ? "session" : undefined;
  }

  get #reason(): string {
    return this.#tooLong
      ? `no message of ${this.#encoder.maxMessageBytes} octets holds its attributes`
      : this.rules.reason!;
  }

  /** Reports each reason once, with the first route that it applies to: there may be a million such routes. */
  #withhold(slot: PrefixSlot): void {
    const reason = this.#reason;
    if (!this.#reported.has(reason)) {
      this.#reported.add(reason);
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
}

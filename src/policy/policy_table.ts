/**
 * Policies as data: what the configuration says, checked and with names resolved, in plain values that can go to
 * another thread. Rules refer to sets by index; a list that is written in a rule itself is a set without a name.
 */

import type { LargeCommunity, Origin } from "../message/mod.ts";
import type { Avs, Ovs } from "../rpki/mod.ts";
import type { Asn, FamilyId, Prefix } from "../types/mod.ts";

export interface PolicyTable {
  readonly prefixSets: readonly PrefixSet[];
  readonly asSets: readonly AsSet[];
  readonly asPathSets: readonly AsPathSet[];
  readonly communitySets: readonly CommunitySet[];
  readonly policies: readonly Policy[];
}

export const emptyPolicyTable: PolicyTable = {
  prefixSets: [],
  asSets: [],
  asPathSets: [],
  communitySets: [],
  policies: [],
};

/** Names of policies in the order of evaluation. */
export type PolicyChain = readonly string[];

interface Named {
  /** `undefined`: it stands in a rule. */
  readonly name: string | undefined;
}

/** Of the entries that hold a prefix the most specific decides. */
export interface PrefixSet extends Named {
  readonly entries: readonly PrefixRange[];
}

/** The prefixes inside `prefix` whose length is `min` to `max`. */
export interface PrefixRange {
  readonly prefix: Prefix;
  readonly min: number;
  readonly max: number;
  /** These are not in the set. */
  readonly except: boolean;
}

export interface AsSet extends Named {
  readonly ranges: readonly NumberRange[];
}

/** Both ends belong to it. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

export interface AsPathSet extends Named {
  /** In the dialect of `path_pattern.ts`. */
  readonly patterns: readonly string[];
}

export interface CommunitySet extends Named {
  readonly patterns: readonly CommunityPattern[];
}

export type CommunityPattern =
  | { readonly kind: "standard"; readonly high: NumberRange; readonly low: NumberRange }
  | { readonly kind: "large"; readonly parts: readonly [NumberRange, NumberRange, NumberRange] }
  /** 8 octets as two 32-bit words: both compared under a mask, and a range for the local number in the second one. */
  | {
    readonly kind: "extended";
    readonly high: number;
    readonly highMask: number;
    readonly low: number;
    readonly lowMask: number;
    readonly localMask: number;
    readonly local: NumberRange;
  };

export interface Policy {
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Where no rule decided. */
  readonly default: RuleVerdict;
}

/** `continue`: with the next rule, or with the next policy of the chain. */
export type RuleVerdict = "accept" | "reject" | "continue";

export interface Rule {
  /** Its number, where it has no name. */
  readonly name: string;
  /** All must hold for the rule to match. */
  readonly conditions: readonly Condition[];
  /** Taken in this order where the rule matches. */
  readonly actions: readonly Action[];
  readonly verdict: RuleVerdict;
}

export type Condition = ConditionKind & {
  /** Negated: the condition holds where what it says does not. */
  readonly not: boolean;
  /** As it stands in the configuration, e.g. `origin_as = "customers"`. */
  readonly text: string;
};

/** `sets` are indexes into a list of {@link PolicyTable}; the condition holds if one of them matches. */
export type ConditionKind =
  | { readonly kind: "prefix"; readonly sets: readonly number[] }
  | { readonly kind: "family"; readonly families: readonly FamilyId[] }
  | {
    readonly kind: "originAs" | "firstAs" | "pathAs" | "peerAs" | "fromAs";
    readonly sets: readonly number[];
  }
  | { readonly kind: "asPath"; readonly sets: readonly number[] }
  | { readonly kind: "asPathLength" | "localPref"; readonly ranges: readonly NumberRange[] }
  /** `absent`: a route without MED matches, too. */
  | { readonly kind: "med"; readonly ranges: readonly NumberRange[]; readonly absent: boolean }
  /** `every`: each of the sets must match. */
  | { readonly kind: "community"; readonly sets: readonly number[]; readonly every: boolean }
  /** `peer`: the address of the peer the route came from or goes to. */
  | { readonly kind: "nextHop"; readonly prefixes: readonly Prefix[]; readonly peer: boolean }
  | { readonly kind: "origin"; readonly origins: readonly Origin[] }
  /** What RPKI data say of the route: `Ovs` and `Avs` of `rpki/validity.ts`. */
  | { readonly kind: "ovs"; readonly states: readonly Ovs[] }
  | { readonly kind: "avs"; readonly states: readonly Avs[] }
  | { readonly kind: "attribute"; readonly codes: readonly number[] }
  | { readonly kind: "peer" | "fromPeer"; readonly prefixes: readonly Prefix[] }
  | { readonly kind: "peerGroup" | "fromGroup"; readonly groups: readonly string[] }
  | { readonly kind: "source"; readonly sources: readonly SourceKind[] };

export type SourceKind = "local" | "internal" | "external";

export type Action = ActionKind & {
  /** As it stands in the configuration, e.g. `local_pref = 200`. */
  readonly text: string;
};

export type ActionKind =
  | { readonly kind: "localPref"; readonly change: NumberChange }
  | { readonly kind: "med"; readonly change: NumberChange | { readonly kind: "none" } }
  | { readonly kind: "origin"; readonly origin: Origin }
  | { readonly kind: "nextHop"; readonly to: NextHopChoice }
  | { readonly kind: "prepend"; readonly asns: readonly Asn[] }
  /** Our own AS, or the first of the path, so many times. */
  | { readonly kind: "prependOwn" | "prependFirst"; readonly times: number }
  | { readonly kind: "communities"; readonly values: readonly number[] }
  | { readonly kind: "largeCommunities"; readonly values: readonly Readonly<LargeCommunity>[] }
  | { readonly kind: "extCommunities"; readonly values: readonly Uint8Array[] }
  | { readonly kind: "removeCommunities"; readonly sets: readonly number[] }
  | {
    readonly kind: "addCommunities";
    readonly standard: readonly number[];
    readonly large: readonly Readonly<LargeCommunity>[];
    readonly extended: readonly Uint8Array[];
  }
  | { readonly kind: "atomicAggregate"; readonly present: boolean }
  | { readonly kind: "removeAttributes"; readonly codes: readonly number[] };

/** Sums stop at 0 and at 4294967295. */
export type NumberChange =
  | { readonly kind: "to"; readonly value: number }
  | { readonly kind: "by"; readonly difference: number };

export type NextHopChoice =
  /** This speaker: which address that is, the session knows. Export only. */
  | { readonly kind: "self" }
  /** As it is, also where it would be changed on its way out. Export only. */
  | { readonly kind: "unchanged" }
  /** The peer the route came from. Import only. */
  | { readonly kind: "peer" }
  /** The one of the route's own address family. */
  | { readonly kind: "address"; readonly addresses: readonly Uint8Array[] };

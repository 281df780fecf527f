/** How many routes a peer may have, and what happens when it has more (RFC 4271 §6.7). */

import type { ByFamily, FamilyId } from "../../types/mod.ts";
import type { Key, KeyTable, Values } from "../keys/table.ts";
import { limitsOf, perFamily } from "../keys/family_values.ts";
import * as type from "../keys/values.ts";

function key<T>(row: Key<T>): Key<T> {
  return row;
}

/** Of peers and groups. */
export const prefixLimitKeys = {
  max_prefixes: key({
    type: perFamily(type.integer(1, 4_294_967_295, "routes")),
    doc: "routes of the peer in a family at the most: a number, or a table family = number",
    defaultText: "none",
  }),
  max_prefixes_action: key({
    type: type.oneOf("warn", "discard", "shutdown"),
    doc: "what happens beyond max_prefixes: say so, keep no more, or end the session",
    default: "shutdown",
  }),
  max_prefixes_count: key({
    type: type.oneOf("received", "accepted"),
    doc: "the routes that count: all, which bounds memory, or those that import policy accepts",
    default: "received",
  }),
  max_prefixes_warning: key({
    type: type.integer(1, 100, "percent"),
    doc: "of max_prefixes: when it is said that there are so many",
    default: 80,
  }),
  max_prefixes_restart: key({
    type: type.integer(0, 10_080, "minutes"),
    doc: "after a shutdown the session comes again; 0: not before somebody enables it",
    default: 0,
  }),
} as const satisfies KeyTable;

export interface PrefixLimitSettings {
  /** By family. */
  readonly maxPrefixes: Readonly<ByFamily<number>>;
  readonly maxPrefixesAction: "warn" | "discard" | "shutdown";
  readonly maxPrefixesCount: "received" | "accepted";
  readonly maxPrefixesWarningPercent: number;
  /** 0: never by itself. */
  readonly maxPrefixesRestartMinutes: number;
}

/** What holds where the configuration says nothing. */
export const defaultPrefixLimits: PrefixLimitSettings = {
  maxPrefixes: {},
  maxPrefixesAction: prefixLimitKeys.max_prefixes_action.default!,
  maxPrefixesCount: prefixLimitKeys.max_prefixes_count.default!,
  maxPrefixesWarningPercent: prefixLimitKeys.max_prefixes_warning.default!,
  maxPrefixesRestartMinutes: prefixLimitKeys.max_prefixes_restart.default!,
};

/** A running session takes all of them over. */
export const prefixLimitFields: Readonly<Record<keyof PrefixLimitSettings, "live">> = {
  maxPrefixes: "live",
  maxPrefixesAction: "live",
  maxPrefixesCount: "live",
  maxPrefixesWarningPercent: "live",
  maxPrefixesRestartMinutes: "live",
};

export function readPrefixLimits(
  values: Values<typeof prefixLimitKeys>,
  families: readonly FamilyId[],
): PrefixLimitSettings {
  const defaults = defaultPrefixLimits;
  return {
    maxPrefixes: limitsOf(values.max_prefixes, families),
    maxPrefixesAction: values.max_prefixes_action ?? defaults.maxPrefixesAction,
    maxPrefixesCount: values.max_prefixes_count ?? defaults.maxPrefixesCount,
    maxPrefixesWarningPercent: values.max_prefixes_warning ?? defaults.maxPrefixesWarningPercent,
    maxPrefixesRestartMinutes: values.max_prefixes_restart ?? defaults.maxPrefixesRestartMinutes,
  };
}

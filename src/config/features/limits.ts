/** How many routes a peer may have and may get, and how large they may be (RFC 4271 §6.7). */

import { type ByFamily, byFamily, familyEntries, type FamilyId } from "../../types/mod.ts";
import type { PrefixLimit, RibPeer } from "../../rib/mod.ts";
import { perFamily, valuesByFamily } from "../keys/family_values.ts";
import { filled, setting, type SettingTable, unless } from "../keys/key.ts";
import type { Given } from "../keys/table.ts";
import { integer, oneOf } from "../keys/values.ts";

export interface LimitSettings {
  /** By family. */
  readonly maxPrefixes: Readonly<ByFamily<number>>;
  readonly maxPrefixesAction: "warn" | "discard" | "shutdown";
  readonly maxPrefixesCount: "received" | "accepted";
  readonly maxPrefixesWarningPercent: number;
  /** 0: never by itself. */
  readonly maxPrefixesRestartMinutes: number;
  /** By family: the most routes that are announced to the peer. */
  readonly maxPrefixesOut: Readonly<ByFamily<number>>;
  readonly maxPrefixesOutAction: "warn" | "stop" | "shutdown";
  /** Octets of path attributes that one route of the peer may have; 0: any number. */
  readonly maxAttributeBytes: number;
}

const routeCount = perFamily(integer(1, 4_294_967_295, "routes"));

export const limitKeys = {
  max_attribute_bytes: setting({
    type: integer(0, 65_535, "octets"),
    doc: "maximum size of the attributes of one route; a larger route is treated as withdrawn; 0: no limit",
    example: "2048",
    default: 0,
    sets: { maxAttributeBytes: "applies" },
  }),
  max_prefixes: setting({
    type: routeCount,
    doc: "maximum number of routes from the peer in a family: a number, or a table family = number",
    example: '{ "ipv4 unicast" = 1000 }',
    defaultText: "none",
    sets: { maxPrefixes: "applies" },
  }),
  max_prefixes_action: setting({
    type: oneOf("warn", "discard", "shutdown"),
    doc: "beyond max_prefixes: log a warning, discard further routes, or end the session",
    example: '"discard"',
    default: "shutdown",
    sets: { maxPrefixesAction: "applies" },
    noEffect: withoutLimit,
  }),
  max_prefixes_count: setting({
    type: oneOf("received", "accepted"),
    doc: "the routes that count: all received routes, which bounds memory, or those that import policy accepts",
    example: '"accepted"',
    default: "received",
    sets: { maxPrefixesCount: "applies" },
    noEffect: withoutLimit,
  }),
  max_prefixes_warning: setting({
    type: integer(1, 100, "percent"),
    doc: "the share of max_prefixes at which bgpd warns",
    example: "90",
    default: 80,
    sets: { maxPrefixesWarningPercent: "applies" },
    noEffect: withoutLimit,
  }),
  max_prefixes_restart: setting({
    type: integer(0, 10_080, "minutes"),
    doc: "time after a shutdown until the session starts again; 0: only after peer enable",
    example: "15",
    default: 0,
    sets: { maxPrefixesRestartMinutes: "applies" },
    noEffect: (peer: LimitSettings) =>
      withoutLimit(peer) ??
        unless(peer.maxPrefixesAction === "shutdown", 'max_prefixes_action is not "shutdown": no session ends'),
  }),
  max_prefixes_out: setting({
    type: routeCount,
    doc: "maximum number of routes announced to the peer in a family: a number, or a table family = number",
    example: "100",
    defaultText: "none",
    sets: { maxPrefixesOut: "applies" },
  }),
  max_prefixes_out_action: setting({
    type: oneOf("warn", "stop", "shutdown"),
    doc: "beyond max_prefixes_out: log a warning, announce no more, or end the session until peer enable",
    example: '"shutdown"',
    default: "stop",
    sets: { maxPrefixesOutAction: "applies" },
    noEffect: ({ maxPrefixesOut }: LimitSettings) =>
      unless(Object.keys(maxPrefixesOut).length > 0, "there is no max_prefixes_out"),
  }),
} as const satisfies SettingTable;

function withoutLimit({ maxPrefixes }: LimitSettings): string | undefined {
  return unless(Object.keys(maxPrefixes).length > 0, "there is no max_prefixes");
}

export function readLimits(given: Given<typeof limitKeys>, families: readonly FamilyId[]): LimitSettings {
  const values = filled(limitKeys, given.values);
  return {
    maxPrefixes: byFamily(valuesByFamily(values.max_prefixes, families)),
    maxPrefixesAction: values.max_prefixes_action,
    maxPrefixesCount: values.max_prefixes_count,
    maxPrefixesWarningPercent: values.max_prefixes_warning,
    maxPrefixesRestartMinutes: values.max_prefixes_restart,
    maxPrefixesOut: byFamily(valuesByFamily(values.max_prefixes_out, families)),
    maxPrefixesOutAction: values.max_prefixes_out_action,
    maxAttributeBytes: values.max_attribute_bytes,
  };
}

export function limitsForRib(settings: LimitSettings): Partial<RibPeer> {
  const { maxPrefixesOut, maxPrefixesOutAction: action, maxAttributeBytes } = settings;
  return {
    maxPrefixes: prefixLimits(settings),
    prefixesOut: byFamily(familyEntries(maxPrefixesOut).map(([id, max]) => [id, { max, action }])),
    maxAttributeBytes,
  };
}

/** The maximum-prefix limit of each family that has one. */
export function prefixLimits(settings: LimitSettings): ByFamily<PrefixLimit> {
  const minutes = settings.maxPrefixesRestartMinutes;
  const rest = {
    warningPercent: settings.maxPrefixesWarningPercent,
    action: settings.maxPrefixesAction,
    counts: settings.maxPrefixesCount,
    restartSeconds: minutes === 0 ? undefined : 60 * minutes,
  };
  return byFamily(familyEntries(settings.maxPrefixes).map(([id, limit]) => [id, { limit, ...rest }]));
}

/** What ASes do to each other's paths: loops, hidden and private ASNs, AS_SETs, AIGP. */

import type { RibPeer } from "../../rib/mod.ts";
import type { SessionConfig } from "../../session/mod.ts";
import { filled, setting, type SettingTable } from "../keys/key.ts";
import type { Given } from "../keys/table.ts";
import { boolean, integer, oneOf } from "../keys/values.ts";
import { type AsNumbers, checkExternal } from "./as_numbers.ts";

export interface InterAsSettings {
  readonly enforceFirstAs: boolean;
  readonly allowasIn: number;
  readonly asOverride: boolean;
  readonly removePrivateAs: "none" | "all" | "replace";
  readonly rejectAsSets: "always" | "external" | "never";
  /** `undefined`: within our AS or confederation only (RFC 7311 §3.1). */
  readonly aigp: boolean | undefined;
}

export const interAsKeys = {
  enforce_first_as: setting({
    type: boolean,
    doc: "the first AS of AS_PATH must be the eBGP peer's own; leave it false for peers that are route servers",
    example: "true",
    default: false,
    sets: { enforceFirstAs: "resets" },
  }),
  allowas_in: setting({
    type: integer(0, 255, "times"),
    doc: "how often our own AS may occur in an AS_PATH of the peer before it counts as a loop",
    example: "1",
    default: 0,
    sets: { allowasIn: "applies" },
  }),
  as_override: setting({
    type: boolean,
    doc: "replace the eBGP peer's own AS by ours in paths to it: for one customer AS at several sites",
    example: "true",
    default: false,
    sets: { asOverride: "applies" },
  }),
  remove_private_as: setting({
    type: oneOf("none", "all", "replace"),
    doc: "private ASNs (RFC 6996) in paths to the eBGP peer: keep them (none), remove them (all), or put ours instead",
    example: '"all"',
    default: "none",
    sets: { removePrivateAs: "applies" },
  }),
  reject_as_sets: setting({
    type: boolean,
    doc: "exclude routes with AS_SET or AS_CONFED_SET from the decision, and do not announce them (RFC 9774)",
    example: "false",
    defaultText: "true for eBGP peers",
    sets: { rejectAsSets: "applies" },
  }),
  aigp: setting({
    type: boolean,
    doc: "accept the accumulated IGP metric (RFC 7311) from the peer, and send it",
    example: "true",
    defaultText: "true within our AS or confederation, else false",
    sets: { aigp: "resets" },
  }),
} as const satisfies SettingTable;

export function readInterAs(given: Given<typeof interAsKeys>, numbers: AsNumbers): InterAsSettings {
  const values = filled(interAsKeys, given.values);
  if (values.as_override) checkExternal(given, "as_override", numbers);
  if (values.remove_private_as !== "none") checkExternal(given, "remove_private_as", numbers);
  return {
    enforceFirstAs: values.enforce_first_as,
    allowasIn: values.allowas_in,
    asOverride: values.as_override,
    removePrivateAs: values.remove_private_as,
    // RFC 9774 §3 asks for it everywhere. Within the AS, the router that accepted the route has checked it.
    rejectAsSets: values.reject_as_sets === undefined ? "external" : values.reject_as_sets ? "always" : "never",
    aigp: values.aigp,
  };
}

export function interAsForSession({ aigp, enforceFirstAs }: InterAsSettings) {
  return { aigp, enforceFirstAs } satisfies Partial<SessionConfig>;
}

export function interAsForRib(settings: InterAsSettings): Partial<RibPeer> {
  const { allowasIn, rejectAsSets, asOverride, removePrivateAs } = settings;
  return { allowedLoops: allowasIn, rejectAsSets, asOverride, removePrivateAs };
}

/**
 * What ASes do with routes between each other, as a peer's settings: whose ASN is whose (RFC 4271 §5.1.2, 5065), what
 * becomes of paths, which routes are too many.
 */

import { type Asn, type ByFamily, type FamilyId, isUnicast } from "../../types/mod.ts";
import type { Position, Report } from "../toml/errors.ts";
import { tradeKeys } from "./inter_as_keys.ts";
import type { Values } from "../keys/table.ts";
import { limitsOf } from "../keys/family_values.ts";

/** RFC 5065: one AS to others, several ASes inside. */
export interface Confederation {
  /** The AS to others. */
  readonly id: Asn;
  readonly memberAsn: Asn;
  /** The other members. */
  readonly members: readonly Asn[];
}

/** Each field is a key of `[[peers]]`, or one of the top level that peers depend on; see `inter_as_keys.ts`. */
export interface TradeSettings {
  readonly confederation: Confederation | undefined;
  /** `default_as`, where `local_as` of an eBGP peer is another AS and does not simply take its place. */
  readonly realAsn: Asn | undefined;
  readonly localAsNoPrepend: boolean;
  readonly localAsReplaceAs: boolean;
  readonly allowasIn: number;
  readonly asOverride: boolean;
  readonly removePrivateAs: "none" | "all" | "replace";
  /** Families in which the peer is told a default route. */
  readonly defaultOriginate: readonly FamilyId[];
  readonly rejectAsSets: "always" | "external" | "never";
  /** `undefined`: within our AS or confederation only (RFC 7311 §3.1). */
  readonly aigp: boolean | undefined;
  /** By family; the most routes that the peer is told. */
  readonly maxPrefixesOut: Readonly<ByFamily<number>>;
  readonly maxPrefixesOutAction: "warn" | "stop" | "shutdown";
}

/** What holds where the configuration says nothing. */
export const defaultTrade: TradeSettings = {
  confederation: undefined,
  realAsn: undefined,
  localAsNoPrepend: true,
  localAsReplaceAs: true,
  allowasIn: 0,
  asOverride: false,
  removePrivateAs: "none",
  defaultOriginate: [],
  rejectAsSets: "never",
  aigp: undefined,
  maxPrefixesOut: {},
  maxPrefixesOutAction: "stop",
};

/** Whether a running session can take the change over. */
export const tradeFields: Readonly<Record<keyof TradeSettings, "session" | "live">> = {
  confederation: "session",
  realAsn: "live",
  localAsNoPrepend: "live",
  localAsReplaceAs: "live",
  allowasIn: "live",
  asOverride: "live",
  removePrivateAs: "live",
  defaultOriginate: "live",
  rejectAsSets: "live",
  aigp: "session",
  maxPrefixesOut: "live",
  maxPrefixesOutAction: "live",
};

export interface Place {
  readonly families: readonly FamilyId[];
  readonly localAsn: Asn | undefined;
  readonly defaultAsn: Asn | undefined;
  readonly remoteAsn: Asn | undefined;
  readonly confederation: Confederation | undefined;
}

export function tradeSettings(
  values: Values<typeof tradeKeys>,
  place: Place,
  at: (key: keyof typeof tradeKeys) => Position,
  report: Report,
): TradeSettings {
  const { families, localAsn, defaultAsn, remoteAsn, confederation } = place;
  const isInternal = remoteAsn !== undefined && remoteAsn === localAsn;
  const isMember = remoteAsn !== undefined && confederation?.members.includes(remoteAsn) === true;
  const isOutside = !isInternal && !isMember;
  const noPrepend = values.local_as_no_prepend ?? tradeKeys.local_as_no_prepend.default!;
  const replaceAs = values.local_as_replace_as ?? tradeKeys.local_as_replace_as.default!;
  const hasOther = isOutside && confederation === undefined && defaultAsn !== undefined && localAsn !== defaultAsn;
  for (const key of ["local_as_no_prepend", "local_as_replace_as"] as const) {
    if (values[key] === false && !hasOther) {
      report.add(at(key), `${key} = false is for eBGP peers whose local_as is another AS than default_as`);
    }
  }
  for (const key of ["as_override", "remove_private_as"] as const) {
    if (values[key] !== undefined && values[key] !== tradeKeys[key].default && !isOutside) {
      report.add(
        at(key),
        `${key} is for eBGP peers; AS ${remoteAsn} is ${isInternal ? "our own" : "of our confederation"}`,
      );
    }
  }
  const originate = values.default_originate ?? [];
  const wanted = originate === "all" ? families : originate;
  // A default route is one of unicast: to the others it would be nobody's way out.
  const unicast = wanted.filter(isUnicast);
  for (const id of wanted) {
    if (!families.includes(id)) {
      report.add(at("default_originate"), "default_originate names a family that families does not");
    }
  }
  return {
    confederation,
    realAsn: hasOther && !(noPrepend && replaceAs) ? defaultAsn : undefined,
    localAsNoPrepend: noPrepend,
    localAsReplaceAs: replaceAs,
    allowasIn: values.allowas_in ?? tradeKeys.allowas_in.default!,
    asOverride: values.as_override ?? tradeKeys.as_override.default!,
    removePrivateAs: values.remove_private_as ?? tradeKeys.remove_private_as.default!,
    defaultOriginate: unicast,
    // RFC 9774 §3 asks for it everywhere; within the AS whoever brought the route in has judged it.
    rejectAsSets: values.reject_as_sets === undefined ? "external" : values.reject_as_sets ? "always" : "never",
    aigp: values.aigp,
    maxPrefixesOut: limitsOf(values.max_prefixes_out, families),
    maxPrefixesOutAction: values.max_prefixes_out_action ?? tradeKeys.max_prefixes_out_action.default!,
  };
}

/** The confederation that the top level speaks of. */
export function readConfederation(
  id: Asn | undefined,
  members: readonly Asn[] | undefined,
  defaultAsn: Asn | undefined,
): Confederation | string | undefined {
  if (id === undefined) return members === undefined ? undefined : "confederation_members needs confederation_id";
  if (defaultAsn === undefined) return "confederation_id needs default_as: the number of our member AS";
  return { id, memberAsn: defaultAsn, members: (members ?? []).filter((asn) => asn !== defaultAsn) };
}

/** RFC 5065 §2: our AS towards a peer is the member AS inside the confederation, the confederation itself outside. */
export function localAsnTowards(
  remoteAsn: Asn | undefined,
  confederation: Confederation | undefined,
  defaultAsn: Asn | undefined,
): Asn | undefined {
  if (confederation === undefined) return defaultAsn;
  const { id, memberAsn, members } = confederation;
  return remoteAsn !== undefined && (remoteAsn === memberAsn || members.includes(remoteAsn)) ? memberAsn : id;
}

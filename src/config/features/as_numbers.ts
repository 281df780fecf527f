/** Which AS is whose: the peer's, ours towards the peer, and those of a confederation (RFC 4271 §5.1.2, RFC 5065). */

import type { Asn } from "../../types/mod.ts";
import type { RibPeer } from "../../rib/mod.ts";
import type { SessionConfig } from "../../session/mod.ts";
import { setting, type SettingTable } from "../keys/key.ts";
import { asn } from "../keys/network_values.ts";
import { fault, type Given } from "../keys/table.ts";
import { boolean, listOf } from "../keys/values.ts";

/** RFC 5065: one AS to others, several ASes inside. */
export interface Confederation {
  /** The AS to others. */
  readonly id: Asn;
  readonly memberAsn: Asn;
  /** The other members. */
  readonly members: readonly Asn[];
}

export interface SpeakerAsNumbers {
  /** `local_as` of peers that do not set it. */
  readonly defaultAsn: Asn | undefined;
}

export interface AsNumberSettings {
  /** `undefined`: any AS is accepted. */
  readonly remoteAsn: Asn | undefined;
  readonly localAsn: Asn;
  readonly confederation: Confederation | undefined;
  /**
   * `default_as`, if an eBGP peer has another `local_as` and `local_as_no_prepend` or `local_as_replace_as` is false.
   */
  readonly realAsn: Asn | undefined;
  readonly localAsNoPrepend: boolean;
  readonly localAsReplaceAs: boolean;
}

export const speakerAsNumberKeys = {
  default_as: setting({
    type: asn,
    doc: "local_as of peers that do not set it",
    example: "64500",
    sets: { defaultAsn: "applies" },
  }),
  confederation_id: setting({
    type: asn,
    doc: "the AS that our confederation shows to other ASes (RFC 5065); default_as is then our member AS",
    example: "64500",
    defaultText: "none",
    sets: {},
    setsOfPeers: { confederation: "resets" },
  }),
  confederation_members: setting({
    type: listOf(asn),
    doc: "member ASes of the confederation; our own may be among them",
    example: "[65001, 65002]",
    defaultText: "none",
    sets: {},
    setsOfPeers: { confederation: "resets" },
  }),
} as const satisfies SettingTable;

export const asNumberKeys = {
  remote_as: setting({
    type: asn,
    doc: "AS of the peer; with a network or an interface it may be left out, which accepts any AS",
    example: "64496",
    defaultText: "required",
    sets: { remoteAsn: "resets" },
  }),
  local_as: setting({
    type: asn,
    doc: "our AS towards this peer",
    example: "64499",
    defaultText: "default_as",
    sets: { localAsn: "resets", realAsn: "applies" },
  }),
  local_as_no_prepend: setting({
    type: boolean,
    doc: "false: prepend local_as to routes from the eBGP peer; only if local_as differs from default_as",
    example: "false",
    default: true,
    sets: { localAsNoPrepend: "applies" },
  }),
  local_as_replace_as: setting({
    type: boolean,
    doc: "false: put default_as behind local_as in paths to the eBGP peer; only if local_as differs from default_as",
    example: "false",
    default: true,
    sets: { localAsReplaceAs: "applies" },
  }),
} as const satisfies SettingTable;

/** What peers take over from the top level. */
export interface SpeakerAsns {
  readonly settings: SpeakerAsNumbers;
  readonly confederation: Confederation | undefined;
  /** False where `default_as` is not written; a wrong value was reported where it stands. */
  readonly hasDefault: boolean;
}

export function readSpeakerAsNumbers(top: Given<typeof speakerAsNumberKeys>): SpeakerAsns {
  const { default_as: defaultAsn, confederation_id: id, confederation_members: members } = top.values;
  const known = { settings: { defaultAsn }, hasDefault: top.has("default_as") };
  if (id === undefined) {
    if (members !== undefined) {
      fault(top, "confederation_members", "confederation_members needs confederation_id");
    }
    return { ...known, confederation: undefined };
  }
  if (defaultAsn === undefined) {
    fault(top, "confederation_id", "confederation_id needs default_as, the number of our member AS");
    return { ...known, confederation: undefined };
  }
  const others = (members ?? []).filter((asn) => asn !== defaultAsn);
  return { ...known, confederation: { id, memberAsn: defaultAsn, members: others } };
}

/** As {@link AsNumberSettings}, where our AS may be missing: that was reported. */
export type AsNumbers = Omit<AsNumberSettings, "localAsn"> & { readonly localAsn: Asn | undefined };

/** `hasAddress`: the peer is at one address, so its AS must be known. */
export function readAsNumbers(
  given: Given<typeof asNumberKeys>,
  speaker: SpeakerAsns,
  hasAddress: boolean,
): AsNumbers {
  const { values } = given;
  const { remote_as: remoteAsn } = values;
  const { settings: { defaultAsn }, confederation } = speaker;
  if (hasAddress && !given.has("remote_as")) given.report.add(given.start, "remote_as is missing: the AS of the peer");
  if (!given.has("local_as") && !speaker.hasDefault) {
    given.report.add(given.start, "our own AS is missing: set local_as here, or default_as at the top level");
  }
  const localAsn = values.local_as ?? localAsnTowards(remoteAsn, confederation, defaultAsn);
  checkLocalAs(given, confederation);

  const isExternal = ["external", "unknown"].includes(relationOf({ remoteAsn, localAsn, confederation }));
  const hasOther = isExternal && confederation === undefined && defaultAsn !== undefined && localAsn !== defaultAsn;
  const noPrepend = values.local_as_no_prepend ?? asNumberKeys.local_as_no_prepend.default;
  const replaceAs = values.local_as_replace_as ?? asNumberKeys.local_as_replace_as.default;
  for (const key of ["local_as_no_prepend", "local_as_replace_as"] as const) {
    if (values[key] !== false || hasOther) continue;
    fault(given, key, `${key} = false is for eBGP peers whose local_as differs from default_as`);
  }
  return {
    remoteAsn,
    localAsn,
    confederation,
    realAsn: hasOther && !(noPrepend && replaceAs) ? defaultAsn : undefined,
    localAsNoPrepend: noPrepend,
    localAsReplaceAs: replaceAs,
  };
}

/**
 * RFC 5065 §2: our AS towards a peer is the member AS inside the confederation, and the confederation itself outside.
 */
function localAsnTowards(
  remoteAsn: Asn | undefined,
  confederation: Confederation | undefined,
  defaultAsn: Asn | undefined,
): Asn | undefined {
  if (confederation === undefined) return defaultAsn;
  return isInside(remoteAsn, confederation) ? confederation.memberAsn : confederation.id;
}

function checkLocalAs(given: Given<typeof asNumberKeys>, confederation: Confederation | undefined): void {
  const { remote_as: remoteAsn, local_as: localAsn } = given.values;
  if (confederation === undefined || localAsn === undefined || !isInside(remoteAsn, confederation)) return;
  const { memberAsn } = confederation;
  if (localAsn === memberAsn) return;
  fault(
    given,
    "local_as",
    `local_as must be ${memberAsn}, our member AS, for AS ${remoteAsn} of our confederation`,
  );
}

function isInside(remoteAsn: Asn | undefined, { memberAsn, members }: Confederation): boolean {
  return remoteAsn !== undefined && (remoteAsn === memberAsn || members.includes(remoteAsn));
}

/** What the peer's AS is to ours. `unknown`: any AS may come, or ours is missing. */
export type Relation = "internal" | "member" | "external" | "unknown";

export function relationOf(
  { remoteAsn, localAsn, confederation }: Pick<AsNumbers, "remoteAsn" | "localAsn" | "confederation">,
): Relation {
  if (remoteAsn === undefined) return "unknown";
  if (remoteAsn === localAsn) return "internal";
  if (confederation?.members.includes(remoteAsn) === true) return "member";
  return localAsn === undefined ? "unknown" : "external";
}

/** Reports a key that is for eBGP peers, where the peer is not one. */
export function checkExternal<N extends string>(
  given: Pick<Given<Record<N, never>>, "at" | "report">,
  key: N,
  numbers: AsNumbers,
): void {
  const relation = relationOf(numbers);
  if (relation !== "internal" && relation !== "member") return;
  const whose = relation === "internal" ? "our own" : "of our confederation";
  fault(given, key, `${key} is for eBGP peers; AS ${numbers.remoteAsn} is ${whose}`);
}

export function asNumbersForSession({ localAsn, remoteAsn, confederation }: AsNumberSettings) {
  return { localAsn, remoteAsn, confederationMembers: confederation?.members ?? [] } satisfies Partial<SessionConfig>;
}

export function asNumbersForRib(settings: AsNumberSettings): Partial<RibPeer> {
  const { confederation, realAsn, localAsn, localAsNoPrepend, localAsReplaceAs } = settings;
  return {
    ...ownAsns(settings),
    memberAsn: confederation?.memberAsn,
    prependsIn: realAsn !== undefined && realAsn !== localAsn && !localAsNoPrepend,
    prependAsn: localAsReplaceAs ? undefined : realAsn,
  };
}

function ownAsns({ confederation, realAsn, localAsn }: AsNumberSettings): Partial<RibPeer> {
  if (confederation !== undefined) {
    // RFC 5065 §4: the confederation's number in a plain segment is a loop, the member's in a confederation segment.
    const { id, memberAsn } = confederation;
    return { ownAsns: localAsn === memberAsn || localAsn === id ? [id] : [id, localAsn] };
  }
  return realAsn === undefined ? {} : { ownAsns: [localAsn, realAsn] };
}

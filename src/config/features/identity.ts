/** Who a peer is to people, and who we are to the peer: name, group, description, BGP Identifier. */

import { canonicalRemote, printable } from "../../types/mod.ts";
import type { RibPeer } from "../../rib/mod.ts";
import type { SessionConfig } from "../../session/mod.ts";
import { setting, type SettingTable } from "../keys/key.ts";
import { routerId } from "../keys/network_values.ts";
import { fault, type Given } from "../keys/table.ts";
import { fail, type ValueType, wrong } from "../keys/value_type.ts";
import { listOf, text } from "../keys/values.ts";
import { type locationKeys, type PeerLocation, remoteOf } from "./peer_location.ts";

export interface SpeakerIdentity {
  /** Our BGP Identifier, where a peer has none of its own. */
  readonly routerId: number;
}

export interface IdentitySettings {
  /**
   * Unique: as the configuration says, or the canonical text of `remote_ip`. Database and API refer to the peer by it.
   */
  readonly name: string;
  readonly description: string | undefined;
  /** As the peer names it; several are separated by commas. */
  readonly group: string | undefined;
  /** All groups whose defaults the peer has, those of groups included; the nearest first. */
  readonly groups: readonly string[];
  readonly routerId: number;
}

/** Tables have no room for longer names. */
const longestName = 64;

/** A word for commands, paths of the API and SQL. {@link checkName} finds names that are addresses. */
const peerName: ValueType<string> = {
  name: `1 to ${longestName} letters, digits and signs`,
  parse(node, key, report) {
    const value = node.kind === "string" ? node.value : "";
    const example = '"upstream-a"';
    if (value === "local") {
      return fail(node, `${key} "local" is reserved: it means this speaker in the column peer`, report);
    }
    if (value.length > longestName) {
      return fail(node, `${key} has ${value.length} characters, at most ${longestName}`, report);
    }
    if (/^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u.test(value) && !/["'\\/]/.test(value) && printable(value) === value) {
      return value;
    }
    return wrong(node, key, `a word without spaces, slashes and quotes, as ${example}`, report);
  },
};

export const speakerIdentityKeys = {
  router_id: setting({
    type: routerId,
    doc: "BGP Identifier of this speaker",
    example: '"192.0.2.1"',
    defaultText: "required",
    sets: { routerId: "applies" },
  }),
} as const satisfies SettingTable;

/** A key of a peer that means something else in a group. */
export const peerNameKeys = {
  name: setting({
    type: peerName,
    doc: "unique name of the peer in commands, the API, announcements and the column peer",
    example: '"transit-a"',
    defaultText: "remote_ip",
    sets: { name: "replaces" },
  }),
} as const satisfies SettingTable;

export const peerGroupKeys = {
  group: setting({
    type: listOf(text),
    doc: "name of the [[groups]] with this peer's defaults, or a list: the first that sets a key takes precedence",
    example: '["transit", "quiet"]',
    defaultText: "none",
    sets: { group: "applies", groups: "applies" },
  }),
} as const satisfies SettingTable;

/** A group has no settings of its own. Its peers have the settings. */
export const groupIdentityKeys = {
  name: setting({
    type: text,
    doc: "the name that peers write as group",
    example: '"transit"',
    defaultText: "required",
    sets: {},
  }),
  group: setting({
    type: listOf(text),
    doc: "groups whose defaults this group inherits; its own keys take precedence",
    example: '"defaults"',
    defaultText: "none",
    sets: {},
  }),
} as const satisfies SettingTable;

export const sharedIdentityKeys = {
  description: setting({
    type: text,
    doc: "text for people, which commands show; it may stand for the name of the peer if no other peer has it",
    example: '"transit A, Frankfurt"',
    defaultText: "none",
    sets: { description: "applies" },
  }),
  router_id: setting({
    type: routerId,
    doc: "our BGP Identifier towards this peer",
    example: '"192.0.2.99"',
    defaultText: "the global router_id",
    aliases: ["local_router_id"],
    sets: { routerId: "resets" },
  }),
} as const satisfies SettingTable;

/** `undefined` where a mistake was reported. */
export function readSpeakerIdentity(top: Given<typeof speakerIdentityKeys>): number | undefined {
  if (!top.has("router_id")) {
    top.report.add(top.start, "router_id is missing: the BGP Identifier of this speaker", 'router_id = "192.0.2.1"');
  }
  return top.values.router_id;
}

/** What else the identity of a peer depends on. */
interface IdentityContext {
  /** `undefined` where a mistake was reported. */
  readonly location: PeerLocation | undefined;
  /** Of the speaker; `undefined` where a mistake was reported. */
  readonly routerId: number | undefined;
  /** All groups of the peer, the nearest first. */
  readonly groups: readonly string[];
}

/** `own`: the peer's own table. `given`: also what its groups say. `undefined` where a mistake was reported. */
export function readIdentity(
  own: Given<typeof peerNameKeys & typeof peerGroupKeys & typeof locationKeys>,
  { values }: Given<typeof sharedIdentityKeys>,
  { location, routerId, groups }: IdentityContext,
): IdentitySettings | undefined {
  checkName(own, location);
  const { router_id: identifier = routerId, description } = values;
  if (location === undefined || identifier === undefined) return undefined;
  const { name = defaultName(location), group } = own.values;
  return { name, description, group: group?.join(", "), groups, routerId: identifier };
}

/** Commands would take a name that is an address for the peer at that address. */
function checkName(
  own: Given<typeof peerNameKeys & typeof locationKeys>,
  location: PeerLocation | undefined,
): void {
  const { name } = own.values;
  if (!own.has("name") && location?.kind === "interface") {
    const link = location.interface;
    if (link !== "local" && canonicalRemote(link) === undefined) return;
    return fault(own, "interface", `interface "${link}" cannot also be the name of the peer: add name`);
  }
  if (name === undefined || canonicalRemote(name) === undefined) return;
  if (location !== undefined && name === remoteOf(location)) return;
  fault(own, "name", `name "${name}" is an address: commands would take it for the peer at that address`);
}

/** The name of a peer without `name`. */
function defaultName(location: PeerLocation): string {
  return location.kind === "interface" ? location.interface : remoteOf(location);
}

export function identityForSession({ routerId }: IdentitySettings) {
  return { routerId } satisfies Partial<SessionConfig>;
}

export function identityForRib({ groups }: IdentitySettings): Partial<RibPeer> {
  return { groups };
}

/** Which address families a session carries (RFC 4760), with several paths (RFC 7911) and IPv6 next hops (RFC 8950). */

import {
  canExtendNextHop,
  families,
  type FamilyId,
  type FamilyMask,
  familyMask,
  familyOf,
  IPV4_UNICAST,
  IPV6_UNICAST,
  maskIds,
} from "../../types/mod.ts";
import type { RibPeer } from "../../rib/mod.ts";
import type { SessionConfig } from "../../session/mod.ts";
import { checkOffered, familyChoice, familyList, perFamily, valuesByFamily } from "../keys/family_values.ts";
import { filled, setting, type SettingTable, unless } from "../keys/key.ts";
import type { Given } from "../keys/table.ts";
import { fail, type ValueType, wrong } from "../keys/value_type.ts";
import { integer, oneOf } from "../keys/values.ts";

export interface FamilySettings {
  readonly families: readonly FamilyId[];
  readonly addPathReceive: FamilyMask;
  readonly addPathSend: FamilyMask;
  /** With ADD-PATH, the best so many paths are announced; infinite: all. */
  readonly addPathSendMax: number;
  /** With ADD-PATH, how many paths of a prefix the peer may have; 0: any number. */
  readonly addPathMaxPaths: number;
  readonly extendedNextHop: FamilyMask;
}

type AddPathMode = "receive" | "send" | "both" | "none";

/** `"receive"` for all families, or `{ "ipv4 unicast" = "both" }`. */
const addPath = perFamily<AddPathMode>(oneOf("receive", "send", "both", "none"), "mode");

/** `"all"`, or how many. */
const pathCount: ValueType<number> = {
  name: '"all", or 1 to 255',
  parse(node, key, report) {
    if (node.kind === "string" && node.value.toLowerCase() === "all") return Infinity;
    const value = node.kind === "number" ? node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 255) return value;
    return wrong(node, key, '"all", or how many paths, 1 to 255', report);
  },
};

/** `true` for all families with IPv4 next hops, or a list of them. */
const extendedNextHop: typeof familyChoice = {
  name: familyChoice.name,
  parse(node, key, report) {
    const ids = familyChoice.parse(node, key, report);
    const wide = ids === undefined || ids === "all" ? undefined : ids.find((id) => !canExtendNextHop(id));
    if (wide === undefined) return ids;
    return fail(
      node,
      `${key} is for families whose next hops are IPv4 addresses; ${familyOf(wide).name} is none of them`,
      report,
    );
  },
};

export const familyKeys = {
  families: setting({
    type: familyList,
    doc: `address families to offer: ${families.map(({ name }) => name).join(", ")}`,
    example: '["ipv4 unicast", "ipv4 vpn", "evpn"]',
    default: [IPV4_UNICAST, IPV6_UNICAST],
    defaultText: '["ipv4 unicast", "ipv6 unicast"]',
    sets: { families: "resets" },
  }),
  add_path: setting({
    type: addPath,
    doc: "receive or send several paths of a prefix (RFC 7911)",
    example: '{ "ipv4 unicast" = "both" }',
    default: { kind: "all", value: "none" },
    defaultText: '"none"',
    sets: { addPathReceive: "resets", addPathSend: "resets" },
  }),
  add_path_send: setting({
    type: pathCount,
    doc: "with add_path: announce all paths of a prefix, or only this many of the best that export accepts",
    example: "4",
    default: Infinity,
    defaultText: '"all"',
    sets: { addPathSendMax: "applies" },
    noEffect: ({ addPathSend }: FamilySettings) =>
      unless(addPathSend !== 0, 'add_path does not send: add_path = "both" or "send"'),
  }),
  add_path_max_paths: setting({
    type: integer(0, 1_000_000),
    doc: "with add_path: maximum number of paths of one prefix from the peer; 0: no limit",
    example: "16",
    default: 64,
    sets: { addPathMaxPaths: "applies" },
    noEffect: ({ addPathReceive }: FamilySettings) =>
      unless(addPathReceive !== 0, 'add_path does not receive: add_path = "both" or "receive"'),
  }),
  extended_next_hop: setting({
    type: extendedNextHop,
    doc: "IPv4 routes with IPv6 next hops (RFC 8950)",
    example: "true",
    default: [],
    defaultText: "false",
    sets: { extendedNextHop: "resets" },
  }),
} as const satisfies SettingTable;

export function readFamilies(given: Given<typeof familyKeys>): FamilySettings {
  const values = filled(familyKeys, given.values);
  const { families } = values;
  const extended = values.extended_next_hop === "all" ? families.filter(canExtendNextHop) : values.extended_next_hop;
  checkOffered(given, "extended_next_hop", extended, families);
  const modes = [...valuesByFamily(values.add_path, families)];
  const withMode = (mode: AddPathMode) =>
    familyMask(modes.filter(([, each]) => each === mode || each === "both").map(([id]) => id));
  const addPathReceive = withMode("receive");
  const addPathSend = withMode("send");
  checkOffered(given, "add_path", maskIds(addPathReceive | addPathSend), families);
  return {
    families,
    addPathReceive,
    addPathSend,
    addPathSendMax: values.add_path_send,
    addPathMaxPaths: values.add_path_max_paths,
    extendedNextHop: familyMask(extended),
  };
}

export function familiesForSession({ families, addPathReceive, addPathSend, extendedNextHop }: FamilySettings) {
  return { families, addPathReceive, addPathSend, extendedNextHop } satisfies Partial<SessionConfig>;
}

export function familiesForRib({ addPathMaxPaths, addPathSendMax }: FamilySettings): Partial<RibPeer> {
  return { maxPaths: addPathMaxPaths, addPathSendMax };
}

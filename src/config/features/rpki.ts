/**
 * RPKI: where VRPs and ASPAs come from (`[[rpki_caches]]`, files, local exceptions), and what becomes of routes that
 * they show invalid. Without any of these keys, no route is validated.
 */

import type { RibPeer } from "../../rib/mod.ts";
import { mostCaches } from "../../rpki/mod.ts";
import { key, type KeyTable, setting, type SettingTable, unless } from "../keys/key.ts";
import { socket, type SocketAddress } from "../keys/network_values.ts";
import { fault, type Given, type TableReader } from "../keys/table.ts";
import { integer, listOf, oneOf, tables, text } from "../keys/values.ts";
import type { TomlTable } from "../toml/parse.ts";

/** An RPKI cache to which bgpd connects (RFC 8210). */
export interface RpkiCacheSettings {
  readonly name: string;
  readonly socket: SocketAddress;
  /** The lower, the more preferred. Caches of equal preference count together. */
  readonly preference: number;
  readonly passwordFile: string | undefined;
  /** The highest version of the protocol to ask for. */
  readonly version: 0 | 1 | 2;
  /** Until the cache gives its own. */
  readonly refreshSeconds: number | undefined;
  readonly retrySeconds: number | undefined;
  readonly expireSeconds: number | undefined;
}

/** What becomes of a route whose origin, or whose path, is invalid. */
export type InvalidChoice = "off" | "reject-invalid";

export interface SpeakerRpkiSettings {
  readonly rpkiCaches: readonly RpkiCacheSettings[];
  readonly rpkiFiles: readonly string[];
  /** A SLURM file (RFC 8416). */
  readonly rpkiExceptions: string | undefined;
}

/** What peers take over from the top level. */
export interface RpkiDefaults {
  readonly rpki: InvalidChoice;
  readonly aspa: InvalidChoice;
}

export interface RpkiSettings extends RpkiDefaults {
  /** The state of origins in an extended community, from and to the iBGP peer (RFC 8097). */
  readonly rpkiCommunity: "off" | "send" | "accept" | "both";
}

const invalidChoice = oneOf("off", "reject-invalid");

export const speakerRpkiKeys = {
  rpki_caches: setting({
    type: tables,
    doc: "RPKI caches that bgpd gets VRPs and ASPAs from (RTR, RFC 8210); see [[rpki_caches]]",
    defaultText: "none",
    sets: { rpkiCaches: "applies" },
  }),
  rpki_files: setting({
    type: listOf(text),
    doc: "files with VRPs and ASPAs: the JSON of rpki-client, Routinator or StayRTR; read again when they change",
    example: '["/var/db/rpki-client/json"]',
    defaultText: "none",
    sets: { rpkiFiles: "applies" },
  }),
  rpki_exceptions: setting({
    type: text,
    doc: "file with local exceptions to the RPKI (SLURM, RFC 8416); read again when it changes",
    example: '"/etc/bgpd/slurm.json"',
    defaultText: "none",
    sets: { rpkiExceptions: "applies" },
    noEffect: ({ rpkiCaches, rpkiFiles }: SpeakerRpkiSettings) =>
      unless(rpkiCaches.length + rpkiFiles.length > 0, "there are neither rpki_caches nor rpki_files"),
  }),
  rpki: setting({
    type: invalidChoice,
    doc: "default of `rpki` for every peer",
    example: '"reject-invalid"',
    default: "off",
    sets: {},
    setsOfPeers: { rpki: "reevaluates" },
  }),
  aspa: setting({
    type: invalidChoice,
    doc: "default of `aspa` for every peer",
    example: '"reject-invalid"',
    default: "off",
    sets: {},
    setsOfPeers: { aspa: "reevaluates" },
  }),
} as const satisfies SettingTable;

export const rpkiKeys = {
  rpki: setting({
    type: invalidChoice,
    doc: "reject-invalid: routes of the peer with an invalid origin (RFC 6811) do not take part in the decision",
    example: '"reject-invalid"',
    defaultText: 'rpki of the top level, or "off"',
    sets: { rpki: "reevaluates" },
  }),
  aspa: setting({
    type: invalidChoice,
    doc: "reject-invalid: routes of the eBGP peer whose path ASPAs show invalid do not take part; needs role",
    example: '"reject-invalid"',
    defaultText: 'aspa of the top level, or "off"',
    sets: { aspa: "reevaluates" },
  }),
  rpki_community: setting({
    type: oneOf("off", "send", "accept", "both"),
    doc:
      "tell the iBGP peer the state of origins in an extended community, take over what it tells, or both (RFC 8097)",
    example: '"both"',
    default: "off",
    sets: { rpkiCommunity: "reevaluates" },
  }),
} as const satisfies SettingTable;

export const cacheKeys = {
  address: key({
    type: socket(323),
    doc: "address of the cache, with its port",
    example: '"192.0.2.8:323"',
    defaultText: "required; port 323",
  }),
  name: key({ type: text, doc: "name of the cache in tables and logs", example: '"ams"', defaultText: "the address" }),
  preference: key({
    type: integer(0, 65535),
    doc: "caches with the lowest number count, others only while none of these has data",
    example: "10",
    default: 0,
  }),
  password_file: key({
    type: text,
    doc: "file with the TCP-MD5 key (RFC 2385)",
    example: '"/etc/bgpd/cache.key"',
    defaultText: "none",
  }),
  version: key({
    type: integer(0, 2),
    doc: "highest version of the RTR protocol to ask for: 2 has ASPAs",
    example: "1",
    default: 2,
  }),
  refresh: key({
    type: integer(1, 86_400, "seconds"),
    doc: "how often the cache is asked, unless it tells of changes; an interval that the cache gives takes its place",
    example: "600",
    defaultText: "3600",
  }),
  retry: key({
    type: integer(1, 7_200, "seconds"),
    doc: "how long to wait after a failure; an interval that the cache gives takes its place",
    example: "60",
    defaultText: "600",
  }),
  expire: key({
    type: integer(600, 172_800, "seconds"),
    doc: "for how long data count when the cache is gone; an interval that the cache gives takes its place",
    example: "7200",
    defaultText: "7200",
  }),
} as const satisfies KeyTable;

export function readSpeakerRpki(top: Given<typeof speakerRpkiKeys>, reader: TableReader): SpeakerRpkiSettings {
  const { rpki_caches: nodes = [], rpki_files: rpkiFiles = [], rpki_exceptions: rpkiExceptions } = top.values;
  if (nodes.length > mostCaches) {
    fault(top, "rpki_caches", `there are ${nodes.length} RPKI caches; at most ${mostCaches}`);
  }
  return { rpkiCaches: readCaches(nodes, reader), rpkiFiles, rpkiExceptions };
}

export function readRpkiDefaults({ values }: Given<typeof speakerRpkiKeys>): RpkiDefaults {
  return { rpki: values.rpki ?? "off", aspa: values.aspa ?? "off" };
}

/** `isInternal`: the peer is in our AS; `undefined`: its AS is not known yet. */
export function readRpki(
  given: Given<typeof rpkiKeys>,
  defaults: RpkiDefaults,
  isInternal: boolean | undefined,
): RpkiSettings {
  const { rpki = defaults.rpki, aspa = defaults.aspa, rpki_community: rpkiCommunity = "off" } = given.values;
  if (rpkiCommunity !== "off" && isInternal === false) {
    fault(given, "rpki_community", "rpki_community is for iBGP peers (RFC 8097)");
  }
  return { rpki, aspa, rpkiCommunity };
}

export function rpkiForRib({ rpki, aspa, rpkiCommunity }: RpkiSettings): Partial<RibPeer> {
  return {
    rejectsInvalidOrigins: rpki === "reject-invalid",
    rejectsInvalidPaths: aspa === "reject-invalid",
    acceptsOriginStates: rpkiCommunity === "accept" || rpkiCommunity === "both",
    sendsOriginStates: rpkiCommunity === "send" || rpkiCommunity === "both",
  };
}

function readCaches(nodes: readonly TomlTable[], reader: TableReader): RpkiCacheSettings[] {
  const caches: RpkiCacheSettings[] = [];
  for (const node of nodes) {
    const cache = readCache(node, reader);
    if (cache === undefined) continue;
    if (caches.some(({ name }) => name === cache.name)) {
      reader.report.add(node.keyAt, `another RPKI cache has the name ${cache.name}: give one of them another name`);
    } else caches.push(cache);
  }
  return caches;
}

function readCache(node: TomlTable, reader: TableReader): RpkiCacheSettings | undefined {
  const table = reader.read(node, cacheKeys, "[[rpki_caches]]");
  const { address, preference = 0, password_file: passwordFile, version = 2, refresh, retry, expire } = table.values;
  if (address === undefined) {
    if (!table.has("address")) reader.report.add(table.start, 'address is missing, such as "192.0.2.8:323"');
    return undefined;
  }
  const name = table.values.name ?? nameOf(address);
  return {
    name,
    socket: address,
    preference,
    passwordFile,
    version: version as 0 | 1 | 2,
    refreshSeconds: refresh,
    retrySeconds: retry,
    expireSeconds: expire,
  };
}

function nameOf({ address, port }: SocketAddress): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

export function hasRpkiSources(
  { rpkiCaches, rpkiFiles }: Pick<SpeakerRpkiSettings, "rpkiCaches" | "rpkiFiles">,
): boolean {
  return rpkiCaches.length + rpkiFiles.length > 0;
}

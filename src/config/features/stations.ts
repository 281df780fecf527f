/** Stations: receivers of BMP (RFC 7854) that bgpd reports its peers and their routes to. */

import { type MonitorTable, monitorTables } from "../../rib/mod.ts";
import { allFamilies, type FamilyMask, familyMask } from "../../types/mod.ts";
import { familyList } from "../keys/family_values.ts";
import { key, type KeyTable, setting, type SettingTable } from "../keys/key.ts";
import { socket, type SocketAddress } from "../keys/network_values.ts";
import type { Given, TableReader } from "../keys/table.ts";
import { boolean, integer, listOf, oneOf, tables, text } from "../keys/values.ts";
import { nearest } from "../toml/errors.ts";
import type { TomlTable } from "../toml/parse.ts";

export interface StationSettings {
  readonly name: string;
  readonly socket: SocketAddress;
  readonly passwordFile: string | undefined;
  readonly tables: readonly MonitorTable[];
  /** Names of peers and groups; `undefined`: all peers. */
  readonly peers: readonly string[] | undefined;
  readonly families: FamilyMask;
  /** 0: never. */
  readonly statisticsSeconds: number;
  readonly mirrors: boolean;
  /** The first wait after a failure. */
  readonly retrySeconds: number;
}

export interface SpeakerStationSettings {
  readonly stations: readonly StationSettings[];
}

export const speakerStationKeys = {
  stations: setting({
    type: tables,
    doc: "stations that bgpd reports its peers and their routes to (BMP, RFC 7854); see [[stations]]",
    defaultText: "none",
    sets: { stations: "applies" },
  }),
} as const satisfies SettingTable;

export const stationKeys = {
  address: key({
    type: socket(11019),
    doc: "address of the station, with its port",
    example: '"192.0.2.9:11019"',
    defaultText: "required; port 11019",
  }),
  name: key({
    type: text,
    doc: "name of the station in logs and metrics",
    example: '"noc"',
    defaultText: "the address",
  }),
  monitor: key({
    type: listOf(oneOf(...monitorTables)),
    doc: "which tables: routes as received, as import policy made them, as advertised, and the best routes",
    example: '["adj-in", "loc"]',
    defaultText: '["adj-in"]',
  }),
  peers: key({
    type: listOf(text),
    doc: "names of peers and groups whose sessions are reported; the Loc-RIB has the routes of all",
    example: '["upstream"]',
    defaultText: "all peers",
  }),
  families: key({
    type: familyList,
    doc: "families whose routes are reported",
    example: '["ipv4 unicast", "ipv6 unicast"]',
    defaultText: "all families",
  }),
  statistics: key({
    type: integer(0, 86_400, "seconds"),
    doc: "how often counters of each peer are reported; 0: never",
    example: "300",
    default: 60,
  }),
  mirror: key({
    type: boolean,
    doc: "report malformed messages as they came (Route Mirroring)",
    example: "true",
    default: false,
  }),
  retry: key({
    type: integer(1, 720, "seconds"),
    doc: "how long to wait after a failure; each further failure doubles it, up to 720",
    example: "10",
    default: 30,
  }),
  password_file: key({
    type: text,
    doc: "file with the TCP-MD5 key (RFC 2385)",
    example: '"/etc/bgpd/station.key"',
    defaultText: "none",
  }),
} as const satisfies KeyTable;

/** `known`: the names of peers and groups. */
export function readSpeakerStations(
  { values }: Given<typeof speakerStationKeys>,
  known: readonly string[],
  reader: TableReader,
): SpeakerStationSettings {
  const stations: StationSettings[] = [];
  for (const node of values.stations ?? []) {
    const station = readStation(node, known, reader);
    if (station === undefined) continue;
    if (stations.some(({ name }) => name === station.name)) {
      reader.report.add(node.keyAt, `another station has the name ${station.name}: give one of them another name`);
    } else stations.push(station);
  }
  return { stations };
}

function readStation(node: TomlTable, known: readonly string[], reader: TableReader): StationSettings | undefined {
  const table = reader.read(node, stationKeys, "[[stations]]");
  const { address, monitor = ["adj-in"], peers, families, statistics = 60, mirror = false, retry = 30 } = table.values;
  for (const name of peers ?? []) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    reader.report.add(
      table.at("peers"),
      `peers: there is no peer or group "${name}"`,
      near === undefined ? near : `"${near}"`,
    );
  }
  if (address === undefined) {
    if (!table.has("address")) reader.report.add(table.start, 'address is missing, such as "192.0.2.9:11019"');
    return undefined;
  }
  return {
    name: table.values.name ?? nameOf(address),
    socket: address,
    passwordFile: table.values.password_file,
    tables: [...new Set(monitor)],
    peers,
    families: families === undefined ? allFamilies : familyMask(families),
    statisticsSeconds: statistics,
    mirrors: mirror,
    retrySeconds: retry,
  };
}

function nameOf({ address, port }: SocketAddress): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

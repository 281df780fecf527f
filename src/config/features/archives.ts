/** Archives: MRT files (RFC 6396) that bgpd fills by itself, as collectors publish them. */

import { allFamilies, type FamilyMask, familyMask } from "../../types/mod.ts";
import { familyList } from "../keys/family_values.ts";
import { key, type KeyTable, setting, type SettingTable } from "../keys/key.ts";
import type { Given, TableReader } from "../keys/table.ts";
import { integer, listOf, oneOf, tables, text } from "../keys/values.ts";
import { nearest } from "../toml/errors.ts";
import type { TomlTable } from "../toml/parse.ts";

export interface ArchiveSettings {
  readonly kind: "updates" | "table";
  /** With fields of strftime, in UTC. */
  readonly path: string;
  readonly intervalSeconds: number;
  /** Names of peers and groups; `undefined`: all peers. */
  readonly peers: readonly string[] | undefined;
  readonly families: FamilyMask;
  /** Files older than this are deleted; `undefined`: none is. */
  readonly maxAgeDays: number | undefined;
  /** The oldest files are deleted while all together are larger; `undefined`: none is. */
  readonly maxMegabytes: number | undefined;
}

export interface SpeakerArchiveSettings {
  readonly archives: readonly ArchiveSettings[];
}

const defaultSeconds = { updates: 300, table: 7200 } as const;
const daySeconds = 86_400;

export const speakerArchiveKeys = {
  archives: setting({
    type: tables,
    doc: "MRT files (RFC 6396) that bgpd fills by itself; see [[archives]]",
    defaultText: "none",
    sets: { archives: "applies" },
  }),
} as const satisfies SettingTable;

export const archiveKeys = {
  kind: key({
    type: oneOf("updates", "table"),
    doc: "what peers send, with state changes (BGP4MP_ET); or the routes at a time, as received (TABLE_DUMP_V2)",
    example: '"table"',
    default: "updates",
  }),
  path: key({
    type: text,
    doc: "path of each file, with its time in UTC: %Y, %m, %d, %H, %M, %S, %j or %s; .gz and .zst compress it",
    example: '"/srv/mrt/%Y.%m/updates.%Y%m%d.%H%M.gz"',
    defaultText: "required",
  }),
  interval: key({
    type: integer(10, daySeconds, "seconds"),
    doc: "a new file begins so often, from midnight UTC on; it divides a day",
    example: "900",
    defaultText: "300 for updates, 7200 for tables",
  }),
  peers: key({
    type: listOf(text),
    doc: "names of peers and groups",
    example: '["upstream"]',
    defaultText: "all peers",
  }),
  families: key({
    type: familyList,
    doc: "families whose routes are archived",
    example: '["ipv4 unicast", "ipv6 unicast"]',
    defaultText: "all families",
  }),
  max_age: key({
    type: integer(1, 36_500, "days"),
    doc: "files of the path that are older are deleted",
    example: "90",
    defaultText: "none is deleted",
  }),
  max_size: key({
    type: integer(1, 1_000_000_000, "megabytes"),
    doc: "while all files of the path are larger together, the oldest is deleted",
    example: "50_000",
    defaultText: "none is deleted",
  }),
} as const satisfies KeyTable;

/** `known`: the names of peers and groups. */
export function readSpeakerArchives(
  { values }: Given<typeof speakerArchiveKeys>,
  known: readonly string[],
  reader: TableReader,
): SpeakerArchiveSettings {
  const archives: ArchiveSettings[] = [];
  for (const node of values.archives ?? []) {
    const archive = readArchive(node, known, reader);
    if (archive === undefined) continue;
    if (archives.some(({ path }) => path === archive.path)) {
      reader.report.add(node.keyAt, `another archive has the path ${archive.path}: give one of them another path`);
    } else archives.push(archive);
  }
  return { archives };
}

function readArchive(node: TomlTable, known: readonly string[], reader: TableReader): ArchiveSettings | undefined {
  const table = reader.read(node, archiveKeys, "[[archives]]");
  const { kind = "updates", path, interval, peers, families, max_age: maxAgeDays, max_size: maxMegabytes } =
    table.values;
  const intervalSeconds = interval ?? defaultSeconds[kind];
  for (const name of peers ?? []) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === undefined ? near : `"${near}"`;
    reader.report.add(table.at("peers"), `peers: there is no peer or group "${name}"`, hint);
  }
  if (daySeconds % intervalSeconds !== 0) {
    reader.report.add(table.at("interval"), `interval: ${intervalSeconds} seconds do not divide a day`);
    return undefined;
  }
  if (path === undefined) {
    if (!table.has("path")) {
      reader.report.add(table.start, 'path is missing, such as "updates.%Y%m%d.%H%M.gz"');
    }
    return undefined;
  }
  const mistake = pathMistake(path, intervalSeconds);
  if (mistake !== undefined) {
    reader.report.add(table.at("path"), `path: ${mistake}`);
    return undefined;
  }
  const chosen = families === undefined ? allFamilies : familyMask(families);
  return { kind, path, intervalSeconds, peers, families: chosen, maxAgeDays, maxMegabytes };
}

/** What is wrong with a path; each interval of a day, and each day, must have a file of its own. */
export function pathMistake(path: string, intervalSeconds: number): string | undefined {
  const fields = [...path.matchAll(/%(.?)/g)].map(([, letter]) => letter!);
  const unknown = fields.find((letter) => !"YmdHMSjs%".includes(letter) || letter === "");
  if (unknown !== undefined) return `%${unknown} is none of %Y, %m, %d, %H, %M, %S, %j, %s and %%`;
  const has = (...letters: readonly string[]) => letters.every((letter) => fields.includes(letter));
  if (has("s")) return undefined;
  if (!has("Y") || !(has("m", "d") || has("j"))) return "two days would have the same file: add %Y%m%d";
  if (intervalSeconds < daySeconds && !has("H")) return "two hours would have the same file: add %H";
  if (intervalSeconds % 3600 !== 0 && !has("M")) return "two intervals would have the same file: add %M";
  if (intervalSeconds % 60 !== 0 && !has("S")) return "two intervals would have the same file: add %S";
  return undefined;
}

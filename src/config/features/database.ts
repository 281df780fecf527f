/** The database: its file, who may read it, and how much of the past it keeps. */

import { fileMode } from "../keys/file_mode.ts";
import { filled, setting, type SettingTable, unless } from "../keys/key.ts";
import type { Given } from "../keys/table.ts";
import { boolean, integer, text } from "../keys/values.ts";

export interface DatabaseSettings {
  /** Path of the database, relative to the current folder. */
  readonly database: string;
  /** Permission bits of its files. */
  readonly databaseMode: number;
  /** Name or number. */
  readonly databaseGroup: string | undefined;
  /** How long a run that ends goes on writing. */
  readonly stopSeconds: number;
  /** How long history entries are kept, and how much room they may take; `undefined`: none are kept. */
  readonly history: { readonly days: number; readonly maxMegabytes: number } | undefined;
}

function withoutHistory({ history }: DatabaseSettings): string | undefined {
  return unless(history !== undefined, "history is false");
}

export const databaseKeys = {
  database: setting({
    type: text,
    doc: "file of the database, relative to the current folder",
    example: '"/var/lib/bgpd/bgpd.db"',
    default: "bgpd.db",
    sets: { database: "next start" },
  }),
  database_mode: setting({
    type: fileMode,
    doc: "permissions of the database's files; a user who may write them may also announce routes",
    example: '"0640"',
    default: 0o640,
    defaultText: '"0640"',
    sets: { databaseMode: "next start" },
  }),
  database_group: setting({
    type: text,
    doc: "group of the database's files, name or number",
    example: '"noc"',
    defaultText: "the group of the process",
    sets: { databaseGroup: "next start" },
  }),
  stop_timeout: setting({
    type: integer(0, 3600, "seconds"),
    doc: "how long bgpd writes waiting rows when it stops or restarts; rows not written by then are lost",
    example: "30",
    default: 10,
    sets: { stopSeconds: "applies" },
  }),
  history: setting({
    type: boolean,
    doc: "keep past states of routes, so that queries can show the table at any time",
    example: "false",
    default: true,
    sets: { history: "next start" },
  }),
  history_days: setting({
    type: integer(1, 36_500, "days"),
    doc: "how long past states of routes are kept",
    example: "90",
    default: 30,
    sets: { history: "next start" },
    noEffect: withoutHistory,
  }),
  history_max_mb: setting({
    type: integer(1, 10_000_000, "MiB"),
    doc: "approximate maximum size of the past states in the database; the oldest are deleted first",
    example: "20000",
    default: 8192,
    sets: { history: "next start" },
    noEffect: withoutHistory,
  }),
} as const satisfies SettingTable;

export function readDatabase(top: Given<typeof databaseKeys>): DatabaseSettings {
  const values = filled(databaseKeys, top.values);
  return {
    database: values.database,
    databaseMode: values.database_mode,
    databaseGroup: values.database_group,
    stopSeconds: values.stop_timeout,
    history: values.history ? { days: values.history_days, maxMegabytes: values.history_max_mb } : undefined,
  };
}

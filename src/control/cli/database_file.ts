/**
 * Where a command finds the configuration and the database. This file alone decides it: `--database`, or the database
 * that `--config` names; without both, `BGPD_CONFIG` (a configuration), then `bgpd.db` in the current folder, then
 * `/etc/bgpd/bgpd.toml`. Paths are absolute, so that messages name the whole path.
 */

import { StoreError } from "../../store/errors.ts";
import { StoreReader } from "../../store/read/reader.ts";
import { resolve } from "../../transport/path.ts";
import { CommandError, type Input, type Io, type Option } from "./command.ts";

/** The name of the environment variable that names a configuration file. */
export const configVariable = "BGPD_CONFIG";
const defaultDatabase = "bgpd.db";
const defaultConfig = "bgpd.toml";

/** What `--help` says about the default places. */
const databaseDefault = `${configVariable}, then ./${defaultDatabase}, then /etc/bgpd/${defaultConfig}`;
export const configDefault = `${configVariable}, then ./${defaultConfig}, then /etc/bgpd/${defaultConfig}`;

/** The options of every command that reads the database or asks the daemon. */
export const databaseOptions: readonly Option[] = [
  {
    flags: "-d, --database FILE",
    doc: `database file (default: database of the --config file, or of ${databaseDefault})`,
  },
  { flags: "-c, --config FILE", doc: "configuration file, read to find the database" },
  { flags: "--json", doc: "print JSON" },
];

export interface DatabasePlace {
  /** Absolute. */
  readonly path: string;
  /** The configuration file that names the database, if one does; absolute. */
  readonly config: string | undefined;
  /** Which file names the database, as the end of a message; empty if the command line or the current folder does. */
  readonly source: string;
}

/** Opens the database read-only, runs `work` and closes it. A {@link StoreError} becomes a {@link CommandError}. */
export async function withDatabase(
  input: Input,
  io: Io,
  work: (reader: StoreReader) => number | Promise<number>,
): Promise<number> {
  const place = await databasePlace(input, io);
  let reader: StoreReader | undefined;
  try {
    reader = new StoreReader(place.path);
    return await work(reader);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new CommandError(error.message + (reader === undefined ? place.source : ""));
  } finally {
    reader?.close();
  }
}

/** The path of the database. Throws {@link CommandError} if there is none, or if the configuration has errors. */
export async function databasePath(input: Input, io: Io): Promise<string> {
  return (await databasePlace(input, io)).path;
}

/** The database and the configuration that names it. Throws {@link CommandError}, as {@link databasePath} does. */
export async function databasePlace(input: Input, io: Io): Promise<DatabasePlace> {
  const { folder, config, systemConfig } = io.places;
  const named = input.text("database");
  if (named !== undefined) return { path: resolve(folder, named), config: undefined, source: "" };
  const namedConfig = input.text("config");
  if (namedConfig !== undefined) return await databaseOf(resolve(folder, namedConfig), "", io);
  if (config !== undefined) return await databaseOf(resolve(folder, config), fromVariable, io);
  const local = resolve(folder, defaultDatabase);
  if (exists(local)) return { path: local, config: undefined, source: "" };
  if (exists(systemConfig)) return await databaseOf(systemConfig, "; -d DATABASE names a database without it", io);
  throw new CommandError(
    `found no database: ${configVariable} is not set, and there is neither ${local} nor ${systemConfig}; ` +
      `name a configuration with -c CONFIG or a database with -d DATABASE`,
  );
}

/**
 * The configuration file of a command that needs one: `named` on the command line, or `BGPD_CONFIG`, or `bgpd.toml` in
 * the current folder, or `/etc/bgpd/bgpd.toml`. Absolute, except for a `named` file, which stays as it was typed.
 * Throws {@link CommandError} if there is none.
 */
export function configPath(named: string | undefined, io: Io): string {
  if (named !== undefined) return named;
  const { folder, config, systemConfig } = io.places;
  if (config !== undefined) {
    const path = resolve(folder, config);
    if (exists(path)) return path;
    throw new CommandError(`there is no ${path}${fromVariable}`);
  }
  const local = resolve(folder, defaultConfig);
  for (const path of [local, systemConfig]) if (exists(path)) return path;
  throw new CommandError(
    `found no configuration: ${configVariable} is not set, and there is neither ${local} nor ${systemConfig}; ` +
      `name a configuration file, or write one with bgpd init`,
  );
}

const fromVariable = `; ${configVariable} names this file`;

/** The database that a configuration file names; `hint` is the end of the message if the file cannot be read. */
async function databaseOf(config: string, hint: string, io: Io): Promise<DatabasePlace> {
  const { databaseOfConfig } = await import("./config_file.ts");
  const named = databaseOfConfig(config, io, hint);
  const path = resolve(io.places.folder, named);
  const how = path === named ? "" : ` as ${named}, relative to the current folder`;
  return { path, config, source: ` (${config} names this database${how})` };
}

/** False only if nothing has this name: a file that may not be read is reported when it is read. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
  }
}

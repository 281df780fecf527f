/** The database of a command: `--database`, or the one that `--config` names, or `bgpd.db` in the current folder. */

import { formatConfigError, parseConfig } from "../../config/mod.ts";
import { StoreError, StoreReader } from "../../store/mod.ts";
import { CommandError, type Input, type Io, type Option } from "./command.ts";
import { readTextFile } from "./files.ts";

const defaultDatabase = "bgpd.db";

/** The options of every command that reads the database. */
export const databaseOptions: readonly Option[] = [
  {
    flags: "-d, --database FILE",
    doc: `database file (default: database of the --config file, or ${defaultDatabase})`,
  },
  { flags: "-c, --config FILE", doc: "configuration file, read to find the database" },
  { flags: "--json", doc: "print JSON" },
];

/** Opens the database read-only, runs `work` and closes it. A {@link StoreError} becomes a {@link CommandError}. */
export async function withDatabase(
  input: Input,
  io: Io,
  work: (reader: StoreReader) => number | Promise<number>,
): Promise<number> {
  const path = databasePath(input, io);
  let reader: StoreReader | undefined;
  try {
    reader = new StoreReader(path);
    return await work(reader);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // Without --database and --config, the operator may be in the wrong folder.
    const isGuess = reader === undefined && path === defaultDatabase;
    throw new CommandError(error.message + (isGuess ? "; name another one with --database or --config" : ""));
  } finally {
    reader?.close();
  }
}

/** The path of the database. Throws {@link CommandError} if the file of `--config` has errors. */
export function databasePath(input: Input, io: Io): string {
  const named = input.text("database");
  if (named !== undefined) return named;
  const configPath = input.text("config");
  if (configPath === undefined) return defaultDatabase;
  const text = readTextFile(configPath);
  const result = parseConfig(text);
  if (result.kind === "config") return result.config.database;
  for (const error of result.errors) io.message(formatConfigError(error, configPath, text));
  throw new CommandError(`${configPath} has errors`);
}

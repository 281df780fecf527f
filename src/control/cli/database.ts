/** Which database a command reads: `--database`, or that of `--config`, or `bgpd.db` in the current folder. */

import { formatConfigError, parseConfig } from "../../config/mod.ts";
import { StoreError, StoreReader } from "../../store/mod.ts";
import { CommandError, type Input, type Io, type Option } from "./command.ts";
import { readTextFile } from "./files.ts";

const defaultDatabase = "bgpd.db";

/** The options of every command that reads the database. */
export const databaseOptions: readonly Option[] = [
  { flags: "-d, --database FILE", doc: `the database (default: that of --config, or ${defaultDatabase} here)` },
  { flags: "-c, --config FILE", doc: "the configuration that names the database" },
  { flags: "--json", doc: "print JSON" },
];

/** Opens the database read-only, runs `work`, and closes it; trouble with the file becomes one sentence. */
export async function withDatabase(
  input: Input,
  io: Io,
  work: (reader: StoreReader) => number | Promise<number>,
): Promise<number> {
  const path = databasePath(input, io);
  let reader: StoreReader | undefined;
  try {
    requireFile(path);
    reader = new StoreReader(path);
    return await work(reader);
  } catch (error) {
    if (error instanceof StoreError) throw new CommandError(error.message);
    throw error;
  } finally {
    reader?.close();
  }
}

function databasePath(input: Input, io: Io): string {
  const named = input.text("database");
  if (named !== undefined) return named;
  const configPath = input.text("config");
  if (configPath === undefined) return defaultDatabase;
  const text = readTextFile(configPath);
  const result = parseConfig(text);
  if (result.kind === "config") return result.config.database;
  for (const error of result.errors) io.message(formatConfigError(error, configPath, text));
  throw new CommandError(`${configPath} has mistakes`);
}

function requireFile(path: string): void {
  try {
    if (Deno.statSync(path).isFile) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CommandError(
      `there is no database ${path}; is this the folder bgpd was started in? --database and --config name another`,
    );
  }
  throw new CommandError(`${path} is no file`);
}

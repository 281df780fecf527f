/** The configuration that policies are tried from, with the database that goes with it. */

import { formatConfigError, parseConfig } from "../../config/mod.ts";
import { compilePolicies, type Policies } from "../../policy/mod.ts";
import { readConfiguredPeers, StoreError, StoreReader } from "../../store/mod.ts";
import { ConfiguredPeers } from "../policy/configured.ts";
import { CommandError, type Input, type Io } from "./command.ts";
import { readTextFile } from "./files.ts";

export interface PolicyConfig {
  readonly file: string;
  readonly policies: Policies;
  readonly peers: ConfiguredPeers;
  /** The database: that of --database, or that of the file. */
  readonly database: string;
}

export function readPolicyConfig(file: string, input: Input, io: Io): PolicyConfig {
  const text = readTextFile(file);
  const result = parseConfig(text);
  if (result.kind === "errors") {
    for (const error of result.errors) io.message(formatConfigError(error, file, text));
    throw new CommandError(`${file} has mistakes`);
  }
  const { config, readPeer } = result;
  const database = input.text("database") ?? config.database;
  const peers = new ConfiguredPeers(config, readPeer, readConfiguredPeers(database));
  return { file, policies: compilePolicies(config.policies), peers, database };
}

/** Opens the database read-only, runs `work`, and closes it. */
export function withReader<T>(database: string, work: (reader: StoreReader) => T): T {
  let reader: StoreReader | undefined;
  try {
    reader = new StoreReader(database);
    return work(reader);
  } catch (error) {
    throw error instanceof StoreError ? new CommandError(error.message) : error;
  } finally {
    reader?.close();
  }
}

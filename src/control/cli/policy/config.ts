/** The configuration whose policies are tested, and its database. */

import { resolve } from "../../../transport/mod.ts";
import { type Config, parseFiles, storedFiles } from "../../../config/mod.ts";
import { compilePolicies, type Policies } from "../../../policy/mod.ts";
import { readConfiguredPeers, StoreError, StoreReader } from "../../../store/mod.ts";
import { ConfigPeers } from "../../policy/config_peers.ts";
import { CommandError, type Input, type Io } from "../command.ts";
import { readConfig } from "../config_file.ts";

export interface PolicyConfig {
  readonly file: string;
  readonly config: Config;
  readonly policies: Policies;
  readonly peers: ConfigPeers;
  /** The database of `--database`, or the one that the file names. */
  readonly database: string;
  /** True: the database is from `--database`. */
  readonly isNamed: boolean;
}

/** The configuration that bgpd used when it last wrote the database; `undefined`: not known, or of another version. */
export function configInForce(reader: StoreReader): Pick<PolicyConfig, "config" | "policies" | "peers"> | undefined {
  const text = reader.configuration();
  const result = text === undefined ? undefined : parseFiles({ files: storedFiles(text) });
  if (result?.kind !== "config") return undefined;
  const peers = new ConfigPeers(result.config, result.readPeer, readConfiguredPeers(reader.path));
  return { config: result.config, policies: compilePolicies(result.config.policies), peers };
}

/** Reads a configuration file. Throws {@link CommandError} if there is no such file, or if the file has errors. */
export function readPolicyConfig(file: string, input: Input, io: Io): PolicyConfig {
  const { config, readPeer } = readConfig(file, io);
  const named = input.text("database");
  const database = resolve(io.places.folder, named ?? config.database);
  const peers = new ConfigPeers(config, readPeer, readConfiguredPeers(database));
  return { file, config, policies: compilePolicies(config.policies), peers, database, isNamed: named !== undefined };
}

/** Opens the database read-only, runs `work`, and closes it. */
export function withReader<T>({ file, database, isNamed }: PolicyConfig, work: (reader: StoreReader) => T): T {
  let reader: StoreReader | undefined;
  try {
    reader = new StoreReader(database);
    return work(reader);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // A new configuration may name a database that does not exist yet.
    throw new CommandError(
      error.message +
        (reader === undefined && !isNamed ? ` (${file} names this database; name another one with --database)` : ""),
    );
  } finally {
    reader?.close();
  }
}

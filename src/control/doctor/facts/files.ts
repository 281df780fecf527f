/** Gathers facts about files: permissions, and the database. */

import { resolve } from "../../../transport/mod.ts";
import type { Config } from "../../../config/mod.ts";
import { type DatabaseState, inspectDatabase } from "../../../store/mod.ts";
import type { FileFacts } from "../checks/files.ts";

/** `files`: those of the configuration. */
export function fileFacts(config: Config, files: readonly string[]): FileFacts[] {
  const file = (what: string, name: string, isSecret: boolean): FileFacts => {
    const path = resolve(name);
    return { what, path, isSecret, mode: modeOf(path) };
  };
  return [
    ...files.map((path) => file("configuration", path, false)),
    ...config.peers.flatMap(({ name, passwordFile }) =>
      passwordFile === undefined ? [] : [file(`TCP-MD5 key of ${name}`, passwordFile, true)]
    ),
    ...config.apiTokenFile === undefined ? [] : [file("API token", config.apiTokenFile, true)],
    file("database", config.database, false),
  ];
}

function modeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).mode ?? undefined;
  } catch {
    return undefined;
  }
}

/** A file of this size is searched for damage in a few seconds. */
const checkedBytes = 2 ** 30;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** `now`: milliseconds since 1970. */
export function databaseOf(path: string, now: number): DatabaseState {
  return inspectDatabase(path, { checkedBytes, gapsFrom: now - 30 * dayMs, endingsFrom: now - hourMs });
}

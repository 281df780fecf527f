/** Reads the files that the configuration names: TCP-MD5 keys and the API token, and the group of the database. */

import type { Config, PeerConfig } from "../../config/mod.ts";
import { md5KeyBytes, resolve } from "../../transport/mod.ts";
import { whyUnread } from "../thread/why_unread.ts";

export interface Secrets {
  /** TCP-MD5 keys by the name of the peer. */
  readonly keys: ReadonlyMap<string, string>;
  /** TCP-MD5 keys by the name of the RPKI cache. */
  readonly cacheKeys: ReadonlyMap<string, string>;
  /** TCP-MD5 keys by the name of the station. */
  readonly stationKeys: ReadonlyMap<string, string>;
  /** The token that allows changes over TCP; `undefined`: no request over TCP may change anything. */
  readonly apiToken: string | undefined;
  /** The number of `database_group`. */
  readonly databaseGroup: number | undefined;
  /** The number of `control_group`. */
  readonly controlGroup: number | undefined;
}

/** Files that `config` names cannot be used. */
export class SecretsError extends Error {
  /** `problems`: one sentence for each file. */
  constructor(readonly problems: readonly string[]) {
    super(problems.join("; "));
  }
}

/** Throws {@link SecretsError}, with a sentence for each file that cannot be read or has invalid contents. */
export async function readSecrets(config: Config): Promise<Secrets> {
  const [keys, cacheKeys, stationKeys, apiToken, databaseGroup, controlGroup] = await Promise.allSettled([
    readKeys(config.peers),
    readKeys(config.rpkiCaches, "RPKI cache"),
    readKeys(config.stations, "station"),
    readToken(config.apiTokenFile),
    readGroup("database_group", config.databaseGroup),
    readGroup("control_group", config.controlGroup),
  ]);
  if (
    keys.status === "fulfilled" && cacheKeys.status === "fulfilled" && stationKeys.status === "fulfilled" &&
    apiToken.status === "fulfilled" && databaseGroup.status === "fulfilled" &&
    controlGroup.status === "fulfilled"
  ) {
    return {
      keys: keys.value,
      cacheKeys: cacheKeys.value,
      stationKeys: stationKeys.value,
      apiToken: apiToken.value,
      databaseGroup: databaseGroup.value,
      controlGroup: controlGroup.value,
    };
  }
  const reasons = [keys, cacheKeys, stationKeys, apiToken, databaseGroup, controlGroup].flatMap((each) =>
    each.status === "rejected" ? [each.reason] : []
  );
  const other = reasons.find((reason) => !(reason instanceof SecretsError));
  throw other ?? new SecretsError(reasons.flatMap(({ problems }) => problems));
}

/** The TCP-MD5 keys, by the name of the peer, or of what else has one. Throws {@link SecretsError}. */
export async function readKeys(
  peers: readonly Pick<PeerConfig, "name" | "passwordFile">[],
  what = "peer",
): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>();
  const problems: string[] = [];
  for (const { name, passwordFile } of peers) {
    if (passwordFile === undefined) continue;
    // A relative path begins at the current folder, also in a file that another one includes.
    const path = resolve(passwordFile);
    let key: string;
    try {
      key = (await Deno.readTextFile(path)).trimEnd();
    } catch (error) {
      problems.push(
        `cannot read the password file ${path} of ${what} ${name}: ${whyUnread(error)}; ` +
          "password_file is the path of a file that contains the key",
      );
      continue;
    }
    // Checked before anything changes: the kernel would refuse the key in the middle of a reload.
    const octets = new TextEncoder().encode(key).length;
    if (octets === 0 || octets > md5KeyBytes) {
      problems.push(
        `the password file ${path} of ${what} ${name} has ${octets} octets: ` +
          `write a key of 1 to ${md5KeyBytes} octets into it`,
      );
    } else keys.set(name, key);
  }
  if (problems.length > 0) throw new SecretsError(problems);
  return keys;
}

/** The number of a group in /etc/group (group(5)), or the number itself. */
async function readGroup(key: string, name: string | undefined): Promise<number | undefined> {
  if (name === undefined || /^\d+$/.test(name)) return name === undefined ? undefined : Number(name);
  let text: string;
  try {
    text = await Deno.readTextFile("/etc/group");
  } catch (error) {
    throw new SecretsError([
      `${key}: cannot read /etc/group: ${whyUnread(error)}; write the number of the group instead`,
    ]);
  }
  const found = text.split("\n").map((line) => line.split(":")).find((fields) => fields[0] === name)?.[2];
  if (found === undefined) {
    throw new SecretsError([`${key}: /etc/group has no group ${name}; create it with groupadd, or name another one`]);
  }
  return Number(found);
}

const tokenFile = "write a token into it, at least 8 characters without spaces";

async function readToken(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  let token: string;
  try {
    token = (await Deno.readTextFile(path)).trim();
  } catch (error) {
    throw new SecretsError([`cannot read api_token_file ${resolve(path)}: ${whyUnread(error)}; ${tokenFile}`]);
  }
  if (!/^\S{8,}$/.test(token)) {
    throw new SecretsError([`api_token_file ${resolve(path)}: the token is too short, or has spaces; ${tokenFile}`]);
  }
  return token;
}

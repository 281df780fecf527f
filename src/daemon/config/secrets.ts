/** What stands in files of its own: keys and tokens, so that the configuration can be shown to everyone, and groups. */

import type { Config } from "../../config/mod.ts";
import { KeyError, readKeys, whyUnread } from "../listen/protection.ts";

export interface Secrets {
  /** TCP-MD5 keys by the name of the peer. */
  readonly keys: ReadonlyMap<string, string>;
  /** What requests over TCP must bring to change something; `undefined`: nothing helps. */
  readonly apiToken: string | undefined;
  /** The number of `database_group`. */
  readonly databaseGroup: number | undefined;
}

/** Throws {@link KeyError}, with a sentence for each file that cannot be read or does not say what it should. */
export async function readSecrets(config: Config): Promise<Secrets> {
  const [keys, apiToken, databaseGroup] = await Promise.allSettled([
    readKeys(config.peers),
    readToken(config.apiTokenFile),
    readGroup(config.databaseGroup),
  ]);
  if (keys.status === "fulfilled" && apiToken.status === "fulfilled" && databaseGroup.status === "fulfilled") {
    return { keys: keys.value, apiToken: apiToken.value, databaseGroup: databaseGroup.value };
  }
  const reasons = [keys, apiToken, databaseGroup].flatMap((each) => each.status === "rejected" ? [each.reason] : []);
  const other = reasons.find((reason) => !(reason instanceof KeyError));
  throw other ?? new KeyError(reasons.flatMap(({ problems }) => problems));
}

/** The number of a group in /etc/group (group(5)), or the number itself. */
async function readGroup(name: string | undefined): Promise<number | undefined> {
  if (name === undefined || /^\d+$/.test(name)) return name === undefined ? undefined : Number(name);
  let text: string;
  try {
    text = await Deno.readTextFile("/etc/group");
  } catch (error) {
    throw new KeyError([`database_group: cannot read /etc/group: ${whyUnread(error)}; give the number of the group`]);
  }
  const found = text.split("\n").map((line) => line.split(":")).find((words) => words[0] === name)?.[2];
  if (found === undefined) throw new KeyError([`database_group: there is no group ${name} in /etc/group`]);
  return Number(found);
}

async function readToken(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  let token: string;
  try {
    token = (await Deno.readTextFile(path)).trim();
  } catch (error) {
    throw new KeyError([`cannot read api_token_file ${path}: ${whyUnread(error)}`]);
  }
  if (!/^\S{8,}$/.test(token)) {
    throw new KeyError([`api_token_file ${path}: a token has 8 characters or more and no blanks`]);
  }
  return token;
}

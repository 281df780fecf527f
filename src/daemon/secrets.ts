/** What stands in files of its own, so that the configuration can be shown to everyone. */

import type { Config } from "../config/mod.ts";
import { KeyError, readKeys, whyUnread } from "./protection.ts";

export interface Secrets {
  /** TCP-MD5 keys by the name of the peer. */
  readonly keys: ReadonlyMap<string, string>;
  /** What requests over TCP must bring to change something; `undefined`: nothing helps. */
  readonly apiToken: string | undefined;
}

/** Throws {@link KeyError}, one sentence, where a file cannot be read. */
export async function readSecrets(config: Config): Promise<Secrets> {
  return { keys: await readKeys(config.peers), apiToken: await readToken(config.apiTokenFile) };
}

async function readToken(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  let token: string;
  try {
    token = (await Deno.readTextFile(path)).trim();
  } catch (error) {
    throw new KeyError(`cannot read api_token_file ${path}: ${whyUnread(error)}`);
  }
  if (!/^\S{8,}$/.test(token)) {
    throw new KeyError(`api_token_file ${path}: a token has 8 characters or more and no blanks`);
  }
  return token;
}

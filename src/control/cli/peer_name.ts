/** Which peer of the database a word on the command line names. */

import { whyNotFound } from "../../config/peers/directory.ts";
import type { StoreReader } from "../../store/mod.ts";
import { CommandError } from "./command.ts";

/**
 * The name of the peer with this name, address or description. Throws {@link CommandError} if it is not exactly one.
 */
export function peerName(reader: StoreReader, word: string): string {
  const search = reader.findPeer(word);
  if (search.kind === "found") return search.name;
  throw search.kind === "none" ? noPeer(word) : new CommandError(whyNotFound(word, search));
}

export function noPeer(name: string): CommandError {
  return new CommandError(`the database has no peer ${name}; bgpd show peers lists all peers`);
}

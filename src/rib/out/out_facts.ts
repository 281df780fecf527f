/** Facts for people about routes that a peer is not advertised. */

import { cease, CeaseCode } from "../../message/mod.ts";
import { familyOf } from "../../types/mod.ts";
import { notes, type RibFact } from "../in/facts.ts";
import type { OutLimitNews } from "./out_limit.ts";

/** There are more routes for the peer than it may be advertised. `epoch` `undefined`: the peer has no session. */
export function tooManyOut({ peerId, family, max, action }: OutLimitNews, epoch: number | undefined): RibFact[] {
  if (epoch === undefined) return [];
  const text = `more than ${max} routes of ${familyOf(family).name} to announce (max_prefixes_out)`;
  if (action !== "shutdown") {
    const rest = action === "stop" ? ": the others wait until there is room" : "";
    return [{ kind: "note", peerId, epoch, text: `${text}${rest}` }];
  }
  // The subcode of RFC 4486 §4 for too many prefixes is for received prefixes only.
  const notification = cease(CeaseCode.administrativeShutdown, text);
  const message = new Uint8Array(0);
  return [{ kind: "sessionReset", peerId, epoch, notification, text, message, restart: { kind: "never" } }];
}

/** Routes that the export rules withhold from the peers of an update group. */
export interface WithheldNews {
  readonly peers: Iterable<number>;
  readonly text: string;
}

/** The same as a note for each peer that has a session. */
export function withheldNotes(
  { peers, text }: WithheldNews,
  epochOf: (peerId: number) => number | undefined,
): RibFact[] {
  return [...peers].flatMap((peerId) => {
    const epoch = epochOf(peerId);
    return epoch === undefined ? [] : notes(peerId, epoch, [text]);
  });
}

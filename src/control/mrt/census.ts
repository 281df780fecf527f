/** What a file holds, counted by a first reading. */

import { type MrtMessage, type MrtPeer, RouteReader, type RouteSink } from "../../mrt/mod.ts";
import { MessageType, messageType } from "../../message/mod.ts";
import type { FamilyMask } from "../../types/mod.ts";
import type { MrtSource } from "./source.ts";

/** A peer of the file. */
export interface PeerCount {
  readonly peer: MrtPeer;
  /** Routes of tables, UPDATEs, state changes. */
  entries: number;
  updates: number;
  states: number;
  /** Families of its routes, and those whose prefixes have path identifiers. */
  families: FamilyMask;
  addPath: FamilyMask;
  /** The collector's end of the session, where the file has it. */
  localAsn: number | undefined;
  localAddress: string | undefined;
  /** All there is of the peer has 2-octet ASNs. */
  twoOctetAs: boolean;
}

/** Reads the whole file; `step` is called now and then. */
export async function takeCensus(source: MrtSource, step: () => void): Promise<PeerCount[]> {
  const counts: PeerCount[] = [];
  const of = (peer: MrtPeer) => counts[peer.number] ??= emptyCount(peer);
  const reader = new RouteReader({ internal: true, mend: true });
  let count: PeerCount;
  const see = (family: number, pathId: number) => {
    count.families |= 1 << family;
    if (pathId !== -1) count.addPath |= 1 << family;
  };
  const sink: RouteSink = {
    announce: (family, cursor) => see(family, cursor.pathId),
    withdraw: (family, cursor) => see(family, cursor.pathId),
    endOfRib: () => {},
    fault: () => {},
  };
  for await (const items of source.items()) {
    for (const item of items) {
      count = of(item.peer);
      if (item.kind === "entry") {
        count.entries++;
        if (item.fourOctetAs) count.twoOctetAs = false;
        see(item.family, item.pathId);
      } else if (item.kind === "state") count.states++;
      else if (isReceivedUpdate(item)) {
        count.updates++;
        count.localAsn = item.localAsn;
        count.localAddress = item.localAddress;
        if (item.fourOctetAs) count.twoOctetAs = false;
        reader.message(item, sink);
      }
    }
    step();
  }
  for (const peer of source.peers) of(peer);
  return counts;
}

/** An UPDATE of the peer's, not of the collector's own. */
export function isReceivedUpdate(message: MrtMessage): boolean {
  return !message.sent && messageType(message.bytes, 0) === MessageType.update;
}

function emptyCount(peer: MrtPeer): PeerCount {
  return {
    peer,
    entries: 0,
    updates: 0,
    states: 0,
    families: 0,
    addPath: 0,
    localAsn: undefined,
    localAddress: undefined,
    twoOctetAs: true,
  };
}

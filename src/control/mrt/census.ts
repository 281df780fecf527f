/** Counts what a file contains, in a first pass over the file. */

import { MessageType, messageType } from "../../message/mod.ts";
import { type MrtMessage, type MrtPeer, RouteReader, type RouteSink } from "../../mrt/mod.ts";
import type { FamilyMask } from "../../types/mod.ts";
import type { MrtSource } from "./source.ts";

/** A peer of the file. */
export interface PeerCount {
  readonly peer: MrtPeer;
  /** Routes of tables; UPDATEs; state changes. */
  entries: number;
  updates: number;
  states: number;
  /** The families of its routes, and the families with path identifiers. */
  families: FamilyMask;
  addPath: FamilyMask;
  /** The local AS and address of the collector, if the file has them. */
  localAsn: number | undefined;
  localAddress: string | undefined;
  /** True: no record of the peer has 4-octet ASNs. */
  twoOctetAs: boolean;
}

/** Reads the whole file. Calls `step` after each chunk. */
export async function takeCensus(source: MrtSource, step: () => void): Promise<PeerCount[]> {
  const counts: PeerCount[] = [];
  const of = (peer: MrtPeer) => counts[peer.number] ??= emptyCount(peer);
  const reader = new RouteReader({ internal: true, repairs: true });
  let count: PeerCount;
  const note = (family: number, pathId: number) => {
    count.families |= 1 << family;
    if (pathId !== -1) count.addPath |= 1 << family;
  };
  const sink: RouteSink = {
    announce: (family, cursor) => note(family, cursor.pathId),
    withdraw: (family, cursor) => note(family, cursor.pathId),
    announceNlri: (family, cursor) => note(family, cursor.pathId),
    withdrawNlri: (family, cursor) => note(family, cursor.pathId),
    endOfRib: () => {},
    fault: () => {},
  };
  for await (const items of source.items()) {
    for (const item of items) {
      count = of(item.peer);
      if (item.kind === "entry") {
        count.entries++;
        if (item.fourOctetAs) count.twoOctetAs = false;
        note(item.family, item.pathId);
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

/** True for an UPDATE that the peer sent; false for one that the collector sent. */
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

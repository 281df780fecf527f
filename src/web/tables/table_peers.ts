/** The peers whose routes tables show: those that are configured, and this speaker. */

import type { StoreReader, TableFacts } from "../../store/mod.ts";

export type PeerRow = ReturnType<StoreReader["peers"]>[number];

export interface TablePeer {
  /** peers.id; 0 is this speaker. */
  readonly id: number;
  readonly name: string;
  /** Without the zone of a link-local address; `undefined`: not known yet, or this speaker. */
  readonly address: string | undefined;
  /** `undefined`: this speaker. */
  readonly row: PeerRow | undefined;
}

export function tablePeers(reader: StoreReader, facts: TableFacts): readonly TablePeer[] {
  const ids = facts.peerIds();
  const peers = reader.peers().flatMap((row): TablePeer[] => {
    const id = ids.get(row.peer);
    return id === undefined ? [] : [{ id, name: row.peer, address: row.remoteIp?.replace(/%.*/, ""), row }];
  });
  return [{ id: 0, name: "local", address: undefined, row: undefined }, ...peers];
}

/** Records → items. Keeps what later records refer to: the PEER_INDEX_TABLE of a TABLE_DUMP_V2. */

import { decodeBgp } from "./legacy_bgp.ts";
import { decodeBgp4mp } from "./bgp4mp.ts";
import { MrtType, TableDumpV2 } from "./code_points.ts";
import { MrtError, MrtNotSupported } from "./error.ts";
import type { MrtItem, MrtPeer } from "./item.ts";
import { MrtPeers } from "./peers.ts";
import type { MrtRecord } from "./record.ts";
import { decodePeerIndexTable, decodeRib, decodeTableDump, type PeerIndexTable } from "./table_dump.ts";

export class MrtDecoder {
  readonly #peers = new MrtPeers();
  #index: PeerIndexTable | undefined;

  /** The peers seen so far, by number. */
  get peers(): readonly MrtPeer[] {
    return this.#peers.list;
  }

  /** The PEER_INDEX_TABLE read last. */
  get peerIndex(): PeerIndexTable | undefined {
    return this.#index;
  }

  /** All items of a record; a fault follows the items that were read before it. */
  decode(record: MrtRecord): MrtItem[] {
    const items: MrtItem[] = [];
    try {
      this.#read(record, items);
    } catch (error) {
      const kind = error instanceof MrtError ? "fault" : error instanceof MrtNotSupported ? "skipped" : undefined;
      if (kind === undefined) throw error;
      items.push({ kind, offset: record.offset, text: (error as Error).message });
    }
    return items;
  }

  #read(record: MrtRecord, items: MrtItem[]): void {
    switch (record.type) {
      case MrtType.tableDump:
        return decodeTableDump(record, this.#peers, items);
      case MrtType.tableDumpV2:
        if (record.subtype !== TableDumpV2.peerIndexTable) return decodeRib(record, this.#index, items);
        this.#index = decodePeerIndexTable(record, this.#peers);
        return;
      case MrtType.bgp4mp:
      case MrtType.bgp4mpEt:
        return decodeBgp4mp(record, this.#peers, items);
      case MrtType.bgp:
      case MrtType.bgp4plus:
      case MrtType.bgp4plus01:
        return decodeBgp(record, this.#peers, items);
      default:
        // Not thrown: a file of zeroes has millions of such records.
        items.push({
          kind: "skipped",
          offset: record.offset,
          text: `records of type ${record.type} are not supported`,
        });
    }
  }
}

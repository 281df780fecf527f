/** What a station knows after the octets so far: each table of each peer, as text. */

import { BmpPeerType, Station, type StationPeer } from "../../src/bmp/mod.ts";
import { formatAddress } from "../../src/types/mod.ts";
import { UpdateTable } from "./update_table.ts";

export class StationModel {
  /** By `address table`, `loc` for the Loc-RIB. */
  readonly tables = new Map<string, UpdateTable>();
  /** Types of statistics by peer, of the last report. */
  readonly statistics = new Map<string, Map<string, bigint>>();
  /** The times of the UPDATEs of each table, in seconds. */
  readonly times = new Map<string, Set<number>>();
  readonly mirrored: Uint8Array[] = [];
  readonly up = new Set<string>();
  readonly skipped: string[] = [];
  /** Reasons of Peer Downs. */
  readonly downs: (number | undefined)[] = [];
  /** Why the router ended the connection. */
  ended: string | undefined;
  name = "";
  #station = new Station();

  read(bytes: Uint8Array): void {
    this.#station.push(bytes);
    for (let event = this.#station.next(); event !== undefined; event = this.#station.next()) {
      if (event.kind === "end") this.ended = event.text;
      else if (event.kind === "initiation") this.name = event.name;
      else if (event.kind === "skipped") this.skipped.push(event.text);
      else if (event.kind === "peerUp") this.up.add(nameOf(event.peer));
      else if (event.kind === "peerDown") {
        this.downs.push(event.reason);
        this.#down(nameOf(event.peer));
      } else if (event.kind === "statistics") {
        const values = event.statistics.map(({ type, afi, safi, value }) =>
          [afi === undefined ? `${type}` : `${type} ${afi}/${safi}`, value] as const
        );
        this.statistics.set(nameOf(event.peer), new Map(values));
      } else if (event.kind === "mirror") {
        for (const item of event.items) if (item.kind === "message") this.mirrored.push(item.bytes.slice());
      } else {
        const key = event.ribKind === "loc" ? "loc" : `${nameOf(event.peer)} ${event.ribKind}`;
        const table = this.tables.get(key) ?? new UpdateTable();
        this.tables.set(key, table);
        table.apply(event.bytes, event.context);
        this.times.set(key, (this.times.get(key) ?? new Set()).add(event.header.seconds));
      }
    }
  }

  /** The routes of a table, sorted. */
  routes(key: string): string[] {
    return this.tables.get(key)?.lines ?? [];
  }

  #down(peer: string): void {
    this.up.delete(peer);
    for (const key of this.tables.keys()) if (key.startsWith(`${peer} `)) this.tables.delete(key);
  }
}

function nameOf({ up: { peer: { type, address } } }: StationPeer): string {
  return type === BmpPeerType.locRib ? "loc" : formatAddress(address);
}

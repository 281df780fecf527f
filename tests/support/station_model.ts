/** What a station knows after the octets so far: each table of each peer, as text. */

import assert from "node:assert/strict";
import { BmpPeerType, Station, type StationPeer } from "../../src/bmp/mod.ts";
import { formatAddress } from "../../src/types/mod.ts";
import { viewUpdate } from "./update_view.ts";

export class StationModel {
  /** By `address table`, `loc` for the Loc-RIB: `family prefix path` → canonical set. */
  readonly tables = new Map<string, Map<string, string>>();
  readonly ends = new Map<string, number>();
  /** Types of statistics by peer, of the last report. */
  readonly statistics = new Map<string, Map<string, bigint>>();
  readonly mirrored: Uint8Array[] = [];
  readonly up = new Set<string>();
  readonly skipped: string[] = [];
  name = "";
  #station = new Station();

  read(bytes: Uint8Array): void {
    this.#station.push(bytes);
    for (let event = this.#station.next(); event !== undefined; event = this.#station.next()) {
      if (event.kind === "end") assert.fail(event.text);
      else if (event.kind === "initiation") this.name = event.name;
      else if (event.kind === "skipped") this.skipped.push(event.text);
      else if (event.kind === "peerUp") this.up.add(nameOf(event.peer));
      else if (event.kind === "peerDown") this.#down(nameOf(event.peer));
      else if (event.kind === "statistics") {
        const values = event.statistics.map(({ type, afi, safi, value }) =>
          [afi === undefined ? `${type}` : `${type} ${afi}/${safi}`, value] as const
        );
        this.statistics.set(nameOf(event.peer), new Map(values));
      } else if (event.kind === "mirror") {
        for (const item of event.items) if (item.kind === "message") this.mirrored.push(item.bytes.slice());
      } else {
        const view = viewUpdate(event.bytes, event.context);
        assert.deepEqual([view.verdict, view.faults.map(({ text }) => text)], ["accept", []]);
        const key = event.ribKind === "loc" ? "loc" : `${nameOf(event.peer)} ${event.ribKind}`;
        const table = this.tables.get(key) ?? new Map<string, string>();
        this.tables.set(key, table);
        for (const { family, prefix, pathId } of view.withdrawn) table.delete(`${family} ${prefix} ${pathId}`);
        for (const { announced, wire } of view.parts) {
          for (const { family, prefix, pathId } of announced) {
            table.set(`${family} ${prefix} ${pathId}`, wire.join("."));
          }
        }
        if (view.endOfRib !== undefined) {
          const end = `${key} ${view.endOfRib}`;
          this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
        }
      }
    }
  }

  /** The routes of a table, sorted. */
  routes(key: string): string[] {
    return [...this.tables.get(key) ?? []].map(([route, set]) => `${route} ${set}`).sort();
  }

  #down(peer: string): void {
    this.up.delete(peer);
    for (const key of this.tables.keys()) if (key.startsWith(`${peer} `)) this.tables.delete(key);
  }
}

function nameOf({ up: { peer: { type, address } } }: StationPeer): string {
  return type === BmpPeerType.locRib ? "loc" : formatAddress(address);
}

/** The tables of one session, while somebody monitors them. */

import { type FamilyId, maskHas } from "../../types/mod.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import type { MonitoredSession } from "./entry.ts";
import { TableEncoder } from "./table_encoder.ts";
import { WatchedAdjRibIn } from "./watched_table.ts";

export class SessionTables {
  readonly session: MonitoredSession;
  /** By family id. */
  readonly adjRibsIn: ReadonlyMap<FamilyId, WatchedAdjRibIn>;
  readonly inEncoder: TableEncoder;
  readonly outEncoder: TableEncoder;
  /** Families whose table the peer has just announced to its end. */
  readonly ends = new Set<FamilyId>();

  constructor(session: MonitoredSession, sets: AttributeTable, routerId: number) {
    this.session = session;
    const { negotiated, families } = session;
    const watched = new Map<FamilyId, WatchedAdjRibIn>();
    for (const family of families) {
      if (family?.routes === undefined || !maskHas(negotiated.families, family.family)) continue;
      watched.set(family.family, new WatchedAdjRibIn(family.rib, family.routes, sets));
    }
    this.adjRibsIn = watched;
    // Routes in the direction of the peer's own messages.
    this.inEncoder = new TableEncoder({ ...negotiated, addPathSend: negotiated.addPathReceive }, routerId);
    this.outEncoder = new TableEncoder(negotiated, routerId);
  }

  close(): void {
    for (const table of this.adjRibsIn.values()) table.close();
  }
}

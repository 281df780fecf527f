/** Rows of routers that report by BMP: the routers, their tables, routes and events. */

import type { RouterEvent, RouterPeerRow, RouterRow, RouterStoreEvent, SavedRouters } from "../../rib/mod.ts";
import { RowBuffer } from "../row_buffer.ts";
import type { Database, SqlRow } from "../sqlite.ts";

export class RouterRows {
  readonly #db: Database;
  readonly #routes: RowBuffer;
  readonly #goneRoutes: RowBuffer;

  constructor(db: Database) {
    this.#db = db;
    this.#routes = new RowBuffer(
      db,
      "INSERT OR REPLACE INTO router_routes(peer_id, prefix_id, path_id, attribute_id, received_at, confirmed_at)" +
        " VALUES ",
      "(?,?,?,?,?,nullif(?,0))",
      6,
    );
    this.#goneRoutes = new RowBuffer(
      db,
      "DELETE FROM router_routes WHERE (peer_id, prefix_id, path_id) IN (VALUES ",
      "(?,?,?)",
      3,
      ")",
    );
  }

  /** `attributeId` 0: the route is gone. `confirmedAt` 0: none. */
  route(
    peerId: number,
    prefixId: number,
    pathId: number,
    attributeId: number,
    receivedAt: number,
    confirmedAt: number,
  ): void {
    if (attributeId === 0) this.#goneRoutes.add3(peerId, prefixId, pathId);
    else this.#routes.add(peerId, prefixId, pathId, attributeId, receivedAt, confirmedAt);
  }

  flush(): void {
    this.#routes.flush();
    this.#goneRoutes.flush();
  }

  clear(): void {
    this.#routes.clear();
    this.#goneRoutes.clear();
  }

  write(event: RouterStoreEvent): void {
    switch (event.kind) {
      case "router":
        return this.#router(event.row);
      case "routerPeer":
        return this.#peer(event.row);
      case "routerStatistics":
        this.#db.prepare("UPDATE router_peer_states SET statistics = ? WHERE id = ?")
          .run(event.statistics, event.peerId);
        return;
      case "routerEvent":
        return this.#event(event.event);
    }
  }

  #router({ id, name, sysName, address, description, isUp, since, reason }: RouterRow): void {
    this.#db.prepare(
      "INSERT OR REPLACE INTO router_states(id, name, sys_name, address, description, is_up, since, reason)" +
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(id, name, sysName, address, description, Number(isUp), since, reason ?? null);
  }

  #peer(row: RouterPeerRow): void {
    const { id, routerId, peer, ribKind, asn, bgpId, isUp, since, reason } = row;
    this.#db.prepare(
      "INSERT INTO router_peer_states(id, router_id, peer, rib_kind, peer_as, bgp_id, is_up, since, reason," +
        " peer_type, distinguisher, address) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET" +
        " peer = excluded.peer, peer_as = excluded.peer_as, bgp_id = excluded.bgp_id, is_up = excluded.is_up," +
        " since = excluded.since, reason = excluded.reason",
    ).run(
      ...[id, routerId, peer, ribKind, asn, bgpId, Number(isUp), since, reason ?? null],
      ...[row.peerType, row.distinguisher, row.address],
    );
  }

  #event({ at, routerId, peer, kind, text, message }: RouterEvent): void {
    this.#db.prepare("INSERT INTO router_events(at, router_id, peer, kind, text, hex) VALUES(?, ?, ?, ?, ?, ?)")
      .run(at, routerId, peer ?? null, kind, text, message === undefined ? null : message.toHex());
  }
}

/** What the last run left of routers. */
export function savedRouters(db: Database): SavedRouters {
  const state = (isUp: SqlRow[number], since: SqlRow[number], reason: SqlRow[number]) => ({
    isUp: Number(isUp) === 1,
    since: Number(since),
    reason: reason === null ? undefined : String(reason),
  });
  const routers = db.prepare(
    "SELECT id, name, sys_name, address, description, is_up, since, reason FROM router_states ORDER BY id",
  ).all().map(([id, name, sysName, address, description, ...rest]) => ({
    ...{ id: Number(id), name: String(name), sysName: String(sysName), address: String(address) },
    ...{ description: String(description), ...state(rest[0]!, rest[1]!, rest[2]!) },
  }));
  const peers = db.prepare(
    "SELECT id, router_id, peer_type, distinguisher, address, rib_kind, peer, peer_as, bgp_id, is_up, since, reason" +
      " FROM router_peer_states ORDER BY id",
  ).all().map(([id, routerId, peerType, distinguisher, address, ribKind, peer, asn, bgpId, ...rest]) => ({
    ...{ id: Number(id), routerId: Number(routerId), peerType: Number(peerType) },
    ...{
      distinguisher: String(distinguisher),
      address: String(address),
      ribKind: String(ribKind) as RouterPeerRow["ribKind"],
    },
    ...{ peer: String(peer), asn: Number(asn), bgpId: Number(bgpId), ...state(rest[0]!, rest[1]!, rest[2]!) },
  }));
  return { routers, peers };
}

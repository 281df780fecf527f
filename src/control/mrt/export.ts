/**
 * `bgpd mrt export`: the routes of a database, of now or of a past time, as a table (TABLE_DUMP_V2), prefix by
 * prefix.
 */

import { type TablePeer, type TableRoute, TableWriter } from "../../mrt/mod.ts";
import type { SqlRow, StoreReader } from "../../store/mod.ts";
import {
  asFamilyId,
  equalOctets,
  type FamilyId,
  parseIpv4Number,
  parsePrefix,
  parseZonedAddress,
} from "../../types/mod.ts";
import { SetCache } from "./set_cache.ts";

export interface ExportOptions {
  /** Milliseconds since 1970; the time of the records. */
  readonly time: number;
  /** True: the routes at {@link time}, from the history; otherwise the routes of now. */
  readonly past?: boolean;
  /** Only the routes of this peer (name). */
  readonly peer?: string;
  /** Only the routes of these peers (peers.id). */
  readonly ids?: readonly number[] | undefined;
  /** Only routes of such families. */
  readonly isWanted?: (family: FamilyId) => boolean;
  /** True: the attributes before import policy. */
  readonly isReceived?: boolean;
  /** Called after each prefix with the number of prefixes so far. */
  readonly step: (prefixes: number) => void;
}

export interface ExportResult {
  readonly peers: number;
  readonly prefixes: number;
  readonly routes: number;
}

/**
 * The current routes. Routes received before the last flush belong to a session that ended. The routes of this speaker
 * itself (peer 0) are left out: they may have no next hop, and a table entry needs one.
 */
const routesQuery = ({ table, destination }: Source, isReceived: boolean) =>
  `SELECT x.family, x.${destination}, r.peer_id, r.path_id, ${setId(isReceived)}, r.received_at FROM routes r` +
  ` JOIN ${table} x ON x.id = r.prefix_id` +
  " LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family" +
  " WHERE r.peer_id <> 0 AND r.received_at >= coalesce(f.flushed_at, 0)";
const setId = (isReceived: boolean) => isReceived ? "coalesce(r.received_id, r.attribute_id)" : "r.attribute_id";
/** The routes at a time, as received. */
const pastQuery = ({ table, destination }: Source, time: number) =>
  `SELECT x.family, x.${destination}, r.peer_id, coalesce(r.path_id, -1), r.attribute_id, r.from_ms` +
  ` FROM rib_history r JOIN ${table} x ON x.id = r.prefix_id` +
  ` WHERE r.peer_id <> 0 AND r.from_ms <= ${time} AND r.to_ms > ${time}`;

/** The table that has the destinations, its column for them, and their order. */
interface Source {
  readonly table: "prefixes" | "nlri";
  readonly destination: "prefix" | "key";
  readonly order: string;
}

const sources: readonly Source[] = [
  { table: "prefixes", destination: "prefix", order: "x.family, x.hi, x.lo, x.len" },
  { table: "nlri", destination: "key", order: "x.family, x.rd, x.hi, x.lo, x.len, x.key" },
];

/** Yields the records of the table. */
export function* exportTable(
  reader: StoreReader,
  options: ExportOptions,
): Generator<Uint8Array, ExportResult, undefined> {
  const writer = new TableWriter(options.time);
  const { peers, indexOf } = readPeers(reader, options);
  const isSome = options.peer !== undefined || options.ids !== undefined;
  const where = !isSome ? "" : ` AND r.peer_id IN (${[...indexOf.keys()].join(", ")})`;
  yield writer.peerIndex(0, "", peers);

  const sets = new SetCache(reader);
  const result = { peers: peers.length, prefixes: 0, routes: 0 };
  let current: Destination | undefined, routes: TableRoute[] = [];
  for (const row of routeRows(reader, options, where)) {
    const { family, destination } = destinationOf(row);
    if (options.isWanted?.(family) === false) continue;
    if (current?.family !== family || !isSame(current.destination, destination)) {
      if (current !== undefined && routes.length > 0) yield* recordsOf(writer, current, routes);
      [current, routes] = [{ family, destination }, []];
      options.step(++result.prefixes);
    }
    const peerIndex = indexOf.get(Number(row[2]));
    const set = sets.wire(Number(row[4]));
    // The peer or the set was added while this function was reading, or the set is not octets.
    if (peerIndex === undefined || set === undefined) continue;
    routes.push({ peerIndex, pathId: Number(row[3]), receivedAt: Number(row[5]), set });
    result.routes++;
  }
  if (current !== undefined && routes.length > 0) yield* recordsOf(writer, current, routes);
  return result;
}

/** A prefix as text, or the key of another NLRI. */
interface Destination {
  readonly family: FamilyId;
  readonly destination: string | Uint8Array;
}

/** The rows of all routes, those of a destination one after the other. */
function* routeRows(
  reader: StoreReader,
  { past, time, isReceived = false }: ExportOptions,
  where: string,
): Generator<SqlRow> {
  for (const source of sources) {
    const query = past === true ? pastQuery(source, time) : routesQuery(source, isReceived);
    yield* reader.sql(`${query}${where} ORDER BY ${source.order}, r.peer_id, r.path_id`).rows;
  }
}

function destinationOf(row: SqlRow): Destination {
  const destination = row[1];
  return {
    family: asFamilyId(Number(row[0])),
    destination: destination instanceof Uint8Array ? destination : String(destination),
  };
}

function isSame(a: Destination["destination"], b: Destination["destination"]): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? equalOctets(a, b) : a === b;
}

function recordsOf(writer: TableWriter, { family, destination }: Destination, routes: TableRoute[]): Uint8Array[] {
  return destination instanceof Uint8Array
    ? writer.nlri(family, destination, routes)
    : writer.prefix(family, parsePrefix(destination)!, routes);
}

function readPeers(reader: StoreReader, { peer: only, ids }: ExportOptions): {
  peers: TablePeer[];
  indexOf: ReadonlyMap<number, number>;
} {
  const peers: TablePeer[] = [];
  const indexOf = new Map<number, number>();
  const named = only === undefined ? "" : ` AND name = '${only.replaceAll("'", "''")}'`;
  const where = ids === undefined ? named : ` AND id IN (${ids.join(", ")})`;
  const query = `SELECT id, remote_ip, remote_as, router_id FROM peers WHERE id <> 0${where} ORDER BY id`;
  for (const row of reader.sql(query).rows) {
    const [id, address, asn, routerId] = row;
    indexOf.set(Number(id), peers.length);
    peers.push({
      address: parseZonedAddress(String(address)) ?? new Uint8Array(4),
      asn: Number(asn ?? 0),
      routerId: parseIpv4Number(String(routerId)) ?? 0,
    });
  }
  return { peers, indexOf };
}

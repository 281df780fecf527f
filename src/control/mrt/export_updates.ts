/**
 * `bgpd mrt export --updates`: the changes of the history between two times, as messages (BGP4MP_ET), the oldest first.
 * A state that begins is an announcement, with the attributes as received; one that ends without another in its place
 * is a withdrawal. A state may begin and end within a millisecond: then only what follows it counts.
 */

import { messageLength, type UpdateContext, UpdateEncoder } from "../../message/mod.ts";
import { encodeMrtMessage, type SessionEndpoints } from "../../mrt/mod.ts";
import type { SqlRow, StoreReader } from "../../store/mod.ts";
import {
  allFamilies,
  asFamilyId,
  type FamilyId,
  type Millis,
  parsePrefix,
  parseZonedAddress,
} from "../../types/mod.ts";
import { SetCache } from "./set_cache.ts";

export interface UpdatesOptions {
  /** Milliseconds since 1970: changes at `from` or later, and before `to`. */
  readonly from: Millis;
  readonly to: Millis;
  /** Only the routes of this peer (name). */
  readonly peer?: string | undefined;
  /** Called now and then with the number of changes so far. */
  readonly step: (changes: number) => void;
}

export interface UpdatesResult {
  readonly announced: number;
  readonly withdrawn: number;
}

/** Changes of one peer at one time with one set become one message where they fit. */
interface Change {
  readonly at: Millis;
  readonly isAnnounced: boolean;
  readonly peerId: number;
  readonly setId: number;
  readonly family: FamilyId;
  readonly pathId: number;
  readonly destination: string | Uint8Array;
  readonly destinationId: number;
}

/** Routes with a state that began at the time at hand. */
class Begun {
  readonly #routes = new Set<string>();
  #at: Millis = 0;

  /** Whether the change is the end of a state, and another one takes its place. */
  isReplaced({ at, isAnnounced, peerId, destinationId, pathId }: Change): boolean {
    if (at !== this.#at) this.#routes.clear();
    this.#at = at;
    const route = `${peerId} ${destinationId} ${pathId}`;
    if (isAnnounced) this.#routes.add(route);
    return !isAnnounced && this.#routes.has(route);
  }
}

/** Rows: time, 1 announced, peer, set, family, path, prefix, key, destination. Those of a time: announcements first. */
const changesQuery = (from: Millis, to: Millis, where: string) => {
  const columns = "r.peer_id, r.attribute_id, r.family_id, coalesce(r.path_id, -1), x.prefix, y.key, r.prefix_id";
  const tables = "FROM rib_history r LEFT JOIN prefixes x ON x.id = r.prefix_id LEFT JOIN nlri y ON y.id = r.prefix_id";
  return `SELECT r.from_ms, 1, ${columns} ${tables} WHERE r.peer_id <> 0 AND r.to_ms > ${from}` +
    ` AND r.from_ms < r.to_ms AND r.from_ms >= ${from} AND r.from_ms < ${to}${where}` +
    ` UNION ALL SELECT r.to_ms, 0, ${columns} ${tables} WHERE r.peer_id <> 0 AND r.to_ms >= ${from}` +
    ` AND r.to_ms < ${to}${where} ORDER BY 1, 2 DESC, 3, 4, 5`;
};

/** Yields the records. */
export function* exportUpdates(
  reader: StoreReader,
  { from, to, peer, step }: UpdatesOptions,
): Generator<Uint8Array, UpdatesResult, undefined> {
  const where = peer === undefined ? "" : ` AND r.peer = '${peer.replaceAll("'", "''")}'`;
  const ends = endsOfPeers(reader), sets = new SetCache(reader);
  const result = { announced: 0, withdrawn: 0 };
  const begun = new Begun();
  let group: Change[] = [];
  for (const row of reader.sql(changesQuery(from, to, where)).rows) {
    const change = changeOf(row);
    if (change === undefined || begun.isReplaced(change)) continue;
    if (group.length > 0 && !isTogether(group[0]!, change)) {
      yield* recordsOf(group, ends, sets);
      group = [];
    }
    group.push(change);
    if (change.isAnnounced) result.announced++;
    else result.withdrawn++;
    step(result.announced + result.withdrawn);
  }
  if (group.length > 0) yield* recordsOf(group, ends, sets);
  return result;
}

function changeOf([at, isAnnounced, peerId, setId, family, pathId, prefix, key, id]: SqlRow): Change | undefined {
  const destination = key instanceof Uint8Array
    ? key
    : prefix === null || prefix === undefined
    ? undefined
    : String(prefix);
  return destination === undefined ? undefined : {
    at: Number(at),
    isAnnounced: Number(isAnnounced) === 1,
    peerId: Number(peerId),
    setId: Number(setId),
    family: asFamilyId(Number(family)),
    pathId: Number(pathId),
    destination,
    destinationId: Number(id),
  };
}

function isTogether(one: Change, other: Change): boolean {
  return one.at === other.at && one.isAnnounced === other.isAnnounced && one.peerId === other.peerId &&
    one.family === other.family && (one.pathId === -1) === (other.pathId === -1) &&
    (!one.isAnnounced || one.setId === other.setId);
}

function* recordsOf(
  group: readonly Change[],
  ends: ReadonlyMap<number, SessionEndpoints>,
  sets: SetCache,
): Generator<Uint8Array> {
  const { at, isAnnounced, peerId, family, setId, pathId } = group[0]!;
  const peer = ends.get(peerId), set = sets.wire(setId), addPath = pathId !== -1;
  if (peer === undefined || isAnnounced && set === undefined) return;
  const encoder = new UpdateEncoder(contextOf(peer, addPath));
  if (isAnnounced) encoder.begin(set!, family);
  else encoder.beginWithdraw(family);
  for (const { destination, pathId: path } of group) {
    if (destination instanceof Uint8Array) encoder.addNlri(destination, path);
    else addPrefix(encoder, destination, path);
  }
  encoder.finish();
  const messages = encoder.take();
  for (let start = 0; start < messages.length;) {
    const end = start + messageLength(messages, start);
    yield encodeMrtMessage(at, peer, { fourOctetAs: true, addPath }, messages.subarray(start, end));
    start = end;
  }
}

function addPrefix(encoder: UpdateEncoder, text: string, pathId: number): void {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return;
  const { octets, length } = prefix, view = new DataView(octets.buffer, octets.byteOffset);
  const word = (i: number) => 4 * i < octets.length ? view.getInt32(4 * i) : 0;
  encoder.add(word(0), word(1), word(2), word(3), length, pathId);
}

/** A set goes out as it is: all that the peer sent. */
function contextOf({ localAsn, peerAsn }: SessionEndpoints, addPath: boolean): UpdateContext {
  return {
    internal: true,
    fourOctetAs: true,
    families: allFamilies,
    addPathReceive: 0,
    addPathSend: addPath ? allFamilies : 0,
    extendedNextHop: allFamilies,
    maxMessageBytes: 65_535,
    localAsn,
    remoteAsn: peerAsn,
  };
}

function endsOfPeers(reader: StoreReader): ReadonlyMap<number, SessionEndpoints> {
  const ends = new Map<number, SessionEndpoints>();
  for (
    const [id, remote, asn, local, ours] of reader.sql(
      "SELECT id, remote_ip, remote_as, local_ip, local_as FROM peers WHERE id <> 0",
    ).rows
  ) {
    const peerAddress = parseZonedAddress(String(remote)) ?? new Uint8Array(4);
    const known = parseZonedAddress(String(local));
    const localAddress = known?.length === peerAddress.length ? known : new Uint8Array(peerAddress.length);
    ends.set(Number(id), { peerAsn: Number(asn ?? 0), localAsn: Number(ours ?? 0), peerAddress, localAddress });
  }
  return ends;
}

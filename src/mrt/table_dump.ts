/**
 * Tables: TABLE_DUMP (RFC 6396 §4.2), with one route and 2-octet ASNs in each record, and TABLE_DUMP_V2 (§4.3), with
 * one prefix and the routes of all peers in each record. Peers are indexes into a PEER_INDEX_TABLE. RFC 8050 §4 adds
 * path identifiers.
 */

import { type Family, familyByCode } from "../types/mod.ts";
import { nlriCodec, Reader } from "../message/mod.ts";
import { TableDumpV2 } from "./code_points.ts";
import { MrtError, MrtNotSupported } from "./error.ts";
import type { MrtEntry, MrtItem, MrtPeer } from "./item.ts";
import type { MrtPeers } from "./peers.ts";
import type { MrtRecord } from "./record.ts";
import { viewOf } from "./view.ts";

/** RFC 6396 §4.3.1. */
export interface PeerIndexTable {
  readonly collectorId: number;
  readonly viewName: string;
  readonly peers: readonly MrtPeer[];
}

type Destination = Pick<MrtEntry, "octets" | "length">;

const AFI_IPV4 = 1;
const AFI_IPV6 = 2;

/** RFC 6396 §4.2. */
export function decodeTableDump({ time, subtype, body }: MrtRecord, peers: MrtPeers, items: MrtItem[]): void {
  if (subtype !== AFI_IPV4 && subtype !== AFI_IPV6) {
    throw new MrtNotSupported(`TABLE_DUMP of AFI ${subtype} is not supported`);
  }
  const addressBytes = subtype === AFI_IPV4 ? 4 : 16;
  const reader = new Reader(body);
  reader.u32(); // view number, sequence number
  const octets = viewOf(reader, body, addressBytes);
  const length = reader.u8();
  reader.u8(); // status, always 1
  const originatedAt = reader.u32() * 1000;
  const address = viewOf(reader, body, addressBytes);
  const asn = reader.u16();
  const attributes = viewOf(reader, body, reader.u16());
  if (!reader.ok || length > addressBytes * 8) throw new MrtError("TABLE_DUMP: the entry does not fit its record");
  items.push({
    kind: "entry",
    format: "TABLE_DUMP",
    time,
    peer: peers.peer(address, asn, 0),
    family: familyByCode(subtype, 1)!.id,
    octets,
    length,
    pathId: -1,
    originatedAt,
    attributes,
    fourOctetAs: false,
  });
}

/** RFC 6396 §4.3.1. */
export function decodePeerIndexTable({ body }: MrtRecord, known: MrtPeers): PeerIndexTable {
  const reader = new Reader(body);
  const collectorId = reader.u32();
  const viewName = new TextDecoder().decode(reader.bytes(reader.u16()));
  const count = reader.u16();
  const peers: MrtPeer[] = [];
  for (let i = 0; i < count && reader.ok; i++) {
    const type = reader.u8();
    const routerId = reader.u32();
    const address = reader.bytes((type & 1) === 1 ? 16 : 4);
    const asn = (type & 2) === 2 ? reader.u32() : reader.u16();
    if (reader.ok) peers.push(known.peer(address, asn, routerId));
  }
  if (!reader.ok) throw new MrtError("PEER_INDEX_TABLE: it ends inside a peer");
  return { collectorId, viewName, peers };
}

/** AFI, SAFI and ADD-PATH of the subtypes that name a family. */
const familyOfSubtype: Record<number, { afi: number; safi: number; addPath: boolean }> = {
  [TableDumpV2.ribIpv4Unicast]: { afi: 1, safi: 1, addPath: false },
  [TableDumpV2.ribIpv4Multicast]: { afi: 1, safi: 2, addPath: false },
  [TableDumpV2.ribIpv6Unicast]: { afi: 2, safi: 1, addPath: false },
  [TableDumpV2.ribIpv6Multicast]: { afi: 2, safi: 2, addPath: false },
  [TableDumpV2.ribIpv4UnicastAddPath]: { afi: 1, safi: 1, addPath: true },
  [TableDumpV2.ribIpv4MulticastAddPath]: { afi: 1, safi: 2, addPath: true },
  [TableDumpV2.ribIpv6UnicastAddPath]: { afi: 2, safi: 1, addPath: true },
  [TableDumpV2.ribIpv6MulticastAddPath]: { afi: 2, safi: 2, addPath: true },
};

/** What the routes of a record lead to: a prefix, or an NLRI of another kind. */
function readDestination(reader: Reader, body: Uint8Array, { id, name, addressBytes }: Family): Destination {
  const codec = nlriCodec(id);
  if (codec === undefined) {
    const length = reader.u8();
    if (length > addressBytes * 8) throw new MrtError(`a prefix of ${length} bits`);
    return { octets: viewOf(reader, body, (length + 7) >> 3), length };
  }
  const start = body.length - reader.remaining;
  const size = start < body.length ? codec.size(body, start, body.length) : -1;
  const fault = size <= 0 ? "that ends after its record" : codec.fault(body, start, start + size, false);
  if (fault !== undefined) throw new MrtError(`RIB_GENERIC: an NLRI of ${name} ${fault}`);
  return { octets: viewOf(reader, body, size), length: -1 };
}

/**
 * A record with one prefix and its routes: RFC 6396 §4.3.2, §4.3.3 (RIB_GENERIC), RFC 8050 §4. A full table has
 * millions of routes, so octets are not copied: prefixes and attributes are views of the record.
 */
export function decodeRib(record: MrtRecord, index: PeerIndexTable | undefined, items: MrtItem[]): void {
  const { subtype, body, time } = record;
  const reader = new Reader(body);
  reader.u32(); // sequence number
  const generic = subtype === TableDumpV2.ribGeneric || subtype === TableDumpV2.ribGenericAddPath;
  const codes = generic
    ? { afi: reader.u16(), safi: reader.u8(), addPath: subtype === TableDumpV2.ribGenericAddPath }
    : familyOfSubtype[subtype];
  if (codes === undefined) throw new MrtNotSupported(`TABLE_DUMP_V2 subtype ${subtype} is not supported`);
  const row = familyByCode(codes.afi, codes.safi);
  if (row === undefined) {
    throw new MrtNotSupported(`RIB_GENERIC of AFI ${codes.afi} SAFI ${codes.safi} is not supported`);
  }
  if (index === undefined) throw new MrtError("TABLE_DUMP_V2: a route before any PEER_INDEX_TABLE");
  const { octets, length } = readDestination(reader, body, row);
  const count = reader.u16();
  for (let i = 0; i < count && reader.ok; i++) {
    const peer = index.peers[reader.u16()];
    const originatedAt = reader.u32() * 1000;
    // RFC 8050 §4.2: also in RIB_GENERIC_ADDPATH the path identifier belongs to the entry, not to the NLRI.
    const pathId = codes.addPath ? reader.u32() : -1;
    const attributes = viewOf(reader, body, reader.u16());
    if (!reader.ok) break;
    if (peer === undefined) throw new MrtError("TABLE_DUMP_V2: a route of a peer that the PEER_INDEX_TABLE lacks");
    items.push({
      kind: "entry",
      format: "TABLE_DUMP2",
      time,
      peer,
      family: row.id,
      octets,
      length,
      pathId,
      originatedAt,
      attributes,
      fourOctetAs: true,
    });
  }
  if (!reader.ok) throw new MrtError("TABLE_DUMP_V2: the record ends inside a route");
}

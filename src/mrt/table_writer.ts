/**
 * Writing tables: TABLE_DUMP_V2 (RFC 6396 §4.3), with path identifiers where routes have them (RFC 8050 §4). Routes of
 * other families than unicast and multicast are records of the type RIB_GENERIC (RFC 6396 §4.3.3).
 */

import { AttributeCode, AttributeFlag, nlriCodec, nlriValueOf, rawAttributes, Writer } from "../message/mod.ts";
import { type Asn, type ByFamily, type FamilyId, familyOf, IPV4_UNICAST, type Prefix } from "../types/mod.ts";
import { MrtType, TableDumpV2 } from "./code_points.ts";
import { encodeRecord } from "./record.ts";

export interface TablePeer {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  readonly asn: Asn;
  readonly routerId: number;
}

/** A route of a prefix. */
export interface TableRoute {
  /** Into the PEER_INDEX_TABLE. */
  readonly peerIndex: number;
  /** -1: none. */
  readonly pathId: number;
  /** When it was received; milliseconds since 1970. */
  readonly receivedAt: number;
  /** The canonical attribute set. */
  readonly set: Uint8Array;
}

/** A PEER_INDEX_TABLE has at most so many peers. */
export const mostTablePeers = 65535;

const RD_BYTES = 8;

/** Peer types of RFC 6396 §4.3.1. */
const IPV6_PEER = 1;
const FOUR_OCTET_AS_PEER = 2;

export class TableWriter {
  readonly #time: number;
  #sequence = 0;

  /** `time`: when the table was taken; milliseconds since 1970. */
  constructor(time: number) {
    this.#time = time;
  }

  /** The PEER_INDEX_TABLE, which comes first (RFC 6396 §4.3.1). */
  peerIndex(collectorId: number, viewName: string, peers: readonly TablePeer[]): Uint8Array {
    if (peers.length > mostTablePeers) throw new RangeError(`a table has ${mostTablePeers} peers at most`);
    const name = new TextEncoder().encode(viewName);
    const body = new Writer(64 + peers.length * 25);
    body.u32(collectorId);
    body.u16(name.length);
    body.bytes(name);
    body.u16(peers.length);
    for (const { address, asn, routerId } of peers) {
      body.u8(FOUR_OCTET_AS_PEER | (address.length === 16 ? IPV6_PEER : 0));
      body.u32(routerId);
      body.bytes(address);
      body.u32(asn);
    }
    return encodeRecord(this.#time, MrtType.tableDumpV2, TableDumpV2.peerIndexTable, body.finish());
  }

  /** The records of a prefix: one, or two where only some routes have path identifiers. */
  prefix(family: FamilyId, prefix: Prefix, routes: readonly TableRoute[]): Uint8Array[] {
    const records: Uint8Array[] = [];
    for (const addPath of [false, true]) {
      const those = routes.filter(({ pathId }) => (pathId !== -1) === addPath);
      if (those.length > 0) records.push(this.#record(family, prefix, those));
    }
    return records;
  }

  /**
   * The same for a key of a family whose NLRI are no plain prefixes. An NLRI also has what its codec calls the value,
   * labels for example, so that routes with different values stand in different records.
   */
  nlri(family: FamilyId, key: Uint8Array, routes: readonly TableRoute[]): Uint8Array[] {
    const codec = nlriCodec(family)!;
    const groups = Map.groupBy(routes, ({ pathId, set }) => `${pathId !== -1} ${nlriValueOf(set).toHex()}`);
    return [...groups.values()].map((those) => {
      const octets = codec.join(key, nlriValueOf(those[0]!.set));
      return this.#genericRecord(family, octets, those);
    });
  }

  #genericRecord(family: FamilyId, nlri: Uint8Array, routes: readonly TableRoute[]): Uint8Array {
    const addPath = routes[0]!.pathId !== -1;
    const { afi, safi } = familyOf(family);
    const body = new Writer(64 + nlri.length + routes.length * 128);
    body.u32(this.#sequence++);
    body.u16(afi);
    body.u8(safi);
    body.bytes(nlri);
    putRoutes(body, family, routes);
    const subtype = addPath ? TableDumpV2.ribGenericAddPath : TableDumpV2.ribGeneric;
    return encodeRecord(this.#time, MrtType.tableDumpV2, subtype, body.finish());
  }

  #record(family: FamilyId, { octets, length }: Prefix, routes: readonly TableRoute[]): Uint8Array {
    const addPath = routes[0]!.pathId !== -1;
    const body = new Writer(32 + routes.length * 128);
    body.u32(this.#sequence++);
    body.u8(length);
    body.bytes(octets.subarray(0, (length + 7) >> 3));
    putRoutes(body, family, routes);
    const subtype = subtypes[family]![addPath ? 1 : 0];
    return encodeRecord(this.#time, MrtType.tableDumpV2, subtype, body.finish());
  }
}

/** The number of the routes, and the routes. */
function putRoutes(body: Writer, family: FamilyId, routes: readonly TableRoute[]): void {
  body.u16(routes.length);
  for (const { peerIndex, pathId, receivedAt, set } of routes) {
    body.u16(peerIndex);
    body.u32(Math.floor(receivedAt / 1000));
    if (pathId !== -1) body.u32(pathId);
    const attributes = attributesOf(set, family);
    body.u16(attributes.length);
    body.bytes(attributes);
  }
}

/** By family id: without and with path identifiers. */
const subtypes: Readonly<ByFamily<readonly [number, number]>> = {
  1: [TableDumpV2.ribIpv4Unicast, TableDumpV2.ribIpv4UnicastAddPath],
  2: [TableDumpV2.ribIpv6Unicast, TableDumpV2.ribIpv6UnicastAddPath],
  3: [TableDumpV2.ribIpv4Multicast, TableDumpV2.ribIpv4MulticastAddPath],
  4: [TableDumpV2.ribIpv6Multicast, TableDumpV2.ribIpv6MulticastAddPath],
};

/**
 * RFC 6396 §4.3.4: unless prefix and next hop are IPv4, the next hop stands in an MP_REACH_NLRI that has nothing else.
 */
function attributesOf(set: Uint8Array, family: FamilyId): Uint8Array {
  const writer = new Writer(set.length + 8);
  let reach: Uint8Array | undefined;
  const putReach = () => {
    if (reach === undefined) return;
    writer.u8(AttributeFlag.optional);
    writer.u8(AttributeCode.mpReachNlri);
    writer.u8(reach.length + 1);
    writer.u8(reach.length);
    writer.bytes(reach);
    reach = undefined;
  };
  for (const { code, bytes, value } of rawAttributes(set)) {
    const isClassic = family === IPV4_UNICAST && value!.length === familyOf(family).addressBytes;
    if (code === AttributeCode.nextHop && !isClassic) reach = hopOnWire(value!, family);
    // The value of the NLRI, which stands in the NLRI.
    else if (code !== AttributeCode.mpReachNlri) {
      if (code > AttributeCode.mpReachNlri) putReach();
      writer.bytes(bytes);
    }
  }
  putReach();
  return writer.finish();
}

/** A next hop as in MP_REACH_NLRI: with a Route Distinguisher of zero in families of VPNs (RFC 4364 §4.3.2). */
function hopOnWire(nextHop: Uint8Array, family: FamilyId): Uint8Array {
  if (familyOf(family).nextHop !== "rd") return nextHop;
  const hop = new Uint8Array(RD_BYTES + nextHop.length);
  hop.set(nextHop, RD_BYTES);
  return hop;
}

/** Messages and state changes of sessions: BGP4MP and BGP4MP_ET (RFC 6396 §4.4, RFC 8050 §3). */

import { allFamilies, type Asn, familyByCode, formatAddress, limits } from "../types/mod.ts";
import { messageLength, Reader } from "../message/mod.ts";
import { Bgp4mp, MrtType } from "./code_points.ts";
import { MrtError, MrtNotSupported } from "./error.ts";
import type { MrtItem, MrtPeer } from "./item.ts";
import type { MrtPeers } from "./peers.ts";
import type { MrtRecord } from "./record.ts";
import { viewOf } from "./view.ts";

interface MessageShape {
  readonly fourOctetAs: boolean;
  readonly addPath: boolean;
  readonly sent: boolean;
}

const messageShapes: Record<number, MessageShape> = {
  [Bgp4mp.message]: { fourOctetAs: false, addPath: false, sent: false },
  [Bgp4mp.messageAs4]: { fourOctetAs: true, addPath: false, sent: false },
  [Bgp4mp.messageLocal]: { fourOctetAs: false, addPath: false, sent: true },
  [Bgp4mp.messageAs4Local]: { fourOctetAs: true, addPath: false, sent: true },
  [Bgp4mp.messageAddPath]: { fourOctetAs: false, addPath: true, sent: false },
  [Bgp4mp.messageAs4AddPath]: { fourOctetAs: true, addPath: true, sent: false },
  [Bgp4mp.messageLocalAddPath]: { fourOctetAs: false, addPath: true, sent: true },
  [Bgp4mp.messageAs4LocalAddPath]: { fourOctetAs: true, addPath: true, sent: true },
};

/** A state change as old versions of Zebra wrote it: two ASNs of two octets, two states. */
const shortStateBytes = 8;

export function decodeBgp4mp(record: MrtRecord, peers: MrtPeers, items: MrtItem[]): void {
  const { subtype, time } = record;
  const format = record.type === MrtType.bgp4mpEt ? "BGP4MP_ET" : "BGP4MP";
  const reader = new Reader(record.body);
  if (subtype === Bgp4mp.stateChange || subtype === Bgp4mp.stateChangeAs4) {
    const { peer } = record.body.length === shortStateBytes
      ? readShortEndpoints(reader, peers)
      : readEndpoints(reader, subtype === Bgp4mp.stateChangeAs4 ? 4 : 2, peers);
    const from = reader.u16();
    const to = reader.u16();
    if (!reader.ok) throw new MrtError("BGP4MP_STATE_CHANGE: too short");
    items.push({ kind: "state", format, time, peer, from, to });
    return;
  }
  if (subtype === Bgp4mp.entry) return decodeEntry(record, reader, peers, items);
  const shape = messageShapes[subtype];
  if (shape === undefined) throw new MrtNotSupported(`BGP4MP subtype ${subtype} is not supported`);
  const ends = isWithoutAddresses(record.body)
    ? readShortEndpoints(reader, peers)
    : readEndpoints(reader, shape.fourOctetAs ? 4 : 2, peers);
  const bytes = viewOf(reader, record.body, reader.remaining);
  if (!reader.ok || bytes.length < limits.headerBytes) throw new MrtError("BGP4MP_MESSAGE: too short");
  const length = messageLength(bytes, 0);
  if (length !== bytes.length) {
    throw new MrtError(`BGP4MP_MESSAGE: a message of ${length} octets in a record with ${bytes.length}`);
  }
  const addPath = shape.addPath ? allFamilies : 0;
  const { fourOctetAs, sent } = shape;
  items.push({ kind: "message", format, time, ...ends, bytes, fourOctetAs, addPath, sent });
}

interface Endpoints {
  readonly peer: MrtPeer;
  readonly localAsn: Asn;
  readonly localAddress: string;
}

function readEndpoints(reader: Reader, asnBytes: 2 | 4, peers: MrtPeers): Endpoints {
  const peerAsn = asnBytes === 4 ? reader.u32() : reader.u16();
  const localAsn = asnBytes === 4 ? reader.u32() : reader.u16();
  reader.u16(); // interface index
  const addressBytes = addressBytesOf(reader.u16());
  const peerAddress = reader.bytes(addressBytes);
  const localAddress = reader.bytes(addressBytes);
  if (!reader.ok) throw new MrtError("BGP4MP: the record ends inside its addresses");
  return { peer: peers.peer(peerAddress, peerAsn, 0), localAsn, localAddress: formatAddress(localAddress) };
}

/**
 * As old versions of Zebra wrote them: without interface, AFI and addresses. The peer is 0.0.0.0 then, as in bgpdump.
 */
function readShortEndpoints(reader: Reader, peers: MrtPeers): Endpoints {
  const peerAsn = reader.u16();
  const localAsn = reader.u16();
  return { peer: peers.peer(new Uint8Array(4), peerAsn, 0), localAsn, localAddress: "0.0.0.0" };
}

/** An OPEN as old versions of Zebra wrote it: the marker of the message follows the ASNs. */
function isWithoutAddresses(body: Uint8Array): boolean {
  if (body.length < 4 + limits.headerBytes) return false;
  for (let at = 4; at < 20; at++) if (body[at] !== 0xff) return false;
  return true;
}

/** BGP4MP_ENTRY, a table entry as older collectors wrote it (RFC 6396 appendix B.2.2). */
function decodeEntry({ time }: MrtRecord, reader: Reader, peers: MrtPeers, items: MrtItem[]): void {
  const { peer } = readEndpoints(reader, 2, peers);
  reader.u16(); // view number
  reader.u16(); // status
  const originatedAt = reader.u32() * 1000;
  const afi = reader.u16();
  const safi = reader.u8();
  const nextHop = reader.bytes(reader.u8());
  const row = familyByCode(afi, safi);
  if (row?.kind !== "prefix") throw new MrtNotSupported(`BGP4MP_ENTRY of AFI ${afi} SAFI ${safi} is not supported`);
  const length = reader.u8();
  const octets = new Uint8Array(row.addressBytes);
  if (length > row.addressBytes * 8) throw new MrtError(`a prefix of ${length} bits`);
  octets.set(reader.bytes((length + 7) >> 3));
  const attributes = reader.bytes(reader.u16());
  if (!reader.ok) throw new MrtError("BGP4MP_ENTRY: the entry does not fit its record");
  items.push({
    kind: "entry",
    format: "BGP4MP",
    time,
    peer,
    family: row.id,
    octets,
    length,
    pathId: -1,
    originatedAt,
    attributes: withNextHop(attributes, nextHop),
    fourOctetAs: false,
  });
}

/** Adds the entry's next hop in the form of TABLE_DUMP_V2: a shortened MP_REACH_NLRI (RFC 6396 §4.3.4). */
function withNextHop(attributes: Uint8Array, nextHop: Uint8Array): Uint8Array {
  const joined = new Uint8Array(4 + nextHop.length + attributes.length);
  joined.set([0x80, 14, nextHop.length + 1, nextHop.length]);
  joined.set(nextHop, 4);
  joined.set(attributes, 4 + nextHop.length);
  return joined;
}

function addressBytesOf(afi: number): 4 | 16 {
  if (afi === 1) return 4;
  if (afi === 2) return 16;
  throw new MrtError(`BGP4MP: addresses of AFI ${afi}`);
}

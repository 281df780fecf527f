/** The octets of one message → what it says. Total: any octets give a message or a fault. */

import { messageLength, MessageType, messageType, Reader } from "../message/mod.ts";
import { limits, readUint16 } from "../types/mod.ts";
import { BmpDownReason, bmpDraftVersion, BmpMirror, bmpStatisticsTlv, BmpType } from "./code_points.ts";
import { bmpHeaderBytes } from "./framer.ts";
import type { BmpFault, BmpMessage, BmpMirrored, BmpPeer, BmpStatistic, BmpTlv } from "./message.ts";
import { peerHeaderBytes, readPeerHeader } from "./peer_header.ts";

const bodyStart = bmpHeaderBytes + peerHeaderBytes;

/** Type and length; in version 4, the TLVs about a BGP message also have the index of the route that they are about. */
const tlvHeaderBytes = 4, indexedHeaderBytes = 6;

/** `bytes` is a whole message of the framer. A type that nobody defined is a fault: the message is skipped. */
export function decodeBmp(bytes: Uint8Array): BmpMessage | BmpFault {
  const type = bytes[5]!;
  if (type === BmpType.initiation || type === BmpType.termination) {
    const information = readTlvs(bytes, bmpHeaderBytes);
    if (information === undefined) return fault("a TLV passes the end of the message");
    return { kind: type === BmpType.initiation ? "initiation" : "termination", information };
  }
  if (type > BmpType.routeMirroring) return fault(`unknown type ${type}`);
  if (bytes.length < bodyStart) return fault("the message is shorter than its per-peer header");
  const peer = readPeerHeader(bytes, bmpHeaderBytes);
  switch (type) {
    case BmpType.routeMonitoring:
      return routeMonitoring(bytes, peer);
    case BmpType.statistics:
      return statistics(bytes, peer);
    case BmpType.peerDown:
      return peerDown(bytes, peer);
    case BmpType.peerUp:
      return peerUp(bytes, peer);
    default:
      return mirroring(bytes, peer);
  }
}

function fault(text: string): BmpFault {
  return { kind: "fault", text };
}

function isDraft(bytes: Uint8Array): boolean {
  return bytes[0] === bmpDraftVersion;
}

function routeMonitoring(bytes: Uint8Array, peer: BmpPeer): BmpMessage | BmpFault {
  if (isDraft(bytes)) return draftRouteMonitoring(bytes, peer);
  const update = bgpMessage(bytes, bodyStart, MessageType.update);
  if (update === undefined) return fault("Route Monitoring holds no whole BGP UPDATE");
  if (bodyStart + update.length !== bytes.length) return fault("octets follow the UPDATE of Route Monitoring");
  return { kind: "routeMonitoring", peer, update };
}

/**
 * Version 4 puts the UPDATE into a TLV, beside others that say more of it. The drafts gave that TLV different numbers
 * (4 until draft 19, then 7), and routers send both: the UPDATE is the TLV that a BGP message fills.
 */
function draftRouteMonitoring(bytes: Uint8Array, peer: BmpPeer): BmpMessage | BmpFault {
  const tlvs = readTlvs(bytes, bodyStart, indexedHeaderBytes);
  if (tlvs === undefined) return fault("a TLV passes the end of the message");
  const update = tlvs.find(({ value }) => isBgpMessage(value) && messageType(value, 0) === MessageType.update)?.value;
  return update === undefined
    ? fault("Route Monitoring holds no whole BGP UPDATE")
    : { kind: "routeMonitoring", peer, update };
}

function isBgpMessage(value: Uint8Array): boolean {
  return value.length >= limits.headerBytes && messageLength(value, 0) === value.length &&
    value.subarray(0, 16).every((octet) => octet === 0xff);
}

/** The whole BGP message of this type at `at`. Its content is for the caller. */
function bgpMessage(bytes: Uint8Array, at: number, type: number): Uint8Array | undefined {
  if (bytes.length - at < limits.headerBytes) return undefined;
  const length = messageLength(bytes, at);
  if (length < limits.headerBytes || length > bytes.length - at || messageType(bytes, at) !== type) return undefined;
  return bytes.subarray(at, at + length);
}

function statistics(bytes: Uint8Array, peer: BmpPeer): BmpMessage | BmpFault {
  const reader = statisticsIn(bytes);
  const count = reader.u32();
  const found: BmpStatistic[] = [];
  for (let i = 0; i < count && reader.remaining > 0; i++) {
    const type = reader.u16(), length = reader.u16();
    const value = reader.sub(length);
    if (length === 4) found.push({ type, value: BigInt(value.u32()) });
    else if (length === 8) found.push({ type, value: u64(value) });
    else if (length === 11) found.push({ type, afi: value.u16(), safi: value.u8(), value: u64(value) });
    // A statistic of another length is one that we do not know: "ignored" (RFC 7854 §4.8).
  }
  return reader.ok
    ? { kind: "statistics", peer, statistics: found }
    : fault("a statistic passes the end of the message");
}

/** In version 4 a TLV holds them since draft 20: its type and length are no count that a message has room for. */
function statisticsIn(bytes: Uint8Array): Reader {
  const tlvs = isDraft(bytes) ? readTlvs(bytes, bodyStart) : undefined;
  const inTlv = tlvs?.find(({ type }) => type === bmpStatisticsTlv)?.value;
  return inTlv === undefined ? new Reader(bytes, bodyStart) : new Reader(inTlv, 0);
}

function u64(reader: Reader): bigint {
  return (BigInt(reader.u32()) << 32n) | BigInt(reader.u32());
}

function peerDown(bytes: Uint8Array, peer: BmpPeer): BmpMessage | BmpFault {
  if (bytes.length === bodyStart) return fault("Peer Down has no reason");
  const reason = bytes[bodyStart]!, data = bytes.subarray(bodyStart + 1);
  if (reason === BmpDownReason.localNotification || reason === BmpDownReason.remoteNotification) {
    const notification = bgpMessage(bytes, bodyStart + 1, MessageType.notification);
    if (notification === undefined) return fault(`Peer Down of reason ${reason} holds no whole NOTIFICATION`);
    return { kind: "peerDown", peer, reason, data: notification };
  }
  if (reason === BmpDownReason.localEvent && data.length < 2) return fault("Peer Down holds no FSM event");
  return { kind: "peerDown", peer, reason, data };
}

function peerUp(bytes: Uint8Array, peer: BmpPeer): BmpMessage | BmpFault {
  const at = bodyStart + 20;
  const sentOpen = bgpMessage(bytes, at, MessageType.open);
  if (sentOpen === undefined) return fault("Peer Up does not hold the OPEN that the router sent");
  const receivedOpen = bgpMessage(bytes, at + sentOpen.length, MessageType.open);
  if (receivedOpen === undefined) return fault("Peer Up does not hold the OPEN that the router received");
  const information = readTlvs(bytes, at + sentOpen.length + receivedOpen.length);
  if (information === undefined) return fault("a TLV passes the end of the message");
  return {
    kind: "peerUp",
    peer,
    localAddress: bytes.slice(bodyStart + (peer.address.length === 16 ? 0 : 12), bodyStart + 16),
    localPort: readUint16(bytes, bodyStart + 16),
    remotePort: readUint16(bytes, bodyStart + 18),
    sentOpen,
    receivedOpen,
    information,
  };
}

function mirroring(bytes: Uint8Array, peer: BmpPeer): BmpMessage | BmpFault {
  const tlvs = (isDraft(bytes) ? readTlvs(bytes, bodyStart, indexedHeaderBytes) : undefined) ??
    readTlvs(bytes, bodyStart);
  if (tlvs === undefined) return fault("a TLV passes the end of the message");
  return { kind: "routeMirroring", peer, items: tlvs.map((tlv) => mirrored(tlv, isDraft(bytes))) };
}

function mirrored({ type, value }: BmpTlv, inDraft: boolean): BmpMirrored {
  if (type === BmpMirror.message || (inDraft && isBgpMessage(value))) return { kind: "message", bytes: value };
  if (type === BmpMirror.information && value.length === 2) return { kind: "information", code: readUint16(value, 0) };
  return { kind: "other", type, value };
}

/** TLVs from `at` to the end, or `undefined` where one passes it. */
export function readTlvs(bytes: Uint8Array, at: number, headerBytes = tlvHeaderBytes): readonly BmpTlv[] | undefined {
  const tlvs: BmpTlv[] = [];
  while (at < bytes.length) {
    if (bytes.length - at < headerBytes) return undefined;
    const end = at + headerBytes + readUint16(bytes, at + 2);
    if (end > bytes.length) return undefined;
    tlvs.push({ type: readUint16(bytes, at), value: bytes.subarray(at + headerBytes, end) });
    at = end;
  }
  return tlvs;
}

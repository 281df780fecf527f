/**
 * Messages and state changes in files written before 2001: BGP, and BGP4PLUS for IPv6 (RFC 6396 appendix B.2.1).
 * Messages have no header there, and ASNs have two octets.
 */

import { formatAddress, limits, writeUint16 } from "../types/mod.ts";
import { keepaliveMessage, MessageType, Reader } from "../message/mod.ts";
import { Bgp, MrtType } from "./code_points.ts";
import { MrtError, MrtNotSupported } from "./error.ts";
import type { MrtItem } from "./item.ts";
import type { MrtPeers } from "./peers.ts";
import type { MrtRecord } from "./record.ts";

const messageTypes: Readonly<Record<number, number>> = {
  [Bgp.update]: MessageType.update,
  [Bgp.open]: MessageType.open,
  [Bgp.notification]: MessageType.notification,
  [Bgp.keepalive]: MessageType.keepalive,
};

export function decodeBgp({ type, subtype, time, body }: MrtRecord, peers: MrtPeers, items: MrtItem[]): void {
  const reader = new Reader(body);
  const addressBytes = type === MrtType.bgp ? 4 : 16;
  const messageType = messageTypes[subtype];
  // BGP_SYNC names the file of a table; the other subtypes hold no data.
  if (messageType === undefined && subtype !== Bgp.stateChange) {
    throw new MrtNotSupported(`BGP subtype ${subtype} is not supported`);
  }
  const asn = reader.u16();
  const peer = peers.peer(reader.bytes(addressBytes), asn, 0);
  if (messageType === undefined) {
    const from = reader.u16();
    const to = reader.u16();
    if (!reader.ok) throw new MrtError("BGP_STATE_CHANGE: too short");
    items.push({ kind: "state", format: "BGP", time, peer, from, to });
    return;
  }
  const localAsn = reader.u16();
  const localAddress = reader.bytes(addressBytes);
  if (!reader.ok) throw new MrtError("BGP: the record ends inside its addresses");
  const contents = reader.bytes(reader.remaining);
  const length = limits.headerBytes + contents.length;
  if (length > limits.messageBytes) throw new MrtError(`BGP: a message of ${length} octets is too long`);
  const bytes = new Uint8Array(length);
  bytes.set(keepaliveMessage);
  writeUint16(bytes, 16, length);
  bytes[18] = messageType;
  bytes.set(contents, limits.headerBytes);
  items.push({
    kind: "message",
    format: "BGP",
    time,
    peer,
    localAsn,
    localAddress: formatAddress(localAddress),
    bytes,
    fourOctetAs: false,
    addPath: 0,
    sent: false,
  });
}

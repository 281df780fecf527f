/** The per-peer header, 42 octets (RFC 7854 §4.2, RFC 8671 §4, RFC 9069 §4). */

import type { Writer } from "../message/mod.ts";
import { readUint32, type RibKind } from "../types/mod.ts";
import { BmpPeerFlag, BmpPeerType } from "./code_points.ts";
import type { BmpPeer } from "./message.ts";

export const peerHeaderBytes = 42;

/** The header at `at`. The caller has made sure that its 42 octets are there. */
export function readPeerHeader(bytes: Uint8Array, at: number): BmpPeer {
  const type = bytes[at]!, flags = bytes[at + 1]!;
  const loc = type === BmpPeerType.locRib;
  const ipv6 = !loc && (flags & BmpPeerFlag.ipv6) !== 0;
  return {
    type,
    ribKind: loc ? "loc" : ribKind(flags),
    twoOctetAsPath: !loc && (flags & BmpPeerFlag.twoOctetAsPath) !== 0,
    filtered: loc && (flags & BmpPeerFlag.filtered) !== 0,
    distinguisher: (BigInt(readUint32(bytes, at + 2)) << 32n) | BigInt(readUint32(bytes, at + 6)),
    address: bytes.slice(ipv6 ? at + 10 : at + 22, at + 26),
    asn: readUint32(bytes, at + 26),
    bgpId: readUint32(bytes, at + 30),
    seconds: readUint32(bytes, at + 34),
    microseconds: readUint32(bytes, at + 38),
  };
}

export function writePeerHeader(writer: Writer, peer: BmpPeer): void {
  writer.u8(peer.type);
  writer.u8(flagsOf(peer));
  writer.u32(Number(peer.distinguisher >> 32n));
  writer.u32(Number(peer.distinguisher & 0xffffffffn));
  writeAddress(writer, peer.address);
  writer.u32(peer.asn);
  writer.u32(peer.bgpId);
  writer.u32(peer.seconds);
  writer.u32(peer.microseconds);
}

/** Sixteen octets: an IPv4 address stands in the last four. */
export function writeAddress(writer: Writer, address: Uint8Array): void {
  for (let at = address.length; at < 16; at++) writer.u8(0);
  writer.bytes(address);
}

function ribKind(flags: number): RibKind {
  const post = (flags & BmpPeerFlag.postPolicy) !== 0;
  if ((flags & BmpPeerFlag.adjRibOut) !== 0) return post ? "adj-out-post" : "adj-out";
  return post ? "adj-in-post" : "adj-in";
}

function flagsOf(peer: BmpPeer): number {
  if (peer.type === BmpPeerType.locRib) return peer.filtered ? BmpPeerFlag.filtered : 0;
  const post = peer.ribKind === "adj-in-post" || peer.ribKind === "adj-out-post";
  const out = peer.ribKind === "adj-out" || peer.ribKind === "adj-out-post";
  return (peer.address.length === 16 ? BmpPeerFlag.ipv6 : 0) | (post ? BmpPeerFlag.postPolicy : 0) |
    (peer.twoOctetAsPath ? BmpPeerFlag.twoOctetAsPath : 0) | (out ? BmpPeerFlag.adjRibOut : 0);
}

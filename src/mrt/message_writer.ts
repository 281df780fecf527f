/** Writing messages and state changes of sessions: BGP4MP_ET (RFC 6396 §4.4.2 to §4.4.5, RFC 8050 §3). */

import { Writer } from "../message/mod.ts";
import { AS_TRANS, type Asn, type Millis } from "../types/mod.ts";
import { Bgp4mp, MrtType } from "./code_points.ts";
import { encodeRecord } from "./record.ts";

/** The two ends of a session. Both addresses have 4 octets, or both 16. */
export interface SessionEndpoints {
  readonly peerAsn: Asn;
  readonly localAsn: Asn;
  readonly peerAddress: Uint8Array;
  readonly localAddress: Uint8Array;
}

/** How the octets of a message are to be read. */
export interface MessageForm {
  /** ASNs in the message have four octets. */
  readonly fourOctetAs: boolean;
  /** NLRI in the message have path identifiers. */
  readonly addPath: boolean;
}

/** States of the FSM as RFC 6396 §4.4.1 numbers them. */
export const MrtState = { idle: 1, connect: 2, active: 3, openSent: 4, openConfirm: 5, established: 6 } as const;

/** A message that the peer sent, at a time in milliseconds since 1970. */
export function encodeMrtMessage(
  at: Millis,
  ends: SessionEndpoints,
  { fourOctetAs, addPath }: MessageForm,
  message: Uint8Array,
): Uint8Array {
  const subtype = fourOctetAs
    ? addPath ? Bgp4mp.messageAs4AddPath : Bgp4mp.messageAs4
    : addPath
    ? Bgp4mp.messageAddPath
    : Bgp4mp.message;
  const body = begin(at, ends, fourOctetAs ? 4 : 2, message.length);
  body.bytes(message);
  return encodeRecord(at, MrtType.bgp4mpEt, subtype, body.finish());
}

export function encodeMrtState(at: Millis, ends: SessionEndpoints, from: number, to: number): Uint8Array {
  const body = begin(at, ends, 4, 4);
  body.u16(from);
  body.u16(to);
  return encodeRecord(at, MrtType.bgp4mpEt, Bgp4mp.stateChangeAs4, body.finish());
}

/** Microseconds, then the ends: RFC 6396 §3, §4.4.2. */
function begin(at: Millis, ends: SessionEndpoints, asBytes: 2 | 4, more: number): Writer {
  const { peerAsn, localAsn, peerAddress, localAddress } = ends;
  const body = new Writer(48 + more);
  body.u32(Math.floor(at % 1000 * 1000));
  for (const asn of [peerAsn, localAsn]) {
    if (asBytes === 4) body.u32(asn);
    else body.u16(asn > 0xffff ? AS_TRANS : asn);
  }
  // The interface is not known.
  body.u16(0);
  body.u16(peerAddress.length === 16 ? 2 : 1);
  body.bytes(peerAddress);
  body.bytes(localAddress);
  return body;
}

/**
 * The header of messages (RFC 4271 §4.1), its errors (§6.1), and how a stream of octets becomes whole messages. Who
 * holds the octets in a buffer of its own calls {@link frameAt}; who does not uses {@link Framer}.
 */

import { ArrivedOctets, limits, readUint16 } from "../types/mod.ts";
import { ErrorCode, HeaderError, MessageType } from "./code_points.ts";
import { createNotification, type Notification } from "./notification.ts";

const header = limits.headerBytes;

/** The Length field of the message at `offset`. */
export function messageLength(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + 16);
}

/** The Type field of the message at `offset`. */
export function messageType(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 18]!;
}

/**
 * Checks the 19 octets of a header at `offset`: `undefined`, or the NOTIFICATION that RFC 4271 §6.1 asks for.
 * `maxLength` is 4096, or 65535 where extended messages were negotiated; OPEN and KEEPALIVE stay below 4096 all the
 * same (RFC 8654 §4). A ROUTE-REFRESH that is too short has an error of its own and passes here (RFC 7313 §5).
 */
export function checkHeader(bytes: Uint8Array, offset: number, maxLength: number): Notification | undefined {
  let marker = 0xff;
  for (let i = offset; i < offset + 16; i++) marker &= bytes[i]!;
  if (marker !== 0xff) return headerError(HeaderError.connectionNotSynchronized);
  const length = messageLength(bytes, offset);
  if (length < header || length > maxLength) return badLength(length);
  const type = messageType(bytes, offset);
  switch (type) {
    case MessageType.open:
      return length < 29 || length > limits.messageBytes ? badLength(length) : undefined;
    case MessageType.update:
      return length < 23 ? badLength(length) : undefined;
    case MessageType.notification:
      return length < 21 ? badLength(length) : undefined;
    case MessageType.keepalive:
      return length !== header ? badLength(length) : undefined;
    case MessageType.routeRefresh:
      return undefined;
    default:
      // "the Data field MUST contain the erroneous Type field".
      return headerError(HeaderError.badMessageType, new Uint8Array([type]));
  }
}

/** "the Data field MUST contain the erroneous Length field". */
function badLength(length: number): Notification {
  return headerError(HeaderError.badMessageLength, new Uint8Array([length >>> 8, length & 255]));
}

function headerError(subcode: number, data?: Uint8Array): Notification {
  return createNotification(ErrorCode.messageHeader, subcode, data);
}

/**
 * The message at `offset`, of which the octets up to `end` have arrived: its length where it is whole, the error of its
 * header, or `undefined` where more octets are needed. A header is checked as soon as it is whole.
 */
export function frameAt(
  bytes: Uint8Array,
  offset: number,
  end: number,
  maxLength: number,
): number | Notification | undefined {
  if (end - offset < header) return undefined;
  const notification = checkHeader(bytes, offset, maxLength);
  if (notification !== undefined) return notification;
  const length = messageLength(bytes, offset);
  return end - offset < length ? undefined : length;
}

export type Frame =
  /** A whole message. `bytes` is a view, valid until the next {@link Framer.push}. */
  | { readonly kind: "message"; readonly type: number; readonly bytes: Uint8Array }
  /** The stream is broken: no message follows. */
  | { readonly kind: "fault"; readonly notification: Notification };

/** Collects chunks of a stream and returns whole messages. */
export class Framer {
  /** The longest message accepted. Set it to 65535 once both OPENs announced extended messages (RFC 8654). */
  maxLength: number = limits.messageBytes;
  readonly #octets = new ArrivedOctets(limits.messageBytes);
  #broken = false;

  /** Takes the next octets of the stream. They are copied: the caller may reuse the chunk. */
  push(chunk: Uint8Array): void {
    if (!this.#broken) this.#octets.push(chunk);
  }

  /** The next whole message, or the fault that ends the stream; `undefined` where more octets are needed. */
  next(): Frame | undefined {
    if (this.#broken) return undefined;
    const { bytes, start, end } = this.#octets;
    const length = frameAt(bytes, start, end, this.maxLength);
    if (length === undefined) return undefined;
    if (typeof length !== "number") {
      this.#broken = true;
      return { kind: "fault", notification: length };
    }
    return { kind: "message", type: messageType(bytes, start), bytes: this.#octets.take(length) };
  }
}

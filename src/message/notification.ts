/** NOTIFICATION (RFC 4271 §4.5): why a session ends. */

import { familyByCode, limits, printable } from "../types/mod.ts";
import { capabilityName, decodeCapability } from "./capability/registry.ts";
import { CeaseCode, ErrorCode, HeaderError, MessageType, notificationName, OpenError } from "./code_points.ts";
import { Reader } from "./reader.ts";
import { beginMessage, finishMessage } from "./writer.ts";

export interface Notification {
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

/** The longest shutdown communication in octets (RFC 9003 §2). */
const communicationBytes = 255;
/** A description shows at most so many octets of data in hexadecimal. */
const shownBytes = 32;
/** A description names at most so many capabilities: a message has room for thousands. */
const shownNames = 32;

export function createNotification(code: number, subcode = 0, data: Uint8Array = new Uint8Array(0)): Notification {
  return { code, subcode, data };
}

/**
 * A Cease. The communication, a sentence for the peer's operator, is sent with Administrative Shutdown and
 * Administrative Reset only (RFC 9003 §2). It is cut after 255 octets, between characters.
 */
export function cease(subcode: number, communication = ""): Notification {
  if (communication === "" || !carriesCommunication(subcode)) return createNotification(ErrorCode.cease, subcode);
  const data = new Uint8Array(1 + communicationBytes);
  const { written } = new TextEncoder().encodeInto(communication, data.subarray(1));
  data[0] = written;
  return createNotification(ErrorCode.cease, subcode, data.slice(0, 1 + written));
}

/** The whole message. Data that does not fit is cut off: code and subcode matter most. */
export function encodeNotification(notification: Notification, maxLength: number = limits.messageBytes): Uint8Array {
  const { code, subcode, data } = notification;
  const room = maxLength - limits.headerBytes - 2;
  const writer = beginMessage(MessageType.notification, limits.headerBytes + 2 + Math.min(data.length, room));
  writer.u8(code);
  writer.u8(subcode);
  writer.bytes(data.length <= room ? data : data.subarray(0, room));
  return finishMessage(writer, maxLength);
}

/**
 * Decodes a whole message. It finds no faults: an error in a NOTIFICATION is not answered (RFC 4271 §6.4), and the
 * session ends anyway.
 */
export function decodeNotification(bytes: Uint8Array): Notification {
  const reader = new Reader(bytes, limits.headerBytes, Math.max(limits.headerBytes, bytes.length));
  return { code: reader.u8(), subcode: reader.u8(), data: reader.rest() };
}

/** One line for people: `Cease / Administrative Shutdown: "maintenance"`. Text of the peer is quoted and escaped. */
export function describeNotification(notification: Notification): string {
  const { code, subcode, data } = notification;
  const name = notificationName(code, subcode);
  if (data.length === 0) return name;
  const detail = describeData(notification);
  return detail === "" ? name : `${name}: ${detail}`;
}

function describeData({ code, subcode, data }: Notification): string {
  const reader = new Reader(data);
  switch (code) {
    case ErrorCode.messageHeader:
      if (subcode === HeaderError.badMessageLength && data.length === 2) return `length ${reader.u16()}`;
      if (subcode === HeaderError.badMessageType && data.length === 1) return `type ${reader.u8()}`;
      break;
    case ErrorCode.open:
      if (subcode === OpenError.unsupportedVersionNumber && data.length === 2) {
        return `highest version supported is ${reader.u16()}`;
      }
      if (subcode === OpenError.unacceptableHoldTime && data.length === 2) return `${reader.u16()} seconds`;
      if (subcode === OpenError.unsupportedCapability) return describeCapabilities(reader);
      break;
    case ErrorCode.cease:
      if (carriesCommunication(subcode)) return describeCommunication(reader);
      // RFC 8538 §3.1: a Hard Reset holds the code, subcode and data of the NOTIFICATION that it replaces.
      if (subcode === CeaseCode.hardReset && data.length >= 2) return describeInner(data);
      // RFC 4486 §4: AFI, SAFI and the upper bound.
      if (subcode === CeaseCode.maximumPrefixesReached && data.length === 7) {
        const afi = reader.u16(), safi = reader.u8();
        return `${familyByCode(afi, safi)?.name ?? `family ${afi}/${safi}`}, limit ${reader.u32()}`;
      }
      break;
  }
  return `data ${hex(data)}`;
}

function describeInner(data: Uint8Array): string {
  const inner = createNotification(data[0]!, data[1]!, data.subarray(2));
  // A peer could nest Hard Resets as deep as the message allows: only one level is described.
  if (inner.code === ErrorCode.cease && inner.subcode === CeaseCode.hardReset) {
    return notificationName(inner.code, inner.subcode);
  }
  return describeNotification(inner);
}

/** RFC 5492 §5: the missing capabilities, encoded as in an OPEN. */
function describeCapabilities(reader: Reader): string {
  const names: string[] = [];
  while (reader.remaining > 0 && names.length < shownNames) {
    names.push(capabilityName(decodeCapability(reader.u8(), reader.bytes(reader.u8()))));
  }
  return names.join(", ") + (reader.remaining > 0 ? ", …" : "");
}

/** RFC 9003 §2: a length, then that many octets of UTF-8. */
function describeCommunication(reader: Reader): string {
  const octets = reader.bytes(reader.u8());
  if (!reader.ok) return "communication cut short";
  if (octets.length === 0) return "";
  try {
    return quote(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets));
  } catch {
    // RFC 9003 §4: it "MAY be logged in a hexdump format".
    return `communication is not UTF-8, ${hex(octets)}`;
  }
}

function carriesCommunication(subcode: number): boolean {
  return subcode === CeaseCode.administrativeShutdown || subcode === CeaseCode.administrativeReset;
}

/** Text of the peer. */
function quote(text: string): string {
  return printable(JSON.stringify(text));
}

function hex(octets: Uint8Array): string {
  let text = "0x";
  for (const octet of octets.subarray(0, shownBytes)) text += octet.toString(16).padStart(2, "0");
  return octets.length > shownBytes ? `${text}… (${octets.length} octets)` : text;
}

/**
 * PDUs ⇄ octets. A decoder reads one whole PDU, as `framer.ts` returns it, and returns a value or a fault: the Error
 * Report that answers it.
 */

import { type Asn, hasHostBits, maskPrefix, readUint16, readUint32 } from "../../types/mod.ts";
import { Reader, Writer } from "../../message/mod.ts";
import type { Aspa, Vrp } from "../vrp.ts";
import { hasPduType, pduName, PduType, RtrError, type RtrVersion } from "./code_points.ts";

/** Seconds: when to ask again, when to ask again after a failure, when data become too old (8210bis §6). */
export interface RtrTiming {
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
}

export type Pdu = { readonly version: RtrVersion } & PduBody;

export type PduBody =
  | { readonly kind: "serialNotify"; readonly sessionId: number; readonly serial: number }
  | { readonly kind: "serialQuery"; readonly sessionId: number; readonly serial: number }
  | { readonly kind: "resetQuery" }
  | { readonly kind: "cacheResponse"; readonly sessionId: number }
  | { readonly kind: "prefix"; readonly announce: boolean; readonly vrp: Vrp }
  /** Version 0 has no timing. */
  | {
    readonly kind: "endOfData";
    readonly sessionId: number;
    readonly serial: number;
    readonly timing: RtrTiming | undefined;
  }
  | { readonly kind: "cacheReset" }
  | {
    readonly kind: "routerKey";
    readonly announce: boolean;
    readonly asn: Asn;
    /** The 20 octets of the subject key identifier. */
    readonly keyId: Uint8Array;
    readonly publicKey: Uint8Array;
  }
  /** `pdu`: the PDU that has the error, or its beginning; empty where there is none. */
  | { readonly kind: "errorReport"; readonly code: number; readonly pdu: Uint8Array; readonly text: string }
  /** A withdrawal names the customer only. Some caches add its providers; they are read and have no meaning. */
  | { readonly kind: "aspa"; readonly announce: boolean; readonly aspa: Aspa };

/** What is wrong with a PDU. */
export interface RtrFault {
  readonly kind: "fault";
  readonly code: number;
  readonly text: string;
}

export const headerBytes = 8;
/** "This length MUST NOT exceed 65,535 octets" (8210bis §5.1). Earlier versions have no limit, and no longer PDU. */
export const longestPdu = 65_535;

export function fault(code: number, text: string): RtrFault {
  return { kind: "fault", code, text };
}

export function pduLength(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at + 4);
}

/** The length that a PDU of this version and type always has; `undefined` where it varies. */
export function fixedLength(version: number, type: number): number | undefined {
  switch (type) {
    case PduType.serialNotify:
    case PduType.serialQuery:
      return 12;
    case PduType.resetQuery:
    case PduType.cacheResponse:
    case PduType.cacheReset:
      return headerBytes;
    case PduType.ipv4Prefix:
      return 20;
    case PduType.ipv6Prefix:
      return 32;
    case PduType.endOfData:
      return version === 0 ? 12 : 24;
    default:
      return undefined;
  }
}

/** Decodes one whole PDU of a version that exists. */
export function decodePdu(bytes: Uint8Array): Pdu | RtrFault {
  const version = bytes[0] as RtrVersion;
  const type = bytes[1]!;
  if (!hasPduType(version, type)) {
    return fault(RtrError.unsupportedPduType, `version ${version} has no PDU of type ${type}`);
  }
  const length = fixedLength(version, type);
  if (length !== undefined && bytes.length !== length) return badLength(type, bytes.length);
  const body = decodeBody(type, bytes);
  return body.kind === "fault" ? body : { version, ...body };
}

export function badLength(type: number, length: number): RtrFault {
  return fault(RtrError.corruptData, `${pduName(type)} with a length of ${length}`);
}

function decodeBody(type: number, bytes: Uint8Array): PduBody | RtrFault {
  const reader = new Reader(bytes, 2);
  const field = reader.u16();
  reader.u32();
  switch (type) {
    case PduType.serialNotify:
      return { kind: "serialNotify", sessionId: field, serial: reader.u32() };
    case PduType.serialQuery:
      return { kind: "serialQuery", sessionId: field, serial: reader.u32() };
    case PduType.resetQuery:
      return { kind: "resetQuery" };
    case PduType.cacheResponse:
      return { kind: "cacheResponse", sessionId: field };
    case PduType.cacheReset:
      return { kind: "cacheReset" };
    case PduType.endOfData:
      return { kind: "endOfData", sessionId: field, serial: reader.u32(), timing: readTiming(reader) };
    case PduType.routerKey:
      return decodeRouterKey(field >>> 8, reader, bytes.length);
    case PduType.errorReport:
      return decodeErrorReport(field, reader);
    case PduType.aspa:
      return decodeAspa(field >>> 8, bytes);
    default:
      return decodePrefix(bytes);
  }
}

function readTiming(reader: Reader): RtrTiming | undefined {
  return reader.remaining === 0 ? undefined : { refresh: reader.u32(), retry: reader.u32(), expire: reader.u32() };
}

/** The octets of the address in an IPv4 Prefix or IPv6 Prefix. */
export const prefixAt = 12;

export function isAnnouncement(bytes: Uint8Array): boolean {
  return ((bytes[1] === PduType.routerKey || bytes[1] === PduType.aspa ? bytes[2]! : bytes[8]!) & 1) === 1;
}

/**
 * What is wrong with an IPv4 Prefix or IPv6 Prefix of the right length. Since version 2, "the router client MUST verify
 * that the zero bits in the Prefix are set correctly" (8210bis §5.9); caches of earlier versions may send others.
 */
export function prefixFault(bytes: Uint8Array): RtrFault | undefined {
  const bits = bytes[1] === PduType.ipv4Prefix ? 32 : 128;
  const length = bytes[9]!, maxLength = bytes[10]!;
  if (length > bits || maxLength > bits || maxLength < length) {
    return fault(RtrError.corruptData, `${pduName(bytes[1]!)} of length ${length} with maximum length ${maxLength}`);
  }
  if (bytes[0]! >= 2 && hasHostBits(bytes.subarray(prefixAt, prefixAt + bits / 8), length)) {
    return fault(RtrError.corruptData, `${pduName(bytes[1]!)} of length ${length} has bits behind its length`);
  }
  return undefined;
}

function decodePrefix(bytes: Uint8Array): PduBody | RtrFault {
  const wrong = prefixFault(bytes);
  if (wrong !== undefined) return wrong;
  const end = bytes.length - 4;
  const prefix = maskPrefix(bytes.subarray(prefixAt, end), bytes[9]!);
  const vrp = { prefix, maxLength: bytes[10]!, asn: readUint32(bytes, end) };
  return { kind: "prefix", announce: isAnnouncement(bytes), vrp };
}

function decodeRouterKey(flags: number, reader: Reader, length: number): PduBody | RtrFault {
  const keyId = reader.bytes(20);
  const asn = reader.u32();
  if (!reader.ok) return badLength(PduType.routerKey, length);
  return { kind: "routerKey", announce: (flags & 1) === 1, asn, keyId, publicKey: reader.rest() };
}

/** §5.8: both lengths have to agree with that of the PDU. */
function decodeErrorReport(code: number, reader: Reader): PduBody | RtrFault {
  const pdu = reader.bytes(reader.u32());
  const text = reader.bytes(reader.u32());
  if (!reader.finished) return fault(RtrError.corruptData, "Error Report whose lengths do not agree");
  // Some caches end the text with a zero.
  const end = text.indexOf(0);
  return { kind: "errorReport", code, pdu, text: new TextDecoder().decode(end === -1 ? text : text.subarray(0, end)) };
}

/** §5.12. An announcement has at least one provider; AS 0 stands alone; "in increasing numeric order", each once. */
function decodeAspa(flags: number, bytes: Uint8Array): PduBody | RtrFault {
  if (bytes.length < 12 || (bytes.length & 3) !== 0) return badLength(PduType.aspa, bytes.length);
  const announce = (flags & 1) === 1;
  if (!announce && hasEarlierForm(bytes)) {
    return fault(
      RtrError.corruptData,
      "the ASPA has the form of 8210bis-10: flags, family and count before the customer",
    );
  }
  const customer = readUint32(bytes, 8);
  const providers: Asn[] = [];
  for (let at = 12; at < bytes.length; at += 4) {
    const provider = readUint32(bytes, at);
    if (announce && providers.length > 0 && provider <= providers.at(-1)!) {
      return providerFault(customer, "its providers are not in increasing order");
    }
    providers.push(provider);
  }
  if (announce && providers.length === 0) return providerFault(customer, "it has no provider");
  if (announce && providers.length > 1 && providers[0] === 0) return providerFault(customer, "AS 0 is not alone");
  return { kind: "aspa", announce, aspa: { customer, providers } };
}

/**
 * Up to revision 10 of the draft, and in StayRTR 0.5.1, an ASPA has its flags, its address family and the number of
 * providers in the third word. Only the withdrawal of a customer whose number is less by one than that of its providers
 * could look like it, and a withdrawal has none.
 */
function hasEarlierForm(bytes: Uint8Array): boolean {
  return bytes.length >= 16 && bytes[8]! <= 1 && bytes[9]! <= 1 && readUint16(bytes, 10) === (bytes.length - 16) / 4;
}

function providerFault(customer: Asn, what: string): RtrFault {
  return fault(RtrError.aspaProviderList, `ASPA of AS${customer}: ${what}`);
}

/** The whole PDU. Of an Error Report whatever does not fit is cut: first the text, then the PDU it is about. */
export function encodePdu(pdu: Pdu): Uint8Array {
  const writer = new Writer(32);
  writer.u8(pdu.version);
  writer.u8(typeOf(pdu));
  writer.u16(secondField(pdu));
  writer.u32(0);
  encodeBody(pdu, writer);
  const bytes = writer.finish();
  if (bytes.length > longestPdu) throw new RangeError(`a PDU of ${bytes.length} octets`);
  new DataView(bytes.buffer).setUint32(4, bytes.length);
  return bytes;
}

function typeOf(pdu: Pdu): number {
  if (pdu.kind !== "prefix") return PduType[pdu.kind];
  return pdu.vrp.prefix.octets.length === 4 ? PduType.ipv4Prefix : PduType.ipv6Prefix;
}

/** The octets behind the type: a session id, an error code, flags, or nothing. */
function secondField(pdu: Pdu): number {
  switch (pdu.kind) {
    case "serialNotify":
    case "serialQuery":
    case "cacheResponse":
    case "endOfData":
      return pdu.sessionId;
    case "errorReport":
      return pdu.code;
    case "routerKey":
    case "aspa":
      return pdu.announce ? 0x100 : 0;
    default:
      return 0;
  }
}

function encodeBody(pdu: Pdu, writer: Writer): void {
  switch (pdu.kind) {
    case "serialNotify":
    case "serialQuery":
      return writer.u32(pdu.serial);
    case "endOfData":
      return encodeEndOfData(pdu, writer);
    case "prefix":
      writer.u32(((pdu.announce ? 1 : 0) << 24) | (pdu.vrp.prefix.length << 16) | (pdu.vrp.maxLength << 8));
      writer.bytes(pdu.vrp.prefix.octets);
      return writer.u32(pdu.vrp.asn);
    case "routerKey":
      writer.bytes(pdu.keyId);
      writer.u32(pdu.asn);
      return writer.bytes(pdu.publicKey);
    case "aspa":
      writer.u32(pdu.aspa.customer);
      for (const provider of pdu.announce ? pdu.aspa.providers : []) writer.u32(provider);
      return;
    case "errorReport":
      return encodeErrorReport(pdu.pdu, new TextEncoder().encode(pdu.text), writer);
    default:
      return;
  }
}

function encodeEndOfData(pdu: Pdu & { kind: "endOfData" }, writer: Writer): void {
  writer.u32(pdu.serial);
  if (pdu.version === 0) return;
  const { refresh, retry, expire } = pdu.timing ?? defaultTiming;
  writer.u32(refresh);
  writer.u32(retry);
  writer.u32(expire);
}

/** 8210bis §6: "Recommended default". */
export const defaultTiming: RtrTiming = { refresh: 3600, retry: 600, expire: 7200 };

function encodeErrorReport(pdu: Uint8Array, text: Uint8Array, writer: Writer): void {
  const room = longestPdu - headerBytes - 8;
  const shownText = text.subarray(0, Math.min(text.length, 1024));
  const shownPdu = pdu.subarray(0, Math.min(pdu.length, room - shownText.length));
  writer.u32(shownPdu.length);
  writer.bytes(shownPdu);
  writer.u32(shownText.length);
  writer.bytes(shownText);
}

/** OPEN (RFC 4271 §4.2), with optional parameters of both lengths (RFC 9072) and capabilities (RFC 5492). */

import { AS_TRANS, type Asn, limits } from "../types/mod.ts";
import { type Capability, decodeCapability, mergeRepeats, writeCapability } from "./capability/registry.ts";
import { ErrorCode, HeaderError, MessageType, OpenError } from "./code_points.ts";
import { createNotification, type Notification } from "./notification.ts";
import { Reader } from "./reader.ts";
import { beginMessage, finishMessage, Writer } from "./writer.ts";

export interface Open {
  readonly version: number;
  /** The sender's AS: from the 4-octet AS capability where present, else from the field My Autonomous System. */
  readonly asn: Asn;
  readonly holdTimeSeconds: number;
  /** The BGP Identifier. */
  readonly routerId: number;
  readonly capabilities: readonly Capability[];
}

export type OpenResult =
  | { readonly kind: "open"; readonly open: Open }
  | { readonly kind: "fault"; readonly notification: Notification };

const bgpVersion = 4;
/** Offset of Optional Parameters Length. */
const parametersAt = 28;
const capabilitiesParameter = 2;
/** RFC 9072 §2: as length and as type it means that lengths of two octets follow. */
const extendedParameters = 255;

/**
 * Decodes a whole OPEN and makes the checks of RFC 4271 §6.2 that need nothing but the message. The session checks AS,
 * identifier and capabilities against the configuration.
 */
export function decodeOpen(bytes: Uint8Array): OpenResult {
  if (bytes.length <= parametersAt) {
    return fault(HeaderError.badMessageLength, u16(bytes.length), ErrorCode.messageHeader);
  }
  const reader = new Reader(bytes, limits.headerBytes);
  const version = reader.u8();
  // "the Data field is a 2-octet unsigned integer, which indicates the largest, locally-supported version number".
  if (version !== bgpVersion) return fault(OpenError.unsupportedVersionNumber, u16(bgpVersion));
  const myAs = reader.u16();
  if (myAs === 0) return fault(OpenError.badPeerAs); // RFC 7607 §2
  const holdTimeSeconds = reader.u16();
  if (holdTimeSeconds === 1 || holdTimeSeconds === 2) return fault(OpenError.unacceptableHoldTime);
  const routerId = reader.u32();
  if (routerId === 0) return fault(OpenError.badBgpIdentifier); // RFC 6286 §2.2

  const parameters = decodeParameters(bytes);
  if (parameters.kind === "fault") return parameters;
  const capabilities = mergeRepeats(parameters.capabilities);
  const fourOctetAs = capabilities.find((capability) => capability.kind === "fourOctetAs");
  if (fourOctetAs?.asn === 0) return fault(OpenError.badPeerAs); // RFC 7607 §2
  // RFC 9234 §4.2: several roles that differ. `mergeRepeats` has merged identical ones.
  if (capabilities.filter((capability) => capability.kind === "role").length > 1) return fault(OpenError.roleMismatch);
  return {
    kind: "open",
    open: { version, asn: fourOctetAs?.asn ?? myAs, holdTimeSeconds, routerId, capabilities },
  };
}

type ParametersResult =
  | { readonly kind: "parameters"; readonly capabilities: Capability[] }
  | { readonly kind: "fault"; readonly notification: Notification };

function decodeParameters(bytes: Uint8Array): ParametersResult {
  const length = bytes[parametersAt]!;
  // RFC 9072 §2: type 255 selects the extended form; the one-octet length is then ignored, but must not be 0.
  const extended = length !== 0 && bytes[parametersAt + 1] === extendedParameters;
  const parameters = new Reader(bytes, parametersAt + (extended ? 2 : 1));
  const declared = extended ? parameters.u16() : length;
  if (!parameters.ok || declared !== parameters.remaining) return fault(OpenError.unspecific);

  const capabilities: Capability[] = [];
  while (parameters.remaining > 0) {
    const type = parameters.u8();
    const value = parameters.sub(extended ? parameters.u16() : parameters.u8());
    if (!parameters.ok) return fault(OpenError.unspecific);
    if (type !== capabilitiesParameter) return fault(OpenError.unsupportedOptionalParameter);
    while (value.remaining > 0) {
      const code = value.u8();
      const octets = value.bytes(value.u8());
      // "recognized, but is malformed": subcode 0 (RFC 4271 §6.2).
      if (!value.ok) return fault(OpenError.unspecific);
      capabilities.push(decodeCapability(code, octets));
    }
  }
  return { kind: "parameters", capabilities };
}

/**
 * The whole message. An AS above 65535 becomes AS_TRANS in My Autonomous System; the caller provides its `fourOctetAs`
 * capability among the others. Throws where the capabilities do not fit into 4,096 octets.
 */
export function encodeOpen(open: Open): Uint8Array {
  const capabilities = new Writer(256);
  for (const capability of open.capabilities) writeCapability(capability, capabilities);

  const writer = beginMessage(MessageType.open, parametersAt + 8 + capabilities.length);
  writer.u8(open.version);
  writer.u16(open.asn > 0xffff ? AS_TRANS : open.asn);
  writer.u16(open.holdTimeSeconds);
  writer.u32(open.routerId);
  // RFC 5492 §4: all capabilities in one parameter.
  const length = capabilities.length;
  if (length === 0) {
    writer.u8(0);
  } else if (length + 2 <= 255) {
    writer.u8(length + 2);
    writer.u8(capabilitiesParameter);
    writer.u8(length);
  } else {
    writer.u8(extendedParameters);
    writer.u8(extendedParameters);
    writer.u16(length + 3);
    writer.u8(capabilitiesParameter);
    writer.u16(length);
  }
  writer.bytes(capabilities.finish());
  return finishMessage(writer);
}

function fault(subcode: number, data?: Uint8Array, code: number = ErrorCode.open): {
  readonly kind: "fault";
  readonly notification: Notification;
} {
  return { kind: "fault", notification: createNotification(code, subcode, data) };
}

function u16(value: number): Uint8Array {
  return new Uint8Array([value >>> 8, value & 255]);
}

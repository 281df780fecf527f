/**
 * The value of an NLRI as octets (see {@link Nlri}). In a canonical attribute set it stands as attribute 14: no other
 * use of MP_REACH_NLRI is possible there, because its next hop is attribute 3 and its keys are the destinations.
 *
 * Layout: one octet that says what follows (bit 7: an ESI; bits 0 to 4: octets of the gateway) and whether the route
 * leads to a MAC address (bit 6), the ESI of 10 octets, the gateway, then labels of 3 octets each, as on the wire.
 */

export interface NlriValue {
  /** Each label of 3 octets as it was on the wire, as a number of 24 bits: an MPLS label is `label >>> 4`. */
  readonly labels: readonly number[];
  /** Ethernet Segment Identifier, 10 octets. */
  readonly esi?: Uint8Array;
  /** 4 or 16 octets. */
  readonly gateway?: Uint8Array;
  /** The route leads to a MAC address, which can move (RFC 7432 §15). Only {@link encodeNlriValue} looks at it. */
  readonly isMac?: true;
}

const hasEsi = 0x80;
const isMacBit = 0x40;
const gatewayMask = 0x1f;
const ESI_BYTES = 10;
const LABEL_BYTES = 3;

/** Without labels, ESI and gateway: no octets. */
export function encodeNlriValue({ labels, esi, gateway, isMac }: NlriValue): Uint8Array {
  if (labels.length === 0 && esi === undefined && gateway === undefined) return new Uint8Array(0);
  const gatewayAt = esi === undefined ? 1 : 1 + ESI_BYTES;
  let at = gatewayAt + (gateway?.length ?? 0);
  const bytes = new Uint8Array(at + LABEL_BYTES * labels.length);
  bytes[0] = (esi === undefined ? 0 : hasEsi) | (isMac === true ? isMacBit : 0) | (gateway?.length ?? 0);
  if (esi !== undefined) bytes.set(esi, 1);
  if (gateway !== undefined) bytes.set(gateway, gatewayAt);
  for (const label of labels) {
    bytes[at++] = label >>> 16;
    bytes[at++] = label >>> 8;
    bytes[at++] = label;
  }
  return bytes;
}

/** The labels in octets that {@link encodeNlriValue} made, as they stand on the wire. */
export function labelsIn(value: Uint8Array): Uint8Array {
  return value.subarray(1 + ((value[0]! & hasEsi) === 0 ? 0 : ESI_BYTES) + (value[0]! & gatewayMask));
}

/** True where the value that begins at `at` has an ESI and a gateway, too. */
export function hasEsiAndGateway(bytes: Uint8Array, at: number): boolean {
  return (bytes[at]! & hasEsi) !== 0 && (bytes[at]! & gatewayMask) !== 0;
}

/** True where the value that begins at `at` is that of a route to a MAC address. */
export function isValueOfMac(bytes: Uint8Array, at: number): boolean {
  return (bytes[at]! & isMacBit) !== 0;
}

/** The inverse, of octets that {@link encodeNlriValue} made. */
export function decodeNlriValue(bytes: Uint8Array): NlriValue {
  if (bytes.length === 0) return { labels: [] };
  const gatewayBytes = bytes[0]! & gatewayMask;
  const esiEnd = 1 + ((bytes[0]! & hasEsi) === 0 ? 0 : ESI_BYTES);
  const gatewayEnd = esiEnd + gatewayBytes;
  const labels: number[] = [];
  for (let at = gatewayEnd; at + LABEL_BYTES <= bytes.length; at += LABEL_BYTES) {
    labels.push((bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!);
  }
  return {
    labels,
    ...esiEnd > 1 && { esi: bytes.slice(1, esiEnd) },
    ...gatewayBytes > 0 && { gateway: bytes.slice(esiEnd, gatewayEnd) },
  };
}

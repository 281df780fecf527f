/**
 * NLRI of EVPN (RFC 7432 §7, RFC 9136 §3.1): a type, a length, and what the type says. Routes of types that this file
 * does not know keep their octets, and their whole NLRI is the key (RFC 7606 §5.4 allows a specification to say what
 * follows; a route reflector that drops them would break those who know the type).
 *
 * | type | key, after the type | value |
 * |---|---|---|
 * | 1 Ethernet auto-discovery | RD, ESI, Ethernet tag | label |
 * | 2 MAC/IP advertisement | RD, Ethernet tag, MAC, IP or none | ESI, one or two labels |
 * | 3 inclusive multicast | RD, Ethernet tag, address of the originator | |
 * | 4 Ethernet segment | RD, ESI, address of the originator | |
 * | 5 IP prefix | RD, Ethernet tag, length, prefix | ESI, gateway, label |
 *
 * An ESI and a gateway of zeroes say that there is none (RFC 7432 §5, RFC 9136 §3.1), so the value leaves them out.
 */

import { maskPrefix } from "../../types/mod.ts";
import type { Nlri, NlriCodec } from "./codec.ts";
import { evpnFields, EvpnType, formatEvpn, parseEvpn } from "./evpn_text.ts";
import { LABEL_BYTES, labelOctets, readLabels } from "./labels.ts";
import { RD_BYTES } from "./rd.ts";
import { decodeNlriValue, encodeNlriValue } from "./value.ts";

const HEADER = 2;
const RD = RD_BYTES;
const ESI = 10;
const TAG = 4;
const MAC = 6;
const MAC_BITS = 48;
const MAC_LENGTH_AT = RD + ESI + TAG;
const IP_LENGTH_AT = MAC_LENGTH_AT + 1 + MAC;
const noAddress = new Uint8Array(16);

export const evpnCodec: NlriCodec = {
  size(bytes, at, end) {
    if (at + HEADER > end) return -1;
    const size = HEADER + bytes[at + 1]!;
    return at + size <= end ? size : -1;
  },
  fault(bytes, start, end) {
    const at = start + HEADER;
    const type = bytes[start]!;
    const text = typeFault(type, bytes, at, end - at);
    return text === undefined ? undefined : `of type ${type} with ${text}`;
  },
  split: (bytes, start, end, withdrawn) => {
    const { key, value } = splitType(bytes[start]!, bytes, start + HEADER, end);
    return withdrawn ? { key, value: noValue } : { key, value };
  },
  join: (key, value) => {
    const body = joinType(key, value);
    const wire = new Uint8Array(HEADER + body.length);
    wire[0] = key[0]!;
    wire[1] = body.length;
    wire.set(body, HEADER);
    return wire;
  },
  format: formatEvpn,
  parse: parseEvpn,
  fields: evpnFields,
};

const noValue = new Uint8Array(0);

/** What is wrong with the octets of a known type, to follow "with ". */
function typeFault(type: number, bytes: Uint8Array, at: number, length: number): string | undefined {
  const wrong = `a length of ${length}`;
  switch (type) {
    case EvpnType.autoDiscovery:
      return length === RD + ESI + TAG + LABEL_BYTES ? undefined : wrong;
    case EvpnType.macIp:
      return macIpFault(bytes, at, length);
    case EvpnType.multicast:
      return addressFault(bytes, at, length, RD + TAG);
    case EvpnType.ethernetSegment:
      return addressFault(bytes, at, length, RD + ESI);
    case EvpnType.ipPrefix: {
      if (length !== 34 && length !== 58) return wrong;
      const bits = bytes[at + RD + ESI + TAG]!;
      return bits <= (length === 34 ? 32 : 128) ? undefined : `a prefix length of ${bits}`;
    }
    default:
      return undefined;
  }
}

/** RFC 7432 §7.2: a MAC address of 48 bits, an IP address of 0, 32 or 128 bits, and one label or two. */
function macIpFault(bytes: Uint8Array, at: number, length: number): string | undefined {
  if (length < IP_LENGTH_AT + 1 + LABEL_BYTES) return `a length of ${length}`;
  if (bytes[at + MAC_LENGTH_AT] !== MAC_BITS) return `a MAC address of ${bytes[at + MAC_LENGTH_AT]} bits`;
  const bits = bytes[at + IP_LENGTH_AT]!;
  if (bits !== 0 && bits !== 32 && bits !== 128) return `an IP address of ${bits} bits`;
  const rest = length - IP_LENGTH_AT - 1 - bits / 8;
  return rest === LABEL_BYTES || rest === 2 * LABEL_BYTES ? undefined : `a length of ${length}`;
}

/** Types 3 and 4 end with the length of an address in bits, and the address. */
function addressFault(bytes: Uint8Array, at: number, length: number, lengthAt: number): string | undefined {
  if (length <= lengthAt) return `a length of ${length}`;
  const bits = bytes[at + lengthAt]!;
  if (bits !== 32 && bits !== 128) return `an IP address of ${bits} bits`;
  return length === lengthAt + 1 + bits / 8 ? undefined : `a length of ${length}`;
}

function splitType(type: number, bytes: Uint8Array, at: number, end: number): Nlri {
  const take = (from: number, count: number) => bytes.subarray(at + from, at + from + count);
  const rest = (from: number) => bytes.subarray(at + from, end);
  const tag = take(RD + ESI, TAG);
  switch (type) {
    case EvpnType.autoDiscovery:
      return {
        key: join(type, take(0, RD + ESI + TAG)),
        value: encodeNlriValue({ labels: readLabels(bytes, at + RD + ESI + TAG, 1) }),
      };
    case EvpnType.macIp: {
      const ipBytes = bytes[at + IP_LENGTH_AT]! / 8;
      const labelsAt = at + IP_LENGTH_AT + 1 + ipBytes;
      const labels = readLabels(bytes, labelsAt, (end - labelsAt) / LABEL_BYTES);
      const key = join(type, take(0, RD), tag, take(MAC_LENGTH_AT + 1, MAC), take(IP_LENGTH_AT + 1, ipBytes));
      return { key, value: encodeNlriValue({ labels, ...esiOf(take(RD, ESI)), isMac: true }) };
    }
    case EvpnType.multicast:
      return { key: join(type, take(0, RD + TAG), rest(RD + TAG + 1)), value: noValue };
    case EvpnType.ethernetSegment:
      return { key: join(type, take(0, RD + ESI), rest(RD + ESI + 1)), value: noValue };
    case EvpnType.ipPrefix: {
      const lengthAt = RD + ESI + TAG;
      const ipBytes = end - at === 34 ? 4 : 16;
      const length = take(lengthAt, 1);
      const { octets } = maskPrefix(take(lengthAt + 1, ipBytes), length[0]!);
      const gateway = take(lengthAt + 1 + ipBytes, ipBytes);
      const value = {
        labels: readLabels(bytes, end - LABEL_BYTES, 1),
        ...esiOf(take(RD, ESI)),
        ...isZero(gateway) ? {} : { gateway },
      };
      return { key: join(type, take(0, RD), tag, length, octets), value: encodeNlriValue(value) };
    }
    default:
      return { key: join(type, rest(0)), value: noValue };
  }
}

function joinType(key: Uint8Array, octets: Uint8Array | undefined): Uint8Array {
  const value = decodeNlriValue(octets ?? noValue);
  const esi = value.esi ?? noAddress.subarray(0, ESI);
  const rd = key.subarray(1, 1 + RD);
  const rest = (from: number) => key.subarray(1 + from);
  const written = value.labels.length === 0 ? [0] : value.labels;
  const label = labelOctets(written.slice(0, 1));
  switch (key[0]) {
    case EvpnType.autoDiscovery:
      return concat(rest(0), label);
    case EvpnType.macIp: {
      const ip = rest(RD + TAG + MAC);
      const mac = key.subarray(1 + RD + TAG, 1 + RD + TAG + MAC);
      return concat(
        rd,
        esi,
        key.subarray(1 + RD, 1 + RD + TAG),
        [MAC_BITS],
        mac,
        [ip.length * 8],
        ip,
        labelOctets(written.slice(0, 2)),
      );
    }
    case EvpnType.multicast:
      return withAddress(key, RD + TAG);
    case EvpnType.ethernetSegment:
      return withAddress(key, RD + ESI);
    case EvpnType.ipPrefix: {
      const ipBytes = key.length - 1 - RD - TAG - 1;
      const gateway = value.gateway?.length === ipBytes ? value.gateway : noAddress.subarray(0, ipBytes);
      return concat(rd, esi, rest(RD), gateway, label);
    }
    default:
      return rest(0);
  }
}

/** Before the address, the key gets its length in bits. */
function withAddress(key: Uint8Array, addressAt: number): Uint8Array {
  const address = key.subarray(1 + addressAt);
  return concat(key.subarray(1, 1 + addressAt), [address.length * 8], address);
}

function esiOf(esi: Uint8Array): { esi?: Uint8Array } {
  return isZero(esi) ? {} : { esi };
}

function isZero(octets: Uint8Array): boolean {
  return octets.every((octet) => octet === 0);
}

function join(type: number, ...parts: readonly ArrayLike<number>[]): Uint8Array {
  return concat([type], ...parts);
}

function concat(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

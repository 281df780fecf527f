/**
 * NLRI of SR Policy (RFC 9830 §2.1): a length in bits, then distinguisher, color and endpoint. The whole NLRI is the
 * key; the policy itself is the attribute TUNNEL_ENCAPSULATION.
 */

import { formatAddress, parseAddress, readUint32, writeUint32 } from "../../types/mod.ts";
import type { NlriCodec } from "./codec.ts";

/** Distinguisher and color. */
const NUMBERS = 8;

export function srPolicyCodec(addressBytes: 4 | 16): NlriCodec {
  const bits = 8 * (NUMBERS + addressBytes);
  return {
    size(bytes, at, end) {
      const size = 1 + ((bytes[at]! + 7) >> 3);
      return at + size <= end ? size : -1;
    },
    fault: (bytes, start) => bytes[start] === bits ? undefined : `of ${bytes[start]} bits, not ${bits}`,
    split: (bytes, start, end) => ({ key: bytes.slice(start, end), value: new Uint8Array(0) }),
    join: (key) => key,
    format(key) {
      const endpoint = formatAddress(key.subarray(1 + NUMBERS));
      return `distinguisher ${readUint32(key, 1)} color ${readUint32(key, 5)} endpoint ${endpoint}`;
    },
    parse(text) {
      const match = /^distinguisher (\d{1,10}) color (\d{1,10}) endpoint (\S+)$/.exec(text.trim().replace(/\s+/g, " "));
      const example = addressBytes === 4 ? "192.0.2.1" : "2001:db8::1";
      if (match === null) return { error: `"${text}" is not "distinguisher 1 color 100 endpoint ${example}"` };
      const [distinguisher, color] = match.slice(1, 3).map(Number);
      for (const number of [distinguisher!, color!]) {
        if (number > 0xffffffff) return { error: `"${number}" is more than 4294967295` };
      }
      const endpoint = parseAddress(match[3]!);
      if (endpoint?.length !== addressBytes) {
        return { error: `"${match[3]}" is no IPv${addressBytes === 4 ? 4 : 6} address` };
      }
      const key = new Uint8Array(1 + NUMBERS + addressBytes);
      key[0] = bits;
      writeUint32(key, 1, distinguisher!);
      writeUint32(key, 5, color!);
      key.set(endpoint, 1 + NUMBERS);
      return key;
    },
    fields: (key) => ({
      more: {
        distinguisher: readUint32(key, 1),
        color: readUint32(key, 5),
        endpoint: formatAddress(key.subarray(1 + NUMBERS)),
      },
    }),
  };
}

/**
 * Route target membership (RFC 4684 §4): which VPN routes a speaker wants. A length in bits, then the AS of the speaker
 * and a route target, of which the length may cover a part; length 0 wants every route.
 *
 * Key: the whole NLRI, bits beyond the length zero. Text: `default`, `65000 rt:65000:100`, and with a part of the route
 * target `65000 0x0002fde800000000/80`, where the length counts the 32 bits of the AS.
 */

import { parseAsn, readUint32, writeUint32 } from "../../types/mod.ts";
import { formatExtCommunity, parseExtCommunity } from "../ext_community_text.ts";
import type { NlriCodec, NlriTextError } from "./codec.ts";

const AS_BITS = 32;
const MOST_BITS = 96;
const RT_BYTES = 8;

export const rtcCodec: NlriCodec = {
  size(bytes, at, end) {
    const length = 1 + ((bytes[at]! + 7) >> 3);
    return at + length > end ? -1 : length;
  },
  fault(bytes, start) {
    const bits = bytes[start]!;
    return bits === 0 || bits >= AS_BITS && bits <= MOST_BITS ? undefined : `of ${bits} bits, not 0 or 32 to 96`;
  },
  split(bytes, start, end) {
    const key = bytes.slice(start, end);
    const used = key[0]! & 7;
    if (used !== 0) key[key.length - 1]! &= 0xff00 >> used;
    return { key, value: new Uint8Array(0) };
  },
  join: (key) => key,
  format(key) {
    const bits = key[0]!;
    if (bits === 0) return "default";
    const asn = readUint32(key, 1);
    const target = new Uint8Array(RT_BYTES);
    target.set(key.subarray(5));
    return bits === MOST_BITS ? `${asn} ${formatExtCommunity(target)}` : `${asn} 0x${target.toHex()}/${bits}`;
  },
  parse: parseMembership,
  fields(key) {
    if (key[0]! === 0) return {};
    const target = rtcTarget(key);
    return {
      more: {
        origin_as: readUint32(key, 1),
        ...target && { route_target: formatExtCommunity(target) },
      },
    };
  },
};

/** The route target of a key of `rtc`, `undefined` where the key covers a part of it only. */
export function rtcTarget(key: Uint8Array): Uint8Array | undefined {
  return key[0] === MOST_BITS ? key.subarray(5) : undefined;
}

function parseMembership(text: string): Uint8Array | NlriTextError {
  const [asnText, targetText, ...rest] = text.trim().split(/\s+/);
  if (asnText === "default" && targetText === undefined) return Uint8Array.of(0);
  const asn = parseAsn(asnText!);
  if (asn === undefined) return { error: `"${asnText}" is no AS number` };
  const [, whole, bitsText] = /^([^/]*)(?:\/(\d{1,2}))?$/.exec(targetText ?? "") ?? [];
  const target = parseExtCommunity(whole ?? "");
  const bits = bitsText === undefined ? MOST_BITS : Number(bitsText);
  if (target === undefined || rest.length > 0 || bits < AS_BITS || bits > MOST_BITS) {
    return { error: `"${[targetText, ...rest].join(" ")}" is no route target (rt:65000:100)` };
  }
  const nlri = new Uint8Array(1 + MOST_BITS / 8);
  nlri[0] = bits;
  writeUint32(nlri, 1, asn);
  nlri.set(target, 5);
  const size = 1 + ((bits + 7) >> 3);
  return rtcCodec.split(nlri, 0, size, false).key;
}

/**
 * NLRI with labels: labelled unicast (RFC 8277) and L3VPN (RFC 4364 §4.3.4, RFC 4659 §3.2), which has a Route
 * Distinguisher between the labels and the prefix.
 *
 * ```
 * | length in bits of all that follows | label (3 octets) … | RD (8 octets, VPN only) | prefix |
 * ```
 *
 * Key: the RD, if there is one, the length of the prefix in bits, and the octets of the prefix, bits beyond its length
 * zero. Value: the labels.
 */

import { formatPrefix, parsePrefix, type Prefix } from "../../types/mod.ts";
import type { Nlri, NlriCodec, NlriFields, NlriTextError } from "./codec.ts";
import { countLabels, LABEL_BYTES, labelOctets, readLabels } from "./labels.ts";
import { formatRd, parseRd, RD_BYTES, rdForms } from "./rd.ts";
import { encodeNlriValue, labelsIn } from "./value.ts";

const noValue = new Uint8Array(0);
const ofWithdrawn = Uint8Array.from(labelOctets(undefined));
/** Label 3, "implicit null": packets need no label (RFC 3032 §2.1). A route that nobody gave a label has it. */
const implicitNull = Uint8Array.of(0, 0, 0x31);
const LABEL_BITS = 8 * LABEL_BYTES;

/** The codec for addresses of 4 or 16 octets, with or without an RD. */
export function labeledCodec(addressBytes: 4 | 16, withRd: boolean): NlriCodec {
  const rdBytes = withRd ? RD_BYTES : 0;
  const addressBits = 8 * addressBytes;

  function size(bytes: Uint8Array, at: number, end: number): number {
    const length = 1 + ((bytes[at]! + 7) >> 3);
    return at + length > end ? -1 : length;
  }

  function fault(bytes: Uint8Array, start: number, _end: number, withdrawn: boolean): string | undefined {
    const bits = bytes[start]!;
    if (bits < LABEL_BITS + 8 * rdBytes) {
      return `of ${bits} bits, which is too short for a label${withRd ? " and an RD" : ""}`;
    }
    const labels = countLabels(bytes, start + 1, bits, 8 * rdBytes, withdrawn);
    const prefixBits = bits - LABEL_BITS * labels - 8 * rdBytes;
    return prefixBits > addressBits ? `with a prefix of ${prefixBits} bits` : undefined;
  }

  function split(bytes: Uint8Array, start: number, end: number, withdrawn: boolean): Nlri {
    const bits = bytes[start]!;
    const count = countLabels(bytes, start + 1, bits, 8 * rdBytes, withdrawn);
    const rd = start + 1 + LABEL_BYTES * count;
    const prefix = rd + rdBytes;
    const length = bits - LABEL_BITS * count - 8 * rdBytes;
    const key = new Uint8Array(rdBytes + 1 + end - prefix);
    // Loops: for so few octets they are faster than `set` with a view.
    for (let i = 0; i < rdBytes; i++) key[i] = bytes[rd + i]!;
    key[rdBytes] = length;
    for (let at = prefix, to = rdBytes + 1; at < end;) key[to++] = bytes[at++]!;
    // RFC 4271 §4.3: "the value of trailing bits is irrelevant".
    if ((length & 7) !== 0) key[key.length - 1]! &= 0xff00 >> (length & 7);
    return { key, value: withdrawn ? noValue : encodeNlriValue({ labels: readLabels(bytes, start + 1, count) }) };
  }

  function join(key: Uint8Array, value: Uint8Array | undefined): Uint8Array {
    const labels = value === undefined ? ofWithdrawn : value.length === 0 ? implicitNull : labelsIn(value);
    const size = labels.length;
    const nlri = new Uint8Array(size + key.length);
    nlri[0] = 8 * (size + rdBytes) + key[rdBytes]!;
    for (let i = 0; i < size; i++) nlri[1 + i] = labels[i]!;
    for (let i = 0; i < rdBytes; i++) nlri[1 + size + i] = key[i]!;
    for (let i = rdBytes + 1; i < key.length; i++) nlri[size + i] = key[i]!;
    return nlri;
  }

  function prefixOf(key: Uint8Array): Prefix {
    const octets = new Uint8Array(addressBytes);
    octets.set(key.subarray(rdBytes + 1));
    return { octets, length: key[rdBytes]! };
  }

  function format(key: Uint8Array): string {
    const prefix = formatPrefix(prefixOf(key));
    return withRd ? `${formatRd(key)} ${prefix}` : prefix;
  }

  function fields(key: Uint8Array): NlriFields {
    const prefix = prefixOf(key);
    return withRd ? { rd: formatRd(key), prefix } : { prefix };
  }

  const parse = (text: string) => parseDestination(text, addressBytes, withRd);

  return { size, fault, split, join, format, parse, fields };
}

/** `65000:1 192.0.2.0/24`, without an RD `192.0.2.0/24`. */
function parseDestination(text: string, addressBytes: number, withRd: boolean): Uint8Array | NlriTextError {
  const [rdText, prefixText, ...rest] = withRd ? text.trim().split(/\s+/) : ["", text.trim()];
  const rd = withRd ? parseRd(rdText!) : new Uint8Array(0);
  if (rd === undefined) return { error: `"${rdText}" is no RD ${rdForms}` };
  const prefix = prefixText === undefined ? undefined : parsePrefix(prefixText);
  if (prefix?.octets.length !== addressBytes || rest.length > 0) {
    const kind = addressBytes === 4 ? "IPv4 prefix (192.0.2.0/24)" : "IPv6 prefix (2001:db8::/32)";
    return { error: `"${[prefixText, ...rest].join(" ")}" is no ${kind}` };
  }
  return Uint8Array.of(...rd, prefix.length, ...prefix.octets.subarray(0, (prefix.length + 7) >> 3));
}

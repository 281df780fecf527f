/**
 * NLRI of VPLS: a block of labels of a VPLS edge (RFC 4761 §3.2.2), or the address of one (RFC 6074 §3.2.2.1). A length
 * of two octets tells them apart.
 *
 * ```
 * | length 17 | RD (8 octets) | VE ID (2) | VE block offset (2) | VE block size (2) | label base (3) |
 * | length 12 | RD (8 octets) | address (4) |
 * ```
 *
 * Key: all of it but the label base, which is the value. NLRI of other lengths are a key as a whole.
 */

import { formatAddress, parseIpv4Number, readUint16, writeUint16, writeUint32 } from "../../types/mod.ts";
import type { NlriCodec, NlriTextError } from "./codec.ts";
import { LABEL_BYTES, labelOctets, readLabels } from "./labels.ts";
import { formatRd, parseRd, RD_BYTES, rdForms } from "./rd.ts";
import { decodeNlriValue, encodeNlriValue } from "./value.ts";

const LENGTH_BYTES = 2;
const DISCOVERY = RD_BYTES + 4;
const BLOCK = RD_BYTES + 6 + LABEL_BYTES;
const BLOCK_KEY = LENGTH_BYTES + BLOCK - LABEL_BYTES;
const noValue = new Uint8Array(0);

export const vplsCodec: NlriCodec = {
  size(bytes, at, end) {
    if (at + LENGTH_BYTES > end) return -1;
    const size = LENGTH_BYTES + readUint16(bytes, at);
    return at + size <= end ? size : -1;
  },
  fault(bytes, start) {
    const length = readUint16(bytes, start);
    return length === DISCOVERY || length >= BLOCK ? undefined : `with a length of ${length}`;
  },
  split(bytes, start, end, withdrawn) {
    if (end - start !== LENGTH_BYTES + BLOCK) return { key: bytes.slice(start, end), value: noValue };
    const labelAt = end - LABEL_BYTES;
    const value = withdrawn ? noValue : encodeNlriValue({ labels: readLabels(bytes, labelAt, 1) });
    return { key: bytes.slice(start, labelAt), value };
  },
  join(key, value) {
    if (key.length !== BLOCK_KEY) return key;
    const { labels } = decodeNlriValue(value ?? noValue);
    return Uint8Array.of(...key, ...labelOctets(labels.length === 0 ? [0] : labels.slice(0, 1)));
  },
  format(key) {
    const rd = formatRd(key, LENGTH_BYTES);
    const at = LENGTH_BYTES + RD_BYTES;
    if (key.length === LENGTH_BYTES + DISCOVERY) return `rd ${rd} address ${formatAddress(key.subarray(at))}`;
    if (key.length !== BLOCK_KEY) return `0x${key.subarray(LENGTH_BYTES).toHex()}`;
    const [ve, offset, size] = [0, 2, 4].map((from) => readUint16(key, at + from));
    return `rd ${rd} ve ${ve} offset ${offset} size ${size}`;
  },
  parse: parseVpls,
  fields(key) {
    const at = LENGTH_BYTES + RD_BYTES;
    const rd = formatRd(key, LENGTH_BYTES);
    if (key.length === LENGTH_BYTES + DISCOVERY) return { rd, more: { address: formatAddress(key.subarray(at)) } };
    if (key.length < BLOCK_KEY) return { rd };
    const [ve_id, block_offset, block_size] = [0, 2, 4].map((from) => readUint16(key, at + from));
    return { rd, more: { ve_id: ve_id!, block_offset: block_offset!, block_size: block_size! } };
  },
};

const blockForm = /^rd (\S+) ve (\d{1,5}) offset (\d{1,5}) size (\d{1,5})$/;
const discoveryForm = /^rd (\S+) address (\S+)$/;

function parseVpls(text: string): Uint8Array | NlriTextError {
  const words = text.trim().replace(/\s+/g, " ");
  const digits = /^0x((?:[0-9a-fA-F]{2})+)$/.exec(words)?.[1];
  if (digits !== undefined) {
    const octets = Uint8Array.fromHex(digits);
    if (octets.length > BLOCK && octets.length < 0x10000) return withLength(octets.length, octets);
    return { error: `"${text}" has ${octets.length} octets, not more than ${BLOCK}` };
  }
  const block = blockForm.exec(words);
  const discovery = block === null ? discoveryForm.exec(words) : null;
  const rdText = (block ?? discovery)?.[1];
  if (rdText === undefined) {
    return { error: `"${text}" is not "rd 65000:1 ve 1 offset 1 size 8" or "rd 65000:1 address 192.0.2.1"` };
  }
  const rd = parseRd(rdText);
  if (rd === undefined) return { error: `"${rdText}" is no RD ${rdForms}` };
  const behind = new Uint8Array(block === null ? 4 : 6);
  if (block === null) {
    const address = parseIpv4Number(discovery![2]!);
    if (address === undefined) return { error: `"${discovery![2]}" is no IPv4 address` };
    writeUint32(behind, 0, address);
    return withLength(DISCOVERY, rd, behind);
  }
  for (const [i, number] of block.slice(2).map(Number).entries()) {
    if (number > 0xffff) return { error: `"${number}" is more than 65535` };
    writeUint16(behind, 2 * i, number);
  }
  return withLength(BLOCK, rd, behind);
}

function withLength(length: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.of(length >>> 8, length & 255, ...parts.flatMap((part) => [...part]));
}

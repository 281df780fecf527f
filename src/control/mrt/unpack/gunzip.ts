/**
 * gzip (RFC 1952): any number of members one after the other, as collectors append them. It refuses what `gzip -t`
 * refuses: an incomplete member, a wrong checksum, data that are not a member. Everything before the damage is
 * delivered.
 */

import { crc32 } from "node:zlib";
import { Inflater } from "./inflate.ts";
import { type OctetSource, PackedError } from "./octet_source.ts";

const flag = { headerCheck: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;
/** The greatest length of a name or comment. */
const mostText = 65_536;

/** True if the octets begin a gzip member. */
export function isGzip(octets: Uint8Array): boolean {
  return octets[0] === 0x1f && octets[1] === 0x8b;
}

export async function* gunzip(source: OctetSource): AsyncGenerator<Uint8Array> {
  while (await isMember(source)) {
    await skipHeader(source);
    let check = 0;
    let length = 0;
    for await (const piece of new Inflater(source).pieces()) {
      check = crc32(piece, check);
      length = (length + piece.length) >>> 0;
      yield piece;
    }
    if (!await source.want(8)) throw new PackedError("its gzip data end early");
    const trailer = new DataView(source.bytes.buffer, source.bytes.byteOffset + source.start, 8);
    source.start += 8;
    if (trailer.getUint32(0, true) !== check) throw new PackedError("its gzip data have a wrong checksum");
    if (trailer.getUint32(4, true) !== length) throw new PackedError("its gzip data have a wrong length");
  }
}

/** False at the end of the file. Zeroes after a member are padding, as on tapes; other data are refused. */
async function isMember(source: OctetSource): Promise<boolean> {
  let isPadded = false;
  while (await source.want(1)) {
    const first = source.bytes[source.start]!;
    if (first === 0) {
      isPadded = true;
      source.start++;
      continue;
    }
    if (!isPadded && await source.want(2) && isGzip(source.bytes.subarray(source.start))) return true;
    throw new PackedError("other data follow its gzip data");
  }
  return false;
}

async function skipHeader(source: OctetSource): Promise<void> {
  await skip(source, 10, ({ bytes, start }) => {
    if (bytes[start + 2] !== 8) {
      throw new PackedError(`its gzip data use unknown compression method ${bytes[start + 2]}`);
    }
  });
  const flags = source.bytes[source.start - 7]!;
  if ((flags & flag.reserved) !== 0) throw new PackedError(`its gzip data have unknown flags (${flags})`);
  if ((flags & flag.extra) !== 0) {
    await skip(source, 2);
    const { bytes, start } = source;
    await skip(source, bytes[start - 2]! | (bytes[start - 1]! << 8));
  }
  if ((flags & flag.name) !== 0) await skipText(source);
  if ((flags & flag.comment) !== 0) await skipText(source);
  if ((flags & flag.headerCheck) !== 0) await skip(source, 2);
}

async function skip(source: OctetSource, count: number, look?: (source: OctetSource) => void): Promise<void> {
  if (!await source.want(count)) throw new PackedError("its gzip data end early");
  look?.(source);
  source.start += count;
}

/** Skips a text up to its zero octet. */
async function skipText(source: OctetSource): Promise<void> {
  for (let length = 0; length < mostText; length++) {
    await skip(source, 1);
    if (source.bytes[source.start - 1] === 0) return;
  }
  throw new PackedError("its gzip data are damaged: a name has no end");
}

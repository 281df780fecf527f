/** A full table in a few writes: UPDATEs with many IPv4 prefixes each, as a router sends them. */
import { emptyAttributeSet, encodeAttributeSet } from "../../src/message/mod.ts";
import { parseAddress } from "../../src/types/mod.ts";

const prefixesPerUpdate = 800;

/**
 * `count` prefixes of /24 from `from` on, in 32-bit steps of 256; each UPDATE has an MED of its own, so a set of its
 * own.
 */
export function* bulkUpdates(
  count: number,
  asn: number,
  nextHop: string,
  med = 0,
  from = 0x0b000000,
): Generator<Uint8Array> {
  for (let sent = 0; sent < count; sent += prefixesPerUpdate) {
    const prefixes = Math.min(prefixesPerUpdate, count - sent);
    const attributes = encodeAttributeSet({
      ...emptyAttributeSet(),
      origin: 0,
      asPath: [{ type: 2, asns: [asn, 65010 + sent % 50] }],
      nextHop: parseAddress(nextHop)!,
      med: med + sent,
    });
    const length = 23 + attributes.length + 4 * prefixes;
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    bytes.fill(0xff, 0, 16);
    view.setUint16(16, length);
    bytes[18] = 2;
    view.setUint16(21, attributes.length);
    bytes.set(attributes, 23);
    for (let i = 0, at = 23 + attributes.length; i < prefixes; i++, at += 4) {
      bytes[at] = 24;
      const address = from + 256 * (sent + i);
      bytes[at + 1] = address >>> 24;
      bytes[at + 2] = address >>> 16;
      bytes[at + 3] = address >>> 8;
    }
    yield bytes;
  }
}

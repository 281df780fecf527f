/**
 * The data of one cache as octets, for the database: after a restart the session goes on from them (RFC 8210 §8.1).
 * Each record begins with its kind: 4 an IPv4 VRP, 6 an IPv6 VRP, 10 an ASPA.
 */

import { type Asn, readUint32, writeUint32 } from "../../types/mod.ts";
import type { CacheData } from "./types.ts";
import type { VrpVisitor } from "./payloads.ts";

const ipv4Record = 4;
const ipv6Record = 6;
const aspaRecord = 10;

/** What {@link packCacheData} reads: `RpkiCaches` has it of each cache. */
export interface CacheContents {
  forEachVrp(visit: VrpVisitor): void;
  readonly aspas: ReadonlyMap<Asn, readonly Asn[]>;
}

export function packCacheData({ forEachVrp, aspas }: CacheContents): Uint8Array<ArrayBuffer> {
  const out = new Octets();
  forEachVrp((isIpv4, w0, w1, w2, w3, length, maxLength, asn) => {
    out.put8(isIpv4 ? ipv4Record : ipv6Record);
    out.put8(length);
    out.put8(maxLength);
    out.put32(asn);
    out.put32(w0);
    if (isIpv4) return;
    out.put32(w1);
    out.put32(w2);
    out.put32(w3);
  });
  for (const [customer, providers] of aspas) {
    out.put8(aspaRecord);
    out.put32(customer);
    out.put32(providers.length);
    for (const provider of providers) out.put32(provider);
  }
  return out.bytes;
}

/** Announces all records to `data`. False: the octets are damaged, and only some of the records were announced. */
export function unpackCacheData(bytes: Uint8Array, data: CacheData): boolean {
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at]!;
    if (kind === ipv4Record && at + 11 <= bytes.length) {
      const asn = readUint32(bytes, at + 3);
      data.prefix(true, true, word(bytes, at + 7), 0, 0, 0, bytes[at + 1]!, bytes[at + 2]!, asn);
      at += 11;
    } else if (kind === ipv6Record && at + 23 <= bytes.length) {
      const [w0, w1, w2, w3] = [word(bytes, at + 7), word(bytes, at + 11), word(bytes, at + 15), word(bytes, at + 19)];
      data.prefix(true, false, w0, w1, w2, w3, bytes[at + 1]!, bytes[at + 2]!, readUint32(bytes, at + 3));
      at += 23;
    } else if (kind === aspaRecord && at + 9 <= bytes.length) {
      const count = readUint32(bytes, at + 5);
      const end = at + 9 + 4 * count;
      if (end > bytes.length) return false;
      const providers: Asn[] = [];
      for (let provider = at + 9; provider < end; provider += 4) providers.push(readUint32(bytes, provider));
      data.aspa(true, readUint32(bytes, at + 1), providers);
      at = end;
    } else return false;
  }
  return true;
}

function word(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) | 0;
}

class Octets {
  #bytes = new Uint8Array(4096);
  #end = 0;

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#end);
  }

  put8(value: number): void {
    this.#room(1);
    this.#bytes[this.#end++] = value;
  }

  put32(value: number): void {
    this.#room(4);
    writeUint32(this.#bytes, this.#end, value);
    this.#end += 4;
  }

  #room(count: number): void {
    if (this.#end + count <= this.#bytes.length) return;
    const longer = new Uint8Array(2 * this.#bytes.length);
    longer.set(this.#bytes);
    this.#bytes = longer;
  }
}

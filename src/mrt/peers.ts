/** The peers that a file names: one object for each, numbered in the order of appearance. */

import { type Asn, equalOctets, formatAddress } from "../types/mod.ts";
import type { MrtPeer } from "./item.ts";

export class MrtPeers {
  readonly list: MrtPeer[] = [];
  readonly #known = new Map<string, MrtPeer>();
  /** The peer looked up last: records of one peer often follow each other. */
  #lastAddress: Uint8Array = new Uint8Array(0);
  #last: MrtPeer | undefined;

  /** The peer with this address (4 or 16 octets), ASN and BGP Identifier. */
  peer(address: Uint8Array, asn: Asn, routerId: number): MrtPeer {
    const last = this.#last;
    if (last?.asn === asn && last.routerId === routerId && equalOctets(address, this.#lastAddress)) return last;
    const text = formatAddress(address);
    const key = `${text} ${asn} ${routerId}`;
    let peer = this.#known.get(key);
    if (peer === undefined) {
      peer = { number: this.list.length, address: text, asn, routerId };
      this.list.push(peer);
      this.#known.set(key, peer);
    }
    this.#lastAddress = address;
    this.#last = peer;
    return peer;
  }
}

/** The peers of a file, one object for each, numbered as they come. */

import { type Asn, equalOctets, formatAddress } from "../types/mod.ts";
import type { MrtPeer } from "./item.ts";

export class PeerBook {
  readonly peers: MrtPeer[] = [];
  readonly #known = new Map<string, MrtPeer>();
  /** Messages of one peer come in runs: what was asked for last. */
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
      peer = { number: this.peers.length, address: text, asn, routerId };
      this.peers.push(peer);
      this.#known.set(key, peer);
    }
    this.#lastAddress = address;
    this.#last = peer;
    return peer;
  }
}

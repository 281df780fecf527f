/** A stream of octets → whole BMP messages. A header that cannot be one ends the stream before any of it is kept. */

import { readUint32 } from "../types/mod.ts";
import { bmpVersion } from "./code_points.ts";

/** The common header (RFC 7854 §4.1): version, length, type. */
export const bmpHeaderBytes = 6;

/** A longer message is refused. Four BGP messages of the greatest length fit, and no BMP message needs more. */
export const longestBmpMessage = 262_144;

export type BmpFrame =
  /** A whole message. `bytes` is a view, valid until the next {@link BmpFramer.push}. */
  | { readonly kind: "message"; readonly bytes: Uint8Array }
  /** The stream is broken: no message follows. */
  | { readonly kind: "broken"; readonly text: string };

/**
 * Collects chunks of a stream. Each octet is copied once when it arrives. An incomplete message moves to the front only
 * after at least as many octets before it were consumed, so the work stays linear for any chunks.
 */
export class BmpFramer {
  #buffer = new Uint8Array(4096);
  #start = 0;
  #end = 0;
  #broken = false;

  /** Takes the next octets of the stream. They are copied: the caller may reuse the chunk. */
  push(chunk: Uint8Array): void {
    if (this.#broken) return;
    this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole message, or the fault that ends the stream; `undefined` where more octets are needed. */
  next(): BmpFrame | undefined {
    const at = this.#start, have = this.#end - at;
    if (this.#broken || have === 0) return undefined;
    const version = this.#buffer[at]!;
    if (version !== bmpVersion) return this.#break(`version ${version} in place of ${bmpVersion}`);
    if (have < bmpHeaderBytes) return undefined;
    const length = readUint32(this.#buffer, at + 1);
    if (length < bmpHeaderBytes) return this.#break(`a length of ${length} octets is shorter than the header`);
    if (length > longestBmpMessage) {
      return this.#break(`a length of ${length} octets is more than ${longestBmpMessage}`);
    }
    if (have < length) return undefined;
    this.#start = at + length;
    return { kind: "message", bytes: this.#buffer.subarray(at, at + length) };
  }

  #break(text: string): BmpFrame {
    this.#broken = true;
    this.#buffer = new Uint8Array(0);
    this.#start = this.#end = 0;
    return { kind: "broken", text };
  }

  #makeRoom(count: number): void {
    const live = this.#end - this.#start;
    if (live === 0) this.#start = this.#end = 0;
    if (this.#end + count <= this.#buffer.length) return;
    if (live + count <= this.#buffer.length && this.#start >= live) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    } else {
      const grown = new Uint8Array(Math.max(live + count, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = grown;
    }
    this.#start = 0;
    this.#end = live;
  }
}

/** A stream of octets → whole BMP messages. A header that cannot be one ends the stream before any of it is kept. */

import { ArrivedOctets, readUint32 } from "../types/mod.ts";
import { bmpDraftVersion, bmpVersion } from "./code_points.ts";

/** The common header (RFC 7854 §4.1): version, length, type. */
export const bmpHeaderBytes = 6;

/** A longer message is refused. Four BGP messages of the greatest length fit, and no BMP message needs more. */
export const longestBmpMessage = 262_144;

export type BmpFrame =
  /** A whole message. `bytes` is a view, valid until the next {@link BmpFramer.push}. */
  | { readonly kind: "message"; readonly bytes: Uint8Array }
  /** The stream is broken: no message follows. */
  | { readonly kind: "broken"; readonly text: string };

/** Collects chunks of a stream and returns whole messages. */
export class BmpFramer {
  readonly #octets = new ArrivedOctets(4096);
  #broken = false;

  /** Takes the next octets of the stream. They are copied: the caller may reuse the chunk. */
  push(chunk: Uint8Array): void {
    if (!this.#broken) this.#octets.push(chunk);
  }

  /** The next whole message, or the fault that ends the stream; `undefined` where more octets are needed. */
  next(): BmpFrame | undefined {
    const { bytes, start: at, length: have } = this.#octets;
    if (this.#broken || have === 0) return undefined;
    const version = bytes[at]!;
    if (version !== bmpVersion && version !== bmpDraftVersion) {
      return this.#break(`version ${version} in place of ${bmpVersion} or ${bmpDraftVersion}`);
    }
    if (have < bmpHeaderBytes) return undefined;
    const length = readUint32(bytes, at + 1);
    if (length < bmpHeaderBytes) return this.#break(`a length of ${length} octets is shorter than the header`);
    if (length > longestBmpMessage) {
      return this.#break(`a length of ${length} octets is more than ${longestBmpMessage}`);
    }
    if (have < length) return undefined;
    return { kind: "message", bytes: this.#octets.take(length) };
  }

  #break(text: string): BmpFrame {
    this.#broken = true;
    this.#octets.clear();
    return { kind: "broken", text };
  }
}

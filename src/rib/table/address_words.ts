/** Octets as the 32-bit words that prefixes are kept in. */

import { readInt32 } from "../../types/mod.ts";

/** Signed, in network order; zero beyond the end. */
export function wordAt(octets: Uint8Array, index: number): number {
  const at = index * 4;
  return at + 4 > octets.length ? 0 : readInt32(octets, at);
}

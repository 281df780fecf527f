/** Octets as the 32-bit words in which the prefix table stores addresses. */

import { readInt32 } from "../../types/mod.ts";

/** The word at an index: signed, in network order; zero beyond the end of the octets. */
export function wordAt(octets: Uint8Array, index: number): number {
  const at = index * 4;
  return at + 4 > octets.length ? 0 : readInt32(octets, at);
}

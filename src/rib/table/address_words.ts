/** Octets as the 32-bit words that prefixes are kept in. */

/** Signed, in network order; zero beyond the end. */
export function wordAt(octets: Uint8Array, index: number): number {
  const at = index * 4;
  if (at + 4 > octets.length) return 0;
  return (octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!;
}

/** The tables of a router that BMP reports (RFC 7854 §5, RFC 8671, RFC 9069). */

/** Before and after import policy, before and after export policy, and the Loc-RIB. */
export const ribKinds = ["adj-in", "adj-in-post", "adj-out", "adj-out-post", "loc"] as const;

export type RibKind = typeof ribKinds[number];

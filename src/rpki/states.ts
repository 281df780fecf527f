/** What validation says of a route, as the numbers that columns keep. */

/** The values of RFC 8097 §2. */
export const OriginStates = { valid: 0, notFound: 1, invalid: 2 } as const;
export type OriginState = (typeof OriginStates)[keyof typeof OriginStates];
/** As `ovs` has them, by number. */
export const originStateNames = ["valid", "not-found", "invalid"] as const;

/** Outcomes of path verification (draft-ietf-sidrops-aspa-verification-28 §5.5, §5.6). */
export const PathStates = { valid: 0, unknown: 1, invalid: 2 } as const;
export type PathState = (typeof PathStates)[keyof typeof PathStates];
/** As `avs` has them, by number. */
export const pathStateNames = ["valid", "unknown", "invalid"] as const;

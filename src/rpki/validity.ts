/**
 * What validation says of a route as one small number, the *validity*: the state of its origin in two bits, the state
 * of its path in two more. Columns of the RIB, rows of the database and policies have it in this form.
 */

import type { OriginState, PathState } from "./states.ts";

/** The state of the origin (RFC 6811 §2), as a validity has it. */
export const Ovs = { none: 0, valid: 1, invalid: 2, notFound: 3 } as const;
export type Ovs = (typeof Ovs)[keyof typeof Ovs];

/** The state of the path (draft-ietf-sidrops-aspa-verification-28 §5.5, §5.6), as a validity has it. */
export const Avs = { none: 0, valid: 1, invalid: 2, unknown: 3 } as const;
export type Avs = (typeof Avs)[keyof typeof Avs];

/** As `ovs` and `avs` of the views show them, by number. `null`: there are no data, or the rules do not apply. */
export const ovsNames = [null, "valid", "invalid", "not-found"] as const;
export const avsNames = [null, "valid", "invalid", "unknown"] as const;

/** How many values a validity has. */
export const validityCount = 16;

export function validityOf(ovs: Ovs, avs: Avs): number {
  return ovs | (avs << 2);
}

export function ovsOf(validity: number): Ovs {
  return (validity & 3) as Ovs;
}

export function avsOf(validity: number): Avs {
  return ((validity >>> 2) & 3) as Avs;
}

/** By {@link OriginState}: valid, not found, invalid. */
const ovsOfState = [Ovs.valid, Ovs.notFound, Ovs.invalid] as const;
/** By {@link PathState}: valid, unknown, invalid. */
const avsOfState = [Avs.valid, Avs.unknown, Avs.invalid] as const;

export function ovsFrom(state: OriginState): Ovs {
  return ovsOfState[state];
}

export function avsFrom(state: PathState): Avs {
  return avsOfState[state];
}

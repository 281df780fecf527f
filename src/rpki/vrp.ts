/** What the RPKI says about origins and providers, as one row each: the form for exchange; tables keep columns. */

import type { Asn, Prefix } from "../types/mod.ts";

/** A Validated ROA Payload (RFC 6811 §2): this AS may announce this prefix, and parts of it up to a length. */
export interface Vrp {
  readonly prefix: Prefix;
  /** At least the length of the prefix, at most 32 or 128. */
  readonly maxLength: number;
  /** 0: no AS may announce it (RFC 6483 §4). */
  readonly asn: Asn;
}

/** What a VRP that covers a route does to it: why the state is what it is. */
export type MatchReason = "matches" | "other AS" | "too long" | "AS 0";

/** Whether a route of this length and origin matches a VRP that covers it, and otherwise why it does not. */
export function matchReason(vrp: Vrp, length: number, origin: number): MatchReason {
  if (vrp.asn === 0) return "AS 0";
  if (vrp.asn !== origin) return "other AS";
  return length > vrp.maxLength ? "too long" : "matches";
}

/** A Validated ASPA Payload: these ASes, and no others, are providers of this one. */
export interface Aspa {
  readonly customer: Asn;
  /** Ascending, each once. AS 0 alone: the customer has no provider. */
  readonly providers: readonly Asn[];
}

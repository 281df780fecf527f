/**
 * NEXT_HOP (RFC 4271 §5.1.3). In a canonical attribute set it also holds the next hop of MP_REACH_NLRI, and so has 4,
 * 16 or 32 octets (global and link-local, RFC 2545 §3); 16 for a link-local address alone, none for FlowSpec.
 */

import { isNextHop, linkLocalHop, nextHopFault, nextHopKind } from "../../types/mod.ts";
import { AttributeCode, UpdateError } from "../code_points.ts";
import { WELL_KNOWN } from "./header.ts";
import { type AttributeRow, type Malformed, wrongLength } from "./row.ts";

export const nextHop: AttributeRow = {
  code: AttributeCode.nextHop,
  name: "NEXT_HOP",
  flags: WELL_KNOWN,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 7606 §7.3",
  check: (_bytes, start, end) => wrongLength(start, end, 4),
  decode(bytes, start, end, set) {
    set.nextHop = bytes.slice(start, end);
  },
  // A link-local next hop is stored in 16 octets, in whichever form it came.
  canonical: (bytes, start, end) =>
    end - start === 32 && nextHopKind(bytes, start, end) === "linkLocal"
      ? linkLocalHop(bytes, start, end).slice()
      : undefined,
  encode: (set) => set.nextHop,
};

/** The addresses of the TCP connection, 4 or 16 octets each. */
export interface SessionEnds {
  readonly local: Uint8Array;
  readonly remote: Uint8Array;
}

/** What next hops are checked against; "any": a router reports its own routes, and what it may use is its concern. */
export type NextHopCheck = SessionEnds | "any" | undefined;

/**
 * Finds "semantically incorrect" next hops (RFC 4271 §6.3), which are not the address of a host. A loopback address is
 * correct only where the session runs over it; without `ends` it is accepted. The RIB makes routes ineligible whose
 * next hop is our own address, or a link-local one where the session has no link.
 */
export function checkNextHopAddress(
  bytes: Uint8Array,
  start: number,
  end: number,
  ends: NextHopCheck,
): Malformed | undefined {
  if (start === end || ends === "any") return undefined;
  if (ends !== undefined && isNextHop(bytes, start, end, ends.remote)) return undefined;
  const kind = nextHopKind(bytes, start, end);
  if (kind === "usable" || kind === "linkLocal") return undefined;
  const fault = nextHopFault(kind);
  if (fault !== undefined) return incorrect(`is ${fault}`);
  return ends === undefined || isNextHop(bytes, start, end, ends.local)
    ? undefined
    : incorrect("is a loopback address");
}

/** True where {@link checkNextHopAddress} can return different answers in different sessions. */
export function nextHopDependsOnSession(
  bytes: Uint8Array,
  start: number,
  end: number,
  ends: NextHopCheck,
): boolean {
  if (ends === undefined || ends === "any" || start === end) return false;
  // Routers may report next hops of every kind. Among IPv6 addresses that begin with a zero octet are ::, ::1 and
  // ::ffff:127.0.0.0/104; ff is multicast.
  const first = bytes[start]!;
  return end - start === 4 ? first === 0 || first === 127 || first >= 224 : first === 0 || first === 255;
}

function incorrect(text: string): Malformed {
  return { subcode: UpdateError.invalidNextHop, text, rfc: "RFC 4271 §6.3" };
}

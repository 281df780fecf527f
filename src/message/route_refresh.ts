/** ROUTE-REFRESH (RFC 2918), with BoRR and EoRR of the enhanced form (RFC 7313). */

import { limits } from "../types/mod.ts";
import { ErrorCode, MessageType, RouteRefreshError } from "./code_points.ts";
import { createNotification, type Notification } from "./notification.ts";
import { Reader } from "./reader.ts";
import { beginMessage, finishMessage } from "./writer.ts";

/** RFC 7313 §3.2. */
export const RefreshSubtype = {
  request: 0,
  /** BoRR. */
  begin: 1,
  /** EoRR. */
  end: 2,
} as const;
export type RefreshSubtype = typeof RefreshSubtype[keyof typeof RefreshSubtype];

export interface RouteRefresh {
  readonly afi: number;
  readonly safi: number;
  readonly subtype: RefreshSubtype;
}

export type RouteRefreshResult =
  | ({ readonly kind: "routeRefresh" } & RouteRefresh)
  /** A subtype that RFC 7313 does not define: ignore it (§5). */
  | { readonly kind: "ignored"; readonly subtype: number }
  | { readonly kind: "fault"; readonly notification: Notification };

/** Octets after the header: AFI, subtype, SAFI. */
const bodyBytes = 4;

/**
 * Decodes a whole ROUTE-REFRESH. `plain`: the enhanced form was not negotiated, so the octet of the subtype is reserved
 * and ignored (RFC 2918 §3). A request may be longer: outbound route filters (RFC 5291) are skipped.
 */
export function decodeRouteRefresh(bytes: Uint8Array, form: "enhanced" | "plain" = "enhanced"): RouteRefreshResult {
  const reader = new Reader(bytes, limits.headerBytes, Math.max(limits.headerBytes, bytes.length));
  const length = reader.remaining;
  const afi = reader.u16();
  const third = reader.u8();
  const safi = reader.u8();
  const subtype = form === "enhanced" ? third : RefreshSubtype.request;
  switch (subtype) {
    case RefreshSubtype.request:
      return reader.ok ? { kind: "routeRefresh", afi, safi, subtype } : invalidLength(bytes);
    case RefreshSubtype.begin:
    case RefreshSubtype.end:
      return length === bodyBytes ? { kind: "routeRefresh", afi, safi, subtype } : invalidLength(bytes);
    default:
      return reader.ok ? { kind: "ignored", subtype } : invalidLength(bytes);
  }
}

export function encodeRouteRefresh(refresh: RouteRefresh): Uint8Array {
  const writer = beginMessage(MessageType.routeRefresh, limits.headerBytes + bodyBytes);
  writer.u16(refresh.afi);
  writer.u8(refresh.subtype);
  writer.u8(refresh.safi);
  return finishMessage(writer);
}

/** "The Data field of the NOTIFICATION message MUST contain the complete ROUTE-REFRESH message." (RFC 7313 §5) */
function invalidLength(bytes: Uint8Array): RouteRefreshResult {
  const notification = createNotification(
    ErrorCode.routeRefresh,
    RouteRefreshError.invalidMessageLength,
    bytes.slice(),
  );
  return { kind: "fault", notification };
}

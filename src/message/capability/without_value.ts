/** Capabilities without a value: their presence is the statement. */

import { CapabilityCode } from "../code_points.ts";
import type { CapabilityRow } from "./row.ts";

/** The sender answers ROUTE-REFRESH requests. */
export interface RouteRefreshCapability {
  readonly kind: "routeRefresh";
}

/** The sender marks the start and the end of a refresh (BoRR, EoRR). */
export interface EnhancedRouteRefreshCapability {
  readonly kind: "enhancedRouteRefresh";
}

/** The sender takes messages of up to 65,535 octets. */
export interface ExtendedMessageCapability {
  readonly kind: "extendedMessage";
}

export const routeRefresh: CapabilityRow<RouteRefreshCapability> = {
  kind: "routeRefresh",
  code: CapabilityCode.routeRefresh,
  name: "route refresh",
  rfc: "RFC 2918 §2",
  repeats: "each",
  decode: () => ({ kind: "routeRefresh" }),
  encode() {},
};

export const enhancedRouteRefresh: CapabilityRow<EnhancedRouteRefreshCapability> = {
  kind: "enhancedRouteRefresh",
  code: CapabilityCode.enhancedRouteRefresh,
  name: "enhanced route refresh",
  rfc: "RFC 7313 §3.1",
  repeats: "each",
  decode: () => ({ kind: "enhancedRouteRefresh" }),
  encode() {},
};

export const extendedMessage: CapabilityRow<ExtendedMessageCapability> = {
  kind: "extendedMessage",
  code: CapabilityCode.extendedMessage,
  name: "extended message",
  rfc: "RFC 8654 §3",
  repeats: "each",
  decode: () => ({ kind: "extendedMessage" }),
  encode() {},
};

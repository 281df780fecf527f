/** The Adj-RIB-Out of a peer as a list. */

import type { AdvertisedQuestion, AdvertisedRoute, Rib } from "../../src/rib/mod.ts";

/** A route that was written: it has its attributes. */
export type WrittenRoute = AdvertisedRoute & { readonly wire: Uint8Array };

export function advertisedTo(
  rib: Rib,
  peerId: number,
  which: AdvertisedQuestion["which"] = { kind: "all" },
): WrittenRoute[] {
  return [...rib.advertised(peerId, { which, states: "written" })].filter((route) =>
    route !== undefined
  ) as WrittenRoute[];
}

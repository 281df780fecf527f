/** Adj-RIB-Out as a list. */

import type { AdvertisedQuestion, AdvertisedRoute, Rib } from "../../src/rib/mod.ts";

export function advertisedTo(rib: Rib, peerId: number, question?: AdvertisedQuestion): AdvertisedRoute[] {
  return [...rib.advertised(peerId, question)].filter((route) => route !== undefined);
}

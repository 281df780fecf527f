/** Where a route comes from, as the check of FlowSpec rules compares it (RFC 8955 §6). */

import { formatAddress, formatIpv4Number, type SetSlot } from "../../types/mod.ts";
import type { RouteSource } from "../in/adj_rib_in.ts";
import type { AttributeKeys } from "../table/attribute_keys.ts";
import type { RouteOrigin } from "./flow_feasibility.ts";

export function originOf(keys: AttributeKeys, set: SetSlot, source: RouteSource): RouteOrigin {
  return {
    originator: keys.hasOriginatorId[set] !== 0
      ? formatIpv4Number(keys.originatorId[set]!)
      : formatAddress(source.address),
    neighborAsn: keys.neighbourAs[set]!,
  };
}

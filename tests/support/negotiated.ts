/** What two OPENs agreed on, for tests. */
import type { Negotiated } from "../../src/session/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST, limits } from "../../src/types/mod.ts";

/** An external session of AS 65000 with AS 65001, IPv4 and IPv6 unicast, but for these changes. */
export function negotiated(changes: Partial<Negotiated> = {}): Negotiated {
  return {
    internal: false,
    fourOctetAs: true,
    families: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
    addPathReceive: 0,
    addPathSend: 0,
    extendedNextHop: 0,
    maxMessageBytes: limits.messageBytes,
    localAsn: 65000,
    remoteAsn: 65001,
    remoteRouterId: 0x0a000001,
    holdTimeSeconds: 90,
    keepaliveSeconds: 30,
    routeRefresh: true,
    enhancedRouteRefresh: false,
    remoteCapabilities: [],
    localCapabilities: [],
    ...changes,
  };
}

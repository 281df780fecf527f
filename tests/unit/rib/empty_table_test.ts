/** The first route of a table that was empty when its peers came. */
import assert from "node:assert/strict";
import { emptyAttributeSet } from "../../../src/message/mod.ts";
import { Rib } from "../../../src/rib/mod.ts";
import { familyMask, IPV4_UNICAST, parseAddress, parsePrefix } from "../../../src/types/mod.ts";
import { testContext } from "../../support/update_view.ts";

Deno.test("a route that is originated after the End-of-RIB of an empty table reaches the peer", () => {
  const rib = new Rib({ routerId: 1, now: () => 0 });
  rib.addPeer({ id: 1, address: parseAddress("192.0.2.1")! });
  const negotiated = {
    ...testContext({ internal: false, families: familyMask([IPV4_UNICAST]), remoteAsn: 65001 }),
    remoteRouterId: 5,
    holdTimeSeconds: 90,
    keepaliveSeconds: 30,
    routeRefresh: false,
    enhancedRouteRefresh: false,
    remoteCapabilities: [],
    localCapabilities: [],
  };
  const addresses = { localAddress: parseAddress("192.0.2.2")!, remoteAddress: parseAddress("192.0.2.1")! };
  rib.sessionUp(1, 1, { negotiated, ...addresses });
  rib.decide();
  assert.equal(rib.pull(1, 1, 65536)?.length, 23);
  const route = { family: IPV4_UNICAST, prefix: parsePrefix("203.0.113.0/24")!, attributes: emptyAttributeSet() };
  rib.originate([{ key: "a", peerId: undefined, route }]);
  rib.decide();
  assert.ok(rib.hasOutput(1));
  assert.ok(rib.pull(1, 1, 65536)!.length > 23);
});

/** The first route of a table that was empty when its peers came. */
import assert from "node:assert/strict";
import { emptyAttributeSet } from "../../../src/message/mod.ts";
import { Rib } from "../../../src/rib/mod.ts";
import { familyMask, IPV4_UNICAST, parseAddress, parsePrefix } from "../../../src/types/mod.ts";
import { negotiated } from "../../support/negotiated.ts";

Deno.test("a route that is originated after the End-of-RIB of an empty table reaches the peer", () => {
  const rib = new Rib({ routerId: 1, now: () => 0 });
  rib.addPeer({ id: 1, address: parseAddress("192.0.2.1")! });
  const agreed = negotiated({ families: familyMask([IPV4_UNICAST]), routeRefresh: false });
  const addresses = { localAddress: parseAddress("192.0.2.2")!, remoteAddress: parseAddress("192.0.2.1")! };
  rib.sessionUp(1, 1, { negotiated: agreed, ...addresses });
  rib.decide();
  assert.equal(rib.pull(1, 1, 65536)?.length, 23);
  const route = { family: IPV4_UNICAST, prefix: parsePrefix("203.0.113.0/24")!, attributes: emptyAttributeSet() };
  rib.originate([{ key: "a", peerId: undefined, route }]);
  rib.decide();
  assert.ok(rib.hasOutput(1));
  assert.ok(rib.pull(1, 1, 65536)!.length > 23);
});

/** A session that is about to be shut down (RFC 8326 §4.2): what becomes of the routes that came over it. */

import assert from "node:assert/strict";
import { decodeAttributeSet, encodeAttributeSet } from "../../../../../src/message/mod.ts";
import { DrainMark, type RibPeer } from "../../../../../src/rib/mod.ts";
import { formatPrefix } from "../../../../../src/types/mod.ts";
import { policyTable } from "../../import_support.ts";
import { Exchange } from "../../out_support.ts";
import { attributes, wire } from "../../support.ts";

const gracefulShutdown = 0xffff0000;
const ibgp = { internal: true, remoteAsn: 65000 };

/** Peers 1 and 2 announce one prefix, peer 1 the better path. Peer 3, of our own AS, receives the best route. */
function scene(peer: Partial<RibPeer> = {}) {
  const exchange = new Exchange();
  exchange.rib.setPolicies(
    policyTable('[[policies]]\nname = "prefer"\ndefault = "accept"\n[[policies.rules]]\nset = { local_pref = 200 }'),
  );
  const listener = exchange.up(3, { export: "all" }, ibgp);
  exchange.up(1, peer);
  exchange.up(2);
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8", "11.0.0.0/8");
  exchange.announce(2, wire({}, [65002, 7]), "10.0.0.0/8");
  exchange.settle();
  listener.log.length = 0;
  const drain = (isDrained: boolean) => {
    exchange.rib.updatePeer({ id: 1, address: Uint8Array.of(192, 0, 2, 1), ...peer, gracefulShutdown: isDrained });
    while (exchange.rib.decide());
    exchange.settle();
  };
  /** Peer 1's routes: preference, communities, whether it is the best. */
  const standing = () =>
    [...exchange.rib.dump()].filter(({ peerId }) => peerId === 1).map((row) => {
      const { localPref, communities } = decodeAttributeSet(row.wire);
      return [formatPrefix(row.prefix!), localPref, communities, row.best];
    });
  return { exchange, listener, drain, standing };
}

Deno.test("RFC 8326 §4.2: routes of a drained session are least preferred, and advertised with the mark", () => {
  const { exchange, listener, drain, standing } = scene();
  drain(true);
  assert.deepEqual(standing(), [
    ["10.0.0.0/8", 0, [gracefulShutdown], false],
    ["11.0.0.0/8", 0, [gracefulShutdown], true],
  ]);
  assert.deepEqual(listener.log.toSorted(), ["+ 10.0.0.0/8", "+ 11.0.0.0/8"], "nothing is withdrawn");
  assert.equal(listener.path("10.0.0.0/8"), "65002 7");
  const advertised = listener.attributes("11.0.0.0/8")!;
  assert.deepEqual([advertised.localPref, advertised.communities], [0, [gracefulShutdown]]);
  exchange.announce(1, wire({ med: 1 }, [65001]), "12.0.0.0/8");
  assert.deepEqual(standing()[2], ["12.0.0.0/8", 0, [gracefulShutdown], true], "what comes meanwhile, too");
});

Deno.test("RFC 8326 §4.2: when it is called off, routes are as they were received", () => {
  const { listener, drain, standing } = scene();
  const before = standing();
  drain(true);
  drain(false);
  assert.deepEqual(standing(), before);
  assert.equal(listener.path("10.0.0.0/8"), "65001");
});

Deno.test("RFC 8326 §4.2: it comes after import policy, whose preference does not count then", () => {
  const { drain, standing } = scene({ import: ["prefer"] });
  assert.deepEqual(standing()[0], ["10.0.0.0/8", 200, [], true]);
  drain(true);
  assert.deepEqual(standing()[0], ["10.0.0.0/8", 0, [gracefulShutdown], false]);
  drain(false);
  assert.deepEqual(standing()[0], ["10.0.0.0/8", 200, [], true]);
});

Deno.test("RFC 8326 §4, negative: routes of an iBGP session stay as they are", () => {
  const exchange = new Exchange();
  exchange.up(1, { gracefulShutdown: true }, ibgp);
  exchange.announce(1, wire({ localPref: 100 }, []), "10.0.0.0/8");
  const [row] = exchange.rib.dump();
  assert.deepEqual(row!.wire, row!.received);
});

Deno.test("the mark goes to its place among the attributes, whichever are there", () => {
  const mark = new DrainMark();
  for (
    const set of [
      attributes(),
      attributes({ localPref: 7, communities: [1, 2] }),
      attributes({ med: 1, communities: [gracefulShutdown, 5] }),
      attributes({ localPref: 7, atomicAggregate: true, otc: 65001 }),
      attributes({ atomicAggregate: true, largeCommunities: [[1, 2, 3]] }),
    ]
  ) {
    const given = encodeAttributeSet(set);
    const communities = set.communities.includes(gracefulShutdown)
      ? set.communities
      : [...set.communities, gracefulShutdown];
    // Not at the start of its buffer, as sets in a table are.
    const shifted = new Uint8Array(given.length + 3);
    shifted.set(given, 3);
    const { bytes, length } = mark.apply(shifted, 3, given.length);
    assert.deepEqual(bytes.slice(0, length), encodeAttributeSet({ ...set, localPref: 0, communities }));
  }
});

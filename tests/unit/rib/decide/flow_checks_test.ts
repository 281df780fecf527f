/** FlowSpec rules of peers and the unicast routes that they depend on (RFC 8955 §6, RFC 9117). */

import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { formatDestination } from "../../../../src/message/mod.ts";
import { Ineligible, ineligibleNames } from "../../../../src/rib/mod.ts";
import { type FamilyId, familyMask, IPV4_FLOWSPEC } from "../../../../src/types/mod.ts";
import type { RibPeer } from "../../../../src/rib/mod.ts";
import { announce, announceNlri, RibRig, v4, wire, withdraw, withdrawNlri } from "../support.ts";

const vpn: FamilyId = 7;
const flowVpn: FamilyId = 11;
const families = familyMask([v4, IPV4_FLOWSPEC, vpn, flowVpn]);
const rule = (destination: string) => `destination ${destination} protocol =udp`;
/** A rule has no next hop. */
const flowWire = (path?: number[]) => wire({ nextHop: undefined }, path);

class FlowRig extends RibRig {
  override up(id: number, context: Parameters<RibRig["up"]>[1] = {}, peer: Partial<RibPeer> = {}) {
    return super.up(id, { families, ...context }, peer);
  }

  route(id: number, prefix: string, path?: number[]): void {
    this.send(id, announce(this.sessions.get(id)!.context, wire({}, path ?? [65000 + id]), prefix));
    this.rib.decide();
  }

  gone(id: number, prefix: string): void {
    this.send(id, withdraw(this.sessions.get(id)!.context, prefix));
    this.rib.decide();
  }

  rule(id: number, text: string, path?: number[], family: FamilyId = IPV4_FLOWSPEC): void {
    this.send(id, announceNlri(this.sessions.get(id)!.context, flowWire(path ?? [65000 + id]), family, text));
    this.rib.decide();
  }

  /** Why the rule of the peer is ineligible. */
  why(id: number, family: FamilyId = IPV4_FLOWSPEC): string | undefined {
    const row = [...this.rib.dump()].find((each) => each.peerId === id && each.family === family);
    return row === undefined ? undefined : ineligibleNames[row.ineligible];
  }

  isBest(id: number): boolean {
    return [...this.rib.dump()].some((row) => row.peerId === id && row.family === IPV4_FLOWSPEC && row.best);
  }
}

Deno.test("RFC 8955 §6 b: the peer with the best unicast route to the destination may announce a rule for it", () => {
  const rig = new FlowRig();
  rig.up(1);
  rig.up(2);
  rig.route(1, "192.0.2.0/24");
  rig.rule(1, rule("192.0.2.1/32"));
  rig.rule(2, rule("192.0.2.1/32"));
  assert.equal(rig.why(1), "eligible");
  assert.ok(rig.isBest(1));
  assert.equal(rig.why(2), "other originator of the destination");
});

Deno.test("RFC 8955 §6 a: a rule without a destination prefix is not feasible", () => {
  const rig = new FlowRig();
  rig.up(1);
  rig.route(1, "0.0.0.0/0");
  rig.rule(1, "protocol =udp");
  assert.equal(rig.why(1), "rule without destination");
});

Deno.test("RFC 8955 §6: a rule becomes eligible with the route to its destination, and ineligible without it", () => {
  const rig = new FlowRig();
  rig.up(1);
  rig.up(2);
  rig.rule(1, rule("192.0.2.0/24"));
  assert.equal(rig.why(1), "no route to the destination");
  rig.route(1, "192.0.0.0/16");
  assert.equal(rig.why(1), "eligible");
  // A longer prefix of another peer covers the destination.
  rig.route(2, "192.0.2.0/23");
  assert.equal(rig.why(1), "other originator of the destination");
  rig.gone(2, "192.0.2.0/23");
  assert.equal(rig.why(1), "eligible");
  rig.down(1);
  rig.rib.decide();
  assert.equal(rig.why(1), undefined);
});

Deno.test("RFC 8955 §6 c: a more specific route from another AS makes the rule ineligible, while it is there", () => {
  const rig = new FlowRig();
  rig.up(1);
  rig.up(2);
  rig.route(1, "192.0.2.0/24");
  rig.rule(1, rule("192.0.2.0/24"));
  rig.route(1, "192.0.2.0/25");
  assert.equal(rig.why(1), "eligible", "of the same AS");
  rig.route(2, "192.0.2.128/25");
  assert.equal(rig.why(1), "other AS inside the destination");
  rig.route(2, "192.0.2.64/26");
  rig.gone(2, "192.0.2.128/25");
  assert.equal(rig.why(1), "other AS inside the destination", "another one is left");
  rig.gone(2, "192.0.2.64/26");
  assert.equal(rig.why(1), "eligible");
});

Deno.test("RFC 9117 §4.1 b.2: a rule from our own AS needs no unicast route of its originator", () => {
  const rig = new FlowRig();
  rig.up(1, { internal: true });
  rig.up(2);
  rig.route(2, "192.0.2.0/24");
  rig.rule(1, rule("192.0.2.1/32"), []);
  assert.equal(rig.why(1), "eligible");
});

Deno.test("RFC 9117 §4.2: the left-most AS of rule and route must be the same, behind a route server too", () => {
  const rig = new FlowRig();
  rig.up(1, { enforceFirstAs: false });
  rig.route(1, "192.0.2.0/24", [65010]);
  rig.rule(1, rule("192.0.2.1/32"), [65010, 65001]);
  assert.equal(rig.why(1), "eligible");
  rig.rule(1, rule("192.0.2.1/32"), [65011]);
  assert.equal(rig.why(1), "other AS of the destination");
});

Deno.test("with flowspec_validation = false a rule is eligible; a reload decides again", () => {
  const rig = new FlowRig();
  rig.up(1, {}, { validatesFlows: false });
  rig.rule(1, rule("192.0.2.0/24"));
  assert.equal(rig.why(1), "eligible");
  const peer = { id: 1, address: Uint8Array.of(127, 0, 0, 1) };
  rig.rib.updatePeer({ ...peer, validatesFlows: true });
  rig.rib.decide();
  assert.equal(rig.why(1), "no route to the destination");
  rig.rib.updatePeer({ ...peer, validatesFlows: false });
  rig.rib.decide();
  assert.equal(rig.why(1), "eligible");
});

Deno.test("RFC 8955 §8: rules of a VPN are compared with routes of the same RD", () => {
  const rig = new FlowRig();
  rig.up(1);
  const labelled = wire({ nlriValue: Uint8Array.of(0, 0, 1, 1) });
  const context = rig.sessions.get(1)!.context;
  rig.send(1, announceNlri(context, labelled, vpn, "65000:1 192.0.2.0/24"));
  rig.rib.decide();
  rig.rule(1, `rd 65000:2 ${rule("192.0.2.1/32")}`, undefined, flowVpn);
  assert.equal(rig.why(1, flowVpn), "no route to the destination");
  rig.send(1, announceNlri(context, labelled, vpn, "65000:2 192.0.0.0/16"));
  rig.rib.decide();
  assert.equal(rig.why(1, flowVpn), "eligible");
  rig.send(1, withdrawNlri(context, vpn, "65000:2 192.0.0.0/16"));
  rig.rib.decide();
  assert.equal(rig.why(1, flowVpn), "no route to the destination");
});

Deno.test("each reason of RFC 8955 §6 has a text", () => {
  const { flowNoDestination, flowMoreSpecific } = Ineligible;
  for (let reason = flowNoDestination; reason <= flowMoreSpecific; reason++) assert.ok(ineligibleNames[reason]);
});

/** Prefixes of a small tree, so that they cover each other often. */
const prefix = fc.tuple(fc.constantFrom(0, 1, 2, 3), fc.constantFrom(24, 25, 26, 32)).map(([part, length]) =>
  `192.0.2.${length === 24 ? 0 : length === 25 ? (part & 1) * 128 : part * 64}/${length}`
);
/** Which route is best does not depend on their order. */
const pathOf = (peer: number) => new Array<number>(peer).fill(65000 + peer);
const step = fc.oneof(
  fc.record({ kind: fc.constant("route" as const), peer: fc.constantFrom(1, 2, 3), prefix }),
  fc.record({ kind: fc.constant("gone" as const), peer: fc.constantFrom(1, 2, 3), prefix }),
  fc.record({ kind: fc.constant("rule" as const), peer: fc.constantFrom(1, 2, 3), prefix }),
);

Deno.test("after any changes, every rule has the answer that it would have if it were announced now", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const rig = new FlowRig();
      for (const id of [1, 2, 3]) rig.up(id);
      for (const { kind, peer, prefix } of steps) {
        if (kind === "rule") rig.rule(peer, rule(prefix));
        else if (kind === "route") rig.route(peer, prefix, pathOf(peer));
        else rig.gone(peer, prefix);
      }
      const answers = (from: FlowRig) =>
        [...from.rib.dump()].filter(({ family }) => family === IPV4_FLOWSPEC)
          .map((row) => `${row.peerId} ${formatDestination(row.family, row)} ${row.ineligible}`).sort();
      const fresh = new FlowRig();
      for (const id of [1, 2, 3]) fresh.up(id);
      const rows = [...rig.rib.dump()];
      for (const row of rows) {
        if (row.family === v4) fresh.route(row.peerId, formatDestination(v4, row), pathOf(row.peerId));
      }
      for (const row of rows) {
        if (row.family === IPV4_FLOWSPEC) fresh.rule(row.peerId, formatDestination(IPV4_FLOWSPEC, row));
      }
      assert.deepEqual(answers(rig), answers(fresh));
    }),
    { numRuns: 400 },
  );
});

/**
 * Policies on the way out: what passes, what they set against the rules of BGP, and reloads that leave sessions alone.
 */
import assert from "node:assert/strict";
import fc from "../../../../support/fast_check.ts";
import { type AttributeSet, emptyAttributeSet } from "../../../../../src/message/mod.ts";
import type { RibPeer } from "../../../../../src/rib/mod.ts";
import type { Negotiated } from "../../../../../src/session/mod.ts";
import { familyMask, parsePrefix } from "../../../../../src/types/mod.ts";
import { policyTable } from "../../import_support.ts";
import { Exchange } from "../../out_support.ts";
import { familyOf, v4, v6, wire } from "../../support.ts";

/** Policy "out" with these rules, each the inside of a table. */
function out(...rules: string[]): string {
  return `[[policies]]\nname = "out"\n${rules.map((rule) => `[[policies.rules]]\n${rule}\n`).join("")}`;
}

const accept = 'action = "accept"';
const by: Partial<RibPeer> = { export: ["out"] };
const ibgp: Partial<Negotiated> = { internal: true, remoteAsn: 65000 };

/** Peer 1 announces; peer 2 receives what policy "out" accepts. */
function world(text: string, peer: Partial<RibPeer> = {}, context: Partial<Negotiated> = {}) {
  const exchange = new Exchange();
  exchange.rib.setPolicies(policyTable(text));
  const listener = exchange.up(2, { ...by, ...peer }, context);
  exchange.up(1);
  return { exchange, listener };
}

function advertised(
  text: string,
  set: Partial<AttributeSet> = {},
  context: Partial<Negotiated> = {},
): AttributeSet | undefined {
  const { exchange, listener } = world(text, {}, context);
  exchange.announce(1, wire(set, [65001, 7]), "10.0.0.0/8");
  exchange.settle();
  return listener.attributes("10.0.0.0/8");
}

function originate(exchange: Exchange, set: Partial<AttributeSet>, peerId: number | undefined, prefix: string): void {
  const route = {
    family: familyOf(prefix),
    prefix: parsePrefix(prefix)!,
    attributes: { ...emptyAttributeSet(), ...set },
  };
  exchange.rib.originate([{ key: prefix, peerId, route }]);
  exchange.rib.decide();
}

const asns = (set: AttributeSet | undefined) => set?.asPath.flatMap(({ asns }) => asns);

Deno.test("RFC 8212 §2: what no rule accepts does not leave, nor anything where the policy does not exist", () => {
  const text = out(`match = { community = "65001:1" }\n${accept}`);
  assert.equal(advertised(text), undefined);
  assert.ok(advertised(text, { communities: [65001 * 65536 + 1] }) !== undefined);
  const exchange = new Exchange();
  const listener = exchange.up(2, by);
  exchange.up(1);
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  exchange.settle();
  assert.deepEqual(listener.keys, []);
});

Deno.test("RFC 4271 §5.1.4: a MED that policy sets goes to other ASes; one received does not", () => {
  assert.equal(advertised(out(`set = { med = 7 }\n${accept}`), { med: 5 })!.med, 7);
  assert.equal(advertised(out(`set = { med = "+10" }\n${accept}`), { med: 5 })!.med, 15);
  assert.equal(advertised(out(accept), { med: 5 })!.med, undefined);
});

Deno.test("RFC 4271 §5.1.5: a LOCAL_PREF that policy sets goes to internal peers, and to no others", () => {
  const text = out(`set = { local_pref = 300 }\n${accept}`);
  assert.equal(advertised(text, {}, ibgp)!.localPref, 300);
  assert.equal(advertised(text)!.localPref, undefined);
  assert.equal(advertised(out(accept), {}, ibgp)!.localPref, 100);
});

Deno.test("RFC 4271 §5.1.3: the next hop that policy sets wins over that of the rules", () => {
  const hop = (set: AttributeSet | undefined) => set?.nextHop?.join(".");
  assert.equal(hop(advertised(out(`set = { next_hop = "203.0.113.9" }\n${accept}`))), "203.0.113.9");
  assert.equal(hop(advertised(out(`set = { next_hop = "unchanged" }\n${accept}`))), "192.0.2.1");
  assert.equal(hop(advertised(out(accept))), "192.0.2.100");
  assert.equal(hop(advertised(out(`set = { next_hop = "self" }\n${accept}`), {}, ibgp)), "192.0.2.100");
  assert.equal(hop(advertised(out(accept), {}, ibgp)), "192.0.2.1");
});

Deno.test("RFC 4271 §5.1.2 b: ASNs that policy prepends come in addition to ours", () => {
  assert.deepEqual(asns(advertised(out(`set = { prepend = 2 }\n${accept}`))), [65000, 65000, 65000, 65001, 7]);
  const { exchange, listener } = world(out(`set = { prepend = 1 }\n${accept}`));
  originate(exchange, {}, undefined, "9.0.0.0/8");
  exchange.settle();
  assert.deepEqual(asns(listener.attributes("9.0.0.0/8")), [65000, 65000]);
});

Deno.test("RFC 1997: NO_EXPORT holds whatever policy removes; one that policy adds is for the receiver", () => {
  const noExport = 0xffffff01;
  assert.equal(
    advertised(out(`set = { remove_communities = "*" }\n${accept}`), { communities: [noExport] }),
    undefined,
  );
  assert.deepEqual(advertised(out(`set = { add_communities = "no-export" }\n${accept}`))!.communities, [noExport]);
});

Deno.test("routes of this speaker for all are asked about too; those for one peer are meant for it", () => {
  const { exchange, listener } = world(out(`match = { source = "external" }\n${accept}`));
  originate(exchange, {}, undefined, "9.0.0.0/8");
  originate(exchange, {}, 2, "9.1.0.0/16");
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  exchange.settle();
  assert.deepEqual(listener.keys, ["10.0.0.0/8", "9.1.0.0/16"]);
});

Deno.test("of one attribute set, a policy may take some prefixes and leave others", () => {
  const { exchange, listener } = world(
    `[[prefix_sets]]\nname = "some"\nprefixes = ["10.0.0.0/8 le 16", "!10.1.0.0/16"]\n` +
      out(`match = { prefix = "some" }\n${accept}`),
  );
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/24", "11.0.0.0/8");
  exchange.settle();
  assert.deepEqual(listener.keys, ["10.0.0.0/16", "10.0.0.0/8"]);
});

Deno.test("a policy may ask where a route is from, and whom it is for", () => {
  const from = out(`match = { from_as = 65003 }\n${accept}`);
  const { exchange, listener } = world(from);
  exchange.up(3);
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  exchange.announce(3, wire({}, [65001]), "11.0.0.0/8");
  exchange.settle();
  assert.deepEqual(listener.keys, ["11.0.0.0/8"], "both have one attribute set");
  const whom = world(out(`match = { peer_as = 65002 }\n${accept}`));
  const other = whom.exchange.up(3, by);
  whom.exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  whom.exchange.settle();
  assert.deepEqual([whom.listener.keys, other.keys], [["10.0.0.0/8"], []]);
});

Deno.test("peers of one update group get different routes once a policy matches them, and the same ones again", () => {
  const all = out(accept);
  const { exchange, listener } = world(all);
  const other = exchange.up(3, by);
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8", "11.0.0.0/8");
  const keys = () => {
    exchange.rib.decide();
    exchange.settle();
    return [listener.keys.length, other.keys.length];
  };
  assert.deepEqual(keys(), [2, 2]);
  exchange.rib.setPolicies(policyTable(out(`match = { peer_as = 65002 }\n${accept}`)));
  assert.deepEqual(keys(), [2, 0]);
  exchange.rib.setPolicies(policyTable(out(`match = { peer_as = 65003 }\n${accept}`)));
  assert.deepEqual(keys(), [0, 2]);
  exchange.rib.setPolicies(policyTable(all));
  assert.deepEqual(keys(), [2, 2]);
  exchange.withdraw(1, "10.0.0.0/8");
  assert.deepEqual(keys(), [1, 1]);
});

Deno.test("a group of the peer that a route is from counts from the moment it is another one", () => {
  const { exchange, listener } = world(
    '[[groups]]\nname = "customers"\n' + out(`match = { from_group = "customers" }\n${accept}`),
  );
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  exchange.settle();
  assert.deepEqual(listener.keys, []);
  exchange.rib.updatePeer({ id: 1, address: Uint8Array.of(192, 0, 2, 1), groups: ["customers"] });
  exchange.rib.decide();
  exchange.settle();
  assert.deepEqual(listener.keys, ["10.0.0.0/8"]);
});

Deno.test("a family may have a policy of its own", () => {
  const families = { [v4]: ["out"] };
  const { exchange, listener } = world(out(`set = { med = 7 }\n${accept}`), { export: { families, otherwise: "all" } });
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  exchange.announce(1, wire({ nextHop: new Uint8Array(16).fill(1) }, [65001]), "2001:db8::/32");
  exchange.settle();
  assert.deepEqual([v4, v6].map((_, i) => listener.attributes(["10.0.0.0/8", "2001:db8::/32"][i]!)?.med), [
    7,
    undefined,
  ]);
});

for (const context of [{}, { addPathSend: familyMask([v4]) }]) {
  const kind = context.addPathSend === undefined ? "" : " (ADD-PATH)";
  const key = (prefix: string) => context.addPathSend === undefined ? prefix : `${prefix}#2`;

  Deno.test(`after a reload of policies a peer gets the difference, and its session continues${kind}`, () => {
    const { exchange, listener } = world(
      out(`match = { as_path_length = "2" }\nset = { med = 7 }\n${accept}`, accept),
      {},
      context,
    );
    exchange.announce(1, wire({}, [65001, 8]), "10.0.0.0/8");
    exchange.announce(1, wire({}, [65001]), "11.0.0.0/8", "12.0.0.0/8");
    exchange.settle();
    listener.log.length = 0;
    exchange.rib.setPolicies(
      policyTable(out(`match = { as_path_length = "2" }\nset = { med = 9 }\n${accept}`, accept)),
    );
    exchange.rib.decide();
    exchange.settle();
    assert.deepEqual(listener.log, [`+ ${key("10.0.0.0/8")}`]);
    assert.equal(listener.attributes(key("10.0.0.0/8"))!.med, 9);
    exchange.rib.setPolicies(policyTable(out(`match = { as_path_length = "2" }\n${accept}`)));
    exchange.rib.decide();
    exchange.settle();
    assert.deepEqual(listener.keys, [key("10.0.0.0/8")]);
  });
}

Deno.test("a peer with another policy gets the difference", () => {
  const { exchange, listener } = world(
    out(accept) + `[[policies]]\nname = "less"\n[[policies.rules]]\nmatch = { not_origin_as = 8 }\n${accept}`,
  );
  exchange.announce(1, wire({}, [65001, 8]), "10.0.0.0/8");
  exchange.announce(1, wire({}, [65001]), "11.0.0.0/8", "12.0.0.0/8");
  exchange.settle();
  listener.log.length = 0;
  exchange.rib.updatePeer({ id: 2, address: Uint8Array.of(192, 0, 2, 2), export: ["less"] });
  exchange.settle();
  assert.deepEqual(listener.log, ["- 10.0.0.0/8"]);
  exchange.rib.updatePeer({ id: 2, address: Uint8Array.of(192, 0, 2, 2), export: ["less", "out"] });
  exchange.settle();
  assert.deepEqual(listener.log, ["- 10.0.0.0/8", "+ 10.0.0.0/8"]);
});

Deno.test("RFC 8326 §4: a session to be drained gets all routes again, marked; unmarked when that ends", () => {
  const { exchange, listener } = world(out(accept));
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  exchange.settle();
  const drained = (gracefulShutdown: boolean) => {
    exchange.rib.updatePeer({ id: 2, address: Uint8Array.of(192, 0, 2, 2), ...by, gracefulShutdown });
    exchange.settle();
    return listener.attributes("10.0.0.0/8")!.communities;
  };
  assert.deepEqual([drained(true), drained(false)], [[0xffff0000], []]);
  assert.deepEqual(listener.log.filter((entry) => entry.startsWith("-")), [], "not withdrawn for a moment");
});

const conditions = [
  "",
  'match = { community = "65000:1" }',
  "match = { origin_as = 7 }",
  'match = { prefix = "10.0.0.0/8 le 16" }',
  "match = { from_as = 65001 }",
  "match = { peer_as = [65002, 65003] }",
  'match = { source = "local" }',
];
const changes = [
  "",
  "set = { med = 5 }",
  "set = { prepend = 1 }",
  'set = { add_communities = "65000:9" }',
  'set = { next_hop = "unchanged" }',
];
const rule = fc.tuple(
  fc.constantFrom(...conditions),
  fc.constantFrom(...changes),
  fc.constantFrom("accept", "reject", "continue"),
)
  .map(([match, set, action]) => `${match}\n${set}\naction = "${action}"`);
const policy = fc.array(rule, { minLength: 1, maxLength: 4 }).map((rules) => out(...rules));
const announcements = fc.array(
  fc.record({
    from: fc.constantFrom(1, 4),
    prefix: fc.constantFrom("10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "11.0.0.0/8"),
    set: fc.record({
      med: fc.constantFrom(undefined, 1),
      communities: fc.constantFrom<number[]>([], [65000 * 65536 + 1]),
    }),
    path: fc.constantFrom<number[]>([65009], [65009, 7]),
  }),
  { maxLength: 12 },
);

Deno.test("whatever the policies before: after a reload each peer has what it would have had from the start", () => {
  fc.assert(
    fc.property(policy, policy, announcements, announcements, (before, after, first, second) => {
      const play = (texts: string[]) => {
        const exchange = new Exchange();
        const peers = [2, 3, 5].map((id) => {
          exchange.rib.setPolicies(policyTable(texts[0]!));
          return exchange.up(id, by, id === 3 ? { addPathSend: familyMask([v4]) } : {});
        });
        for (const id of [1, 4]) exchange.up(id, {}, { enforceFirstAs: false });
        originate(exchange, {}, undefined, "12.0.0.0/8");
        [first, second].forEach((list, i) => {
          if (i === 1) exchange.rib.setPolicies(policyTable(texts.at(-1)!));
          for (const { from, prefix, set, path } of list) exchange.announce(from, wire(set, path), prefix);
          exchange.settle();
        });
        exchange.rib.decide();
        exchange.settle();
        for (const id of [2, 3, 5]) assert.deepEqual(exchange.advertised(id), exchange.receivers.get(id)!.table);
        return peers.map(({ table }) => [...table].sort());
      };
      assert.deepEqual(play([before, after]), play([after]));
    }),
    { numRuns: 150 },
  );
});

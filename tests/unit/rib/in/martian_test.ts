/** Martian prefixes of unicast families (RFC 4271 §6.3): shown, logged, ineligible, never advertised. */
import assert from "node:assert/strict";
import { Ineligible } from "../../../../src/rib/mod.ts";
import { UpdateEncoder } from "../../../../src/message/mod.ts";
import { familyMask, formatPrefix, parseAddress } from "../../../../src/types/mod.ts";
import { Exchange } from "../out_support.ts";
import { all } from "../passing.ts";
import { announce, RibRig, v4, v6, wire, withdraw, wordsOf } from "../support.ts";

const martians = ["224.0.0.0/4", "127.0.0.0/8", "255.255.255.255/32", "0.0.0.0/32"];
const martians6 = ["ff00::/8", "::1/128", "fe80::/10"];
const v6Hop = wire({ nextHop: parseAddress("2001:db8::1")! });

function reasons(rig: RibRig): Record<string, number> {
  return Object.fromEntries([...rig.rib.dump()].map((row) => [formatPrefix(row.prefix!), row.ineligible]));
}

function notes(rig: RibRig): string[] {
  return rig.facts.flatMap((fact) => fact.kind === "note" ? [fact.text] : []);
}

Deno.test("rfc4271#6.3 martian prefixes have a reason of their own, logged once per session and family", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8", ...martians, "0.0.0.0/0"));
  rig.send(1, announce(context, v6Hop, "2001:db8::/32", ...martians6, "::/0"));
  rig.send(1, announce(context, wire({ med: 1 }), ...martians, "10.1.0.0/16"));
  rig.rib.decide();
  const expected = Object.fromEntries(
    [...martians, ...martians6].map((prefix) => [prefix, Ineligible.martian as number]),
  );
  for (const fine of ["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "2001:db8::/32", "::/0"]) expected[fine] = 0;
  assert.deepEqual(reasons(rig), expected);
  for (const prefix of [...martians, ...martians6]) assert.equal(rig.best(prefix), undefined, prefix);
  assert.ok(rig.best("10.0.0.0/8") !== undefined && rig.best("0.0.0.0/0") !== undefined);
  assert.equal(notes(rig).length, 2);
  assert.match(
    notes(rig)[0]!,
    /^224\.0\.0\.0\/4 is multicast, which cannot be a unicast destination: .* ipv4 unicast .* \(RFC 4271 §6\.3\)$/,
  );
  rig.send(1, withdraw(context, ...martians));
  assert.equal(martians.some((prefix) => prefix in reasons(rig)), false);
});

Deno.test("rfc4271#6.3 the word stays when import policy and limits are asked, and after a reload", () => {
  const limit = {
    limit: 1,
    warningPercent: 100,
    action: "discard",
    counts: "accepted",
    restartSeconds: undefined,
  } as const;
  const rig = new RibRig();
  const context = rig.up(1, {}, { maxPrefixes: { [v4]: limit } });
  rig.send(1, announce(context, wire(), ...martians, "10.0.0.0/8"));
  assert.equal(reasons(rig)["10.0.0.0/8"], 0, "martians are not counted among the accepted");
  assert.equal(reasons(rig)["127.0.0.0/8"], Ineligible.martian);
  rig.rib.updatePeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1), import: "none" });
  rig.rib.decide();
  assert.equal(reasons(rig)["10.0.0.0/8"], Ineligible.notImported);
  assert.equal(reasons(rig)["127.0.0.0/8"], Ineligible.martian);
  rig.rib.updatePeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1), import: "all" });
  rig.rib.decide();
  assert.equal(rig.best("127.0.0.0/8"), undefined);
  assert.ok(rig.best("10.0.0.0/8") !== undefined);
});

Deno.test("rfc4271#6.3 several paths of a martian prefix: none is a candidate (RFC 7911)", () => {
  const rig = new RibRig();
  const context = rig.up(1, { addPathReceive: familyMask([v4]) });
  rig.send(
    1,
    announce(context, wire(), { prefix: "224.0.0.5/32", pathId: 1 }, { prefix: "224.0.0.5/32", pathId: 2 }),
  );
  rig.rib.decide();
  assert.deepEqual([...rig.rib.dump()].map(({ ineligible }) => ineligible), [12, 12]);
});

Deno.test("rfc4271#6.3 twin: the same prefix of a multicast family is a route as any other", () => {
  const rig = new RibRig();
  const context = rig.up(1, { families: familyMask([v4, v6, 3]) });
  const encoder = new UpdateEncoder(context);
  encoder.begin(wire(), 3);
  encoder.add(...wordsOf("224.0.0.0/4"), -1);
  rig.send(1, encoder.take());
  rig.rib.decide();
  assert.deepEqual(reasons(rig), { "224.0.0.0/4": 0 });
  assert.deepEqual(notes(rig), []);
});

Deno.test("rfc4271#6.3 a martian prefix goes to no peer", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.up(2, all);
  exchange.announce(1, wire(), ...martians, "10.0.0.0/8");
  exchange.settle();
  assert.deepEqual(exchange.receivers.get(2)!.keys, ["10.0.0.0/8"]);
});

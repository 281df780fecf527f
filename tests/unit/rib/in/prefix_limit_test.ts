import assert from "node:assert/strict";
import { decodeRouteRefresh, ErrorCode, messageLength, MessageType, messageType } from "../../../../src/message/mod.ts";
import { Ineligible, type PrefixLimit, type RibFact } from "../../../../src/rib/mod.ts";
import type { Negotiated } from "../../../../src/session/mod.ts";
import { IPV4_UNICAST } from "../../../../src/types/mod.ts";
import { policyTable, StoringRig } from "../import_support.ts";
import { announce, v4, wire, withdraw } from "../support.ts";

const policies = policyTable(`
[[policies]]
name = "marked"
default = "reject"
[[policies.rules]]
name = "marked"
match = { community = "65001:1" }
action = "accept"
`);
const marked = wire({ communities: [65001 * 65536 + 1] });

const limit: PrefixLimit = {
  limit: 20,
  warningPercent: 80,
  action: "discard",
  counts: "received",
  restartSeconds: undefined,
};

class LimitedPeer {
  readonly rig = new StoringRig();
  readonly context: Negotiated;

  constructor(
    readonly limit: PrefixLimit,
    readonly chain: readonly string[] | "all" = "all",
    overrides: Partial<Negotiated> = {},
  ) {
    this.rig.rib.setPolicies(policies);
    this.context = this.rig.up(1, overrides, { import: chain, maxPrefixes: { [v4]: limit } });
  }

  announce(from: number, to: number, set = marked): RibFact[] {
    const list = Array.from({ length: to - from }, (_, i) => prefix(from + i));
    const facts = this.rig.send(1, announce(this.context, set, ...list));
    this.rig.settle();
    return facts;
  }

  withdraw(from: number, to: number): RibFact[] {
    const list = Array.from({ length: to - from }, (_, i) => prefix(from + i));
    const facts = this.rig.send(1, withdraw(this.context, ...list));
    this.rig.settle();
    return facts;
  }

  configure(limit: PrefixLimit | undefined, chain = this.chain): void {
    this.rig.rib.updatePeer({
      id: 1,
      address: Uint8Array.of(127, 0, 0, 1),
      import: chain,
      ...limit === undefined ? {} : { maxPrefixes: { [v4]: limit } },
    });
    this.rig.settle();
  }

  /** Routes by reason. */
  count(): Record<number, number> {
    const count: Record<number, number> = {};
    for (const { ineligible } of this.rig.rib.dump()) count[ineligible] = (count[ineligible] ?? 0) + 1;
    return count;
  }

  /** Refreshes that the peer was sent. */
  refreshes(): number {
    const { epoch } = this.rig.sessions.get(1)!;
    let count = 0;
    for (let bytes = this.rig.rib.pull(1, epoch, 4096); bytes !== undefined;) {
      for (let at = 0; at < bytes.length; at += messageLength(bytes, at)) {
        if (messageType(bytes, at) !== MessageType.routeRefresh) continue;
        const refresh = decodeRouteRefresh(bytes.subarray(at, at + messageLength(bytes, at)), "plain");
        assert(refresh.kind === "routeRefresh" && refresh.afi === 1);
        count++;
      }
      bytes = this.rig.rib.pull(1, epoch, 4096);
    }
    return count;
  }
}

function prefix(i: number): string {
  return `10.${i >> 8}.${i & 255}.0/24`;
}

function texts(facts: readonly RibFact[]): string[] {
  return facts.map((fact) => fact.kind === "note" || fact.kind === "sessionReset" ? fact.text : fact.kind);
}

Deno.test("warn: a word at the warning and one beyond the limit, once for each crossing; every route is kept", () => {
  const it = new LimitedPeer({ ...limit, action: "warn" });
  assert.deepEqual(texts(it.announce(0, 15)), []);
  assert.deepEqual(texts(it.announce(15, 16)), ["16 routes of ipv4 unicast of at most 20 (max_prefixes)"]);
  assert.deepEqual(texts(it.announce(16, 20)), []);
  assert.deepEqual(texts(it.announce(20, 30)), ["30 routes of ipv4 unicast, more than 20 (max_prefixes)"]);
  assert.deepEqual(texts(it.announce(30, 40)), []);
  assert.deepEqual(it.count(), { 0: 40 });
  // Back across both lines, and over them again.
  assert.deepEqual(texts(it.withdraw(0, 30)), []);
  assert.deepEqual(texts(it.announce(0, 30)), ["40 routes of ipv4 unicast, more than 20 (max_prefixes)"]);
});

Deno.test("RFC 4271 §6.7, RFC 4486 §4: shutdown ends the session with Cease/1, family and limit", () => {
  const it = new LimitedPeer({ ...limit, action: "shutdown", restartSeconds: 1800 });
  assert.deepEqual(texts(it.announce(0, 20)), ["20 routes of ipv4 unicast of at most 20 (max_prefixes)"]);
  const [fact, ...more] = it.announce(20, 21);
  assert.deepEqual(more, []);
  assert(fact?.kind === "sessionReset");
  const { code, subcode, data } = fact.notification;
  assert.deepEqual([code, subcode, [...data]], [ErrorCode.cease, 1, [0, 1, 1, 0, 0, 0, 20]]);
  assert.deepEqual(fact.restart, { kind: "after", seconds: 1800 });
  assert.deepEqual(it.announce(21, 30), [], "nothing more is read");
});

Deno.test("RFC 4486 §4: as many as allowed end nothing, nor does the same route again", () => {
  const it = new LimitedPeer({ ...limit, action: "shutdown" });
  it.announce(0, 20);
  assert.deepEqual(it.announce(0, 20, wire()), []);
  const [fact] = it.announce(20, 21);
  assert(fact?.kind === "sessionReset");
  assert.deepEqual(fact.restart, { kind: "never" });
});

Deno.test("discard: routes above the limit are refused, except a few ineligible ones, and use no slot", () => {
  const it = new LimitedPeer(limit);
  assert.deepEqual(texts(it.announce(0, 20)), ["20 routes of ipv4 unicast of at most 20 (max_prefixes)"]);
  assert.deepEqual(texts(it.announce(20, 500)), [
    "more than 20 routes of ipv4 unicast (max_prefixes): routes above the limit are refused",
  ]);
  assert.deepEqual(it.count(), { 0: 20, [Ineligible.maxPrefixes]: 2 });
  assert.equal(it.rig.rib.memory().prefixes, 22);
  it.rig.check();
  // Another state of a route that is there is no new one.
  assert.deepEqual(it.announce(0, 20, wire({ med: 5 })), []);
  assert.deepEqual(it.count(), { 0: 20, [Ineligible.maxPrefixes]: 2 });
  it.rig.check();
});

Deno.test("discard: with room, stored routes become eligible; then the peer is asked for the refused", () => {
  const it = new LimitedPeer(limit);
  it.announce(0, 30);
  it.refreshes();
  it.withdraw(0, 1);
  assert.deepEqual(it.count(), { 0: 20, [Ineligible.maxPrefixes]: 1 });
  it.withdraw(1, 2);
  assert.deepEqual(it.count(), { 0: 20 });
  assert.equal(it.refreshes(), 0, "there is no room yet");
  it.withdraw(2, 4);
  assert.equal(it.refreshes(), 1);
  it.withdraw(4, 6);
  assert.equal(it.refreshes(), 0, "it was asked already");
  // It answers with all it has.
  it.announce(6, 30);
  assert.deepEqual(it.count(), { 0: 20, [Ineligible.maxPrefixes]: 2 });
  it.rig.check();
});

Deno.test("discard: a peer without route refresh gets a note in the log", () => {
  const it = new LimitedPeer(limit, "all", { routeRefresh: false });
  it.announce(0, 30);
  it.withdraw(0, 2);
  assert.deepEqual(texts(it.withdraw(2, 6)), [
    "there is room again for routes that max_prefixes refused, but the peer does not support route refresh: " +
    "reset the session to receive them",
  ]);
});

Deno.test("accepted: what policy rejects does not count", () => {
  const it = new LimitedPeer({ ...limit, counts: "accepted" }, ["marked"]);
  it.announce(0, 100, wire());
  assert.equal(it.rig.rib.memory().routes, 100);
  assert.deepEqual(texts(it.announce(0, 18)), ["18 accepted routes of ipv4 unicast of at most 20 (max_prefixes)"]);
  assert.deepEqual(texts(it.announce(18, 30)), [
    "more than 20 accepted routes of ipv4 unicast (max_prefixes): routes above the limit are refused",
  ]);
  // Those that are here already stay to be seen.
  assert.equal(it.count()[0], 20);
  assert.equal(it.count()[Ineligible.maxPrefixes], 10);
  it.rig.check();
  it.announce(0, 5, wire());
  assert.equal(it.count()[0], 20);
  assert.equal(it.count()[Ineligible.maxPrefixes], 5);
  it.rig.check();
});

Deno.test("accepted: a policy that lets more in comes up against the limit", () => {
  const it = new LimitedPeer({ ...limit, counts: "accepted" }, ["marked"]);
  it.announce(0, 50, wire());
  it.rig.facts.length = 0;
  it.configure({ ...limit, counts: "accepted" }, "all");
  assert.deepEqual(it.count(), { 0: 20, [Ineligible.maxPrefixes]: 30 });
  assert.deepEqual(texts(it.rig.facts), [
    "more than 20 accepted routes of ipv4 unicast (max_prefixes): routes above the limit are refused",
  ]);
  it.configure({ ...limit, counts: "accepted", action: "shutdown" }, "all");
  assert.equal(it.rig.facts.at(-1)!.kind, "sessionReset");
});

Deno.test("another limit holds at once: more room lets in, less takes nobody out", () => {
  const it = new LimitedPeer(limit);
  it.announce(0, 30);
  it.configure({ ...limit, limit: 21 });
  assert.deepEqual(it.count(), { 0: 21, [Ineligible.maxPrefixes]: 1 });
  it.configure({ ...limit, limit: 10 });
  assert.deepEqual(it.count(), { 0: 21, [Ineligible.maxPrefixes]: 1 });
  it.refreshes();
  it.configure(undefined);
  assert.deepEqual(it.count(), { 0: 22 });
  assert.equal(it.refreshes(), 1, "for those that were left out");
  it.rig.check();
});

Deno.test("another limit may be too little for what there is: the session ends, where it is to", () => {
  const it = new LimitedPeer(limit);
  it.announce(0, 15);
  it.rig.facts.length = 0;
  it.configure({ ...limit, limit: 10, action: "shutdown" });
  assert.deepEqual(texts(it.rig.facts), ["15 routes of ipv4 unicast, more than 10 (max_prefixes)"]);
});

Deno.test("ADD-PATH: paths count, and a path of a known prefix beyond the limit is left out", () => {
  const it = new LimitedPeer(limit, "all", { addPathReceive: 1 << IPV4_UNICAST });
  const paths = (from: number, to: number) =>
    announce(
      it.context,
      marked,
      ...Array.from({ length: to - from }, (_, i) => ({ prefix: "10.0.0.0/8", pathId: from + i })),
    );
  it.rig.send(1, paths(0, 50));
  it.rig.settle();
  assert.deepEqual(it.count(), { 0: 20, [Ineligible.maxPrefixes]: 2 });
  it.rig.check();
});

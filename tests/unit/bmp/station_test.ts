/** The station under what routers send in the wrong order. */
import assert from "node:assert/strict";
import { type BmpMessage, type BmpPeer, encodeBmp, Station } from "../../../src/bmp/mod.ts";
import { encodeOpen } from "../../../src/message/mod.ts";

const peer: BmpPeer = {
  type: 0,
  ribKind: "adj-in",
  twoOctetAsPath: false,
  filtered: false,
  distinguisher: 0n,
  address: new Uint8Array([192, 0, 2, 1]),
  asn: 64_497,
  bgpId: 1,
  seconds: 0,
  microseconds: 0,
};
const initiation: BmpMessage = {
  kind: "initiation",
  information: [{ type: 2, value: new TextEncoder().encode("r1") }],
};
const update = new Uint8Array(23).fill(0xff, 0, 16);
update.set([0, 23, 2], 16);
const routes: BmpMessage = { kind: "routeMonitoring", peer, update };
const down: BmpMessage = { kind: "peerDown", peer, reason: 5, data: new Uint8Array(0) };

function open(asn: number, send: boolean, receive: boolean): Uint8Array {
  const capabilities = [{ kind: "addPath", families: [{ afi: 1, safi: 1, send, receive }] } as const];
  return encodeOpen({ version: 4, asn, holdTimeSeconds: 90, routerId: asn, capabilities });
}

function up(remotePort = 5): BmpMessage {
  return {
    kind: "peerUp",
    peer,
    localAddress: new Uint8Array(4),
    localPort: 179,
    remotePort,
    sentOpen: open(64_496, true, false),
    receivedOpen: open(64_497, false, true),
    information: [],
  };
}

function events(...messages: readonly BmpMessage[]) {
  const station = new Station();
  for (const message of messages) station.push(encodeBmp(message));
  const found = [];
  for (let event = station.next(); event !== undefined; event = station.next()) found.push(event);
  return found;
}

const kinds = (...messages: readonly BmpMessage[]) => events(...messages).map(({ kind }) => kind);

Deno.test("RFC 7854 §3.3: a Peer Up without Initiation ends the connection; with it, the peer is up", () => {
  assert.deepEqual(kinds(up(), initiation, up()), ["end"]);
  assert.deepEqual(kinds(initiation, up()), ["initiation", "peerUp"]);
});

Deno.test("RFC 7854 §4.6: routes count only between Peer Up and Peer Down", () => {
  assert.deepEqual(kinds(initiation, routes, up(), routes, down, routes, down), [
    "initiation",
    "skipped",
    "peerUp",
    "update",
    "peerDown",
    "skipped",
    "skipped",
  ]);
});

Deno.test("RFC 7854 §4.10: a Peer Up of a new session replaces the peer; the same session again does not", () => {
  assert.deepEqual(kinds(initiation, up(5), up(5)), ["initiation", "peerUp", "peerUp"]);
  assert.deepEqual(kinds(initiation, up(5), up(6)), ["initiation", "peerUp", "peerDown", "peerUp"]);
});

Deno.test("RFC 9069 §5.3: a Peer Down of reason 6 has the text of its TLVs, and counts without any", () => {
  const text = new TextEncoder().encode("maintenance");
  const cases: readonly (readonly [number, Uint8Array, string])[] = [
    [6, Uint8Array.of(0, 3, 0, 2, 118, 49, 0, 0, 0, text.length, ...text), "maintenance"],
    [6, Uint8Array.of(0, 3, 0, 2, 118, 49), ""],
    [6, Uint8Array.of(0, 0, 0, 99, 65), ""],
    // Reason 5 has no TLVs.
    [5, Uint8Array.of(0, 0, 0, text.length, ...text), ""],
  ];
  for (const [reason, data, expected] of cases) {
    const last = events(initiation, up(), { kind: "peerDown", peer, reason, data }).at(-1);
    assert.deepEqual(last?.kind === "peerDown" ? [last.reason, last.text] : last?.kind, [reason, expected]);
  }
});

Deno.test("RFC 7854 §4.5: after a Termination the station reads nothing, and the event has its reason", () => {
  const found = events(
    initiation,
    { kind: "termination", information: [{ type: 1, value: new Uint8Array([0, 2]) }] },
    up(),
  );
  assert.deepEqual(found.map(({ kind }) => kind), ["initiation", "end"]);
  assert.ok(found[1]?.kind === "end" && found[1].text.includes("out of resources"));
});

Deno.test("RFC 7911 §4: the direction of ADD-PATH in Adj-RIB-Out is that from the router to its peer", () => {
  const masks = (["adj-in", "adj-out"] as const).map((ribKind) => {
    const last = events(initiation, up(), { ...routes, peer: { ...peer, ribKind } }).at(-1);
    return last?.kind === "update" ? last.context.addPathReceive : undefined;
  });
  assert.equal(masks[0], 0);
  assert.ok(masks[1]! > 0);
});

Deno.test("RFC 9069 §4: a Loc-RIB without Peer Up, or with that of a plain peer, is a Loc-RIB all the same", () => {
  const loc: BmpPeer = { ...peer, type: 3, ribKind: "loc", address: new Uint8Array(4) };
  assert.deepEqual(kinds(initiation, { ...routes, peer: loc }, { ...routes, peer: loc }), [
    "initiation",
    "peerUp",
    "update",
    "update",
  ]);
  const plain: BmpPeer = { ...loc, type: 0, ribKind: "adj-in", asn: 0 };
  const wrongOpen = open(0, false, false);
  const found = events(
    initiation,
    { ...up(), peer: plain, sentOpen: wrongOpen, receivedOpen: wrongOpen } as BmpMessage,
    { ...routes, peer: loc },
  );
  assert.deepEqual(found.map((event) => event.kind === "update" ? event.ribKind : event.kind), [
    "initiation",
    "peerUp",
    "loc",
  ]);
  const ofPeer = { ...up(), sentOpen: wrongOpen } as BmpMessage;
  assert.deepEqual(kinds(initiation, ofPeer), ["initiation", "skipped"], "the OPEN of a session must be right");
});

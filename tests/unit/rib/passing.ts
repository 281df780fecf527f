/** One route through one speaker: from peer 1 to peer 2, or from the speaker itself. */

import assert from "node:assert/strict";
import { type AttributeSet, emptyAttributeSet } from "../../../src/message/mod.ts";
import type { RibPeer, RibRow, RibSession } from "../../../src/rib/mod.ts";
import type { Negotiated } from "../../../src/session/mod.ts";
import { type FamilyId, parsePrefix } from "../../../src/types/mod.ts";
import { Exchange } from "./out_support.ts";
import { encoderFor, familyOf, wire, wordsOf } from "./support.ts";

export type Peer = Partial<RibPeer>;
export type Context = Partial<Negotiated>;

export const ibgp: Context = { internal: true, remoteAsn: 65000 };
export const all: Peer = { export: "all" };

export interface Case {
  set?: Partial<AttributeSet>;
  path?: number[];
  prefix?: string;
  from?: Context;
  fromPeer?: Peer;
  to?: Context;
  toPeer?: Peer;
  session?: Partial<RibSession>;
}

/** What peer 2 gets of a route that peer 1 announces; `undefined`: nothing. */
export function passed(given: Case): AttributeSet | undefined {
  const { set = {}, from = {}, fromPeer = {}, to = {}, toPeer = {}, prefix = "10.0.0.0/8" } = given;
  const exchange = new Exchange();
  const listener = exchange.up(2, { ...all, ...toPeer }, to, given.session ?? {});
  exchange.up(1, fromPeer, from);
  const path = given.path ?? (from.internal ? [65009] : [65001, 65009]);
  const internal = from.internal ? { localPref: 100 } : {};
  exchange.announce(1, wire({ ...internal, ...set }, path), prefix);
  exchange.settle();
  assert.deepEqual(exchange.receivers.get(1)!.keys, [], "nothing goes back");
  return listener.attributes(prefix);
}

/** What peer 2 gets of a route of our own. */
export function originated(set: Partial<AttributeSet>, to: Context = {}, toPeer: Peer = {}, prefix = "10.0.0.0/8") {
  const exchange = new Exchange();
  const listener = exchange.up(2, toPeer, to);
  exchange.rib.originate([{
    key: "test",
    peerId: undefined,
    route: { family: familyOf(prefix), prefix: parsePrefix(prefix)!, attributes: { ...emptyAttributeSet(), ...set } },
  }]);
  exchange.rib.decide();
  exchange.settle();
  return listener.attributes(prefix);
}

/** Peer 1's route as it stands in the Adj-RIB-In; of IPv4 unicast unless another IPv4 `family` is given. */
export function taken(given: Omit<Case, "to" | "toPeer"> & { family?: FamilyId }): RibRow {
  const { set = {}, from = {}, fromPeer = {}, prefix = "10.0.0.0/8", path = [65001, 65009] } = given;
  const exchange = new Exchange();
  exchange.up(1, fromPeer, from);
  const encoder = encoderFor(exchange.contexts.get(1)!);
  encoder.begin(wire({ ...from.internal ? { localPref: 100 } : {}, ...set }, path), given.family ?? familyOf(prefix));
  encoder.add(...wordsOf(prefix), -1);
  exchange.send(1, encoder.take());
  return [...exchange.rib.dump()][0]!;
}

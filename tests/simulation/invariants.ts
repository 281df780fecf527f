/**
 * What must hold when the network is quiet again. The feeders know what they announced; the Adj-RIB-In, the Loc-RIB and
 * the database of each speaker follow from that.
 */

import assert from "node:assert/strict";
import {
  decodeAttributeSet,
  formatAsPath,
  formatCommunity,
  formatLargeCommunity,
  formatNextHop,
  originName,
  SegmentType,
} from "../../src/message/mod.ts";
import type { RibRow } from "../../src/rib/mod.ts";
import { formatAddress, formatPrefix, parseAddress } from "../../src/types/mod.ts";
import type { RouteView } from "./database.ts";
import type { Feeder } from "./feeder.ts";
import { best, type Candidate, reason, type Self } from "./oracle.ts";
import { keyOf, type Route, wireOf } from "./routes.ts";
import type { Speaker } from "./speaker.ts";
import { type FeederPlan, heardFrom, type Topology } from "./topology.ts";

/** A neighbour of a speaker: what it announced, and as whom. */
interface Neighbour {
  readonly address: string;
  /** It went away: nothing of it may be left. */
  readonly absent: boolean;
  readonly internal: boolean;
  readonly routerId: number;
  readonly routes: readonly Route[];
}

export interface Scene {
  readonly topology: Topology;
  readonly speakers: readonly Speaker[];
  readonly feeders: readonly { readonly plan: FeederPlan; readonly feeder: Feeder }[];
  isAbsent(address: string): boolean;
}

/** Routes of an earlier run of a peer that did not come back since. */
export type Leftovers = "may stay" | "are gone";

/** Throws an AssertionError that says what is wrong where. */
export function checkAll(scene: Scene, leftovers: Leftovers, checkIntegrity: boolean): void {
  for (const speaker of scene.speakers) {
    const neighbours = neighboursOf(scene, speaker);
    const rows = [...speaker.life.rib.dump()];
    checkPeers(speaker, neighbours);
    checkAdjRibIn(speaker, neighbours, rows);
    checkLocRib(speaker, neighbours, rows);
    checkDatabase(speaker, neighbours, rows, leftovers, checkIntegrity);
    assert.ok(speaker.life.creditsAreHome, `${speaker.config.name}: a credit was lost`);
  }
  for (const { plan, feeder } of scene.feeders) if (!scene.isAbsent(plan.address)) checkHeard(scene, plan, feeder);
}

function neighboursOf({ topology, speakers, feeders, isAbsent }: Scene, speaker: Speaker): Neighbour[] {
  const { address, asn } = speaker.config;
  const fed = feeders.filter(({ plan }) => plan.speaker === address).map(({ plan, feeder }) => ({
    address: plan.address,
    absent: isAbsent(plan.address),
    internal: plan.sender.internal,
    routerId: plan.session.routerId,
    routes: isAbsent(plan.address) ? [] : [...feeder.table.values()],
  }));
  const others = topology.speakers.filter((other) => other.address !== address).map((other) => {
    const peer = other.peers.find((peer) => peer.kind === "address" && peer.remoteIp === address)!;
    const { routerId } = speakers.find(({ config }) => config === other)!;
    const routes = heardFrom(other, peer, asn);
    return { address: other.address, absent: false, internal: other.asn === asn, routerId, routes };
  });
  return [...fed, ...others];
}

function checkPeers(speaker: Speaker, neighbours: readonly Neighbour[]): void {
  const established = [...speaker.life.peers].filter(({ state }) => state === "Established");
  same(
    established.map(({ name }) => name),
    neighbours.filter(({ absent }) => !absent).map(({ address }) => address),
    `${speaker.config.name}: sessions`,
  );
}

/** Peer id → address, as the speaker has it. */
function addressesOf(speaker: Speaker): Map<number, string> {
  return new Map([...speaker.life.peers].map(({ id, name }) => [id, name]));
}

function checkAdjRibIn(speaker: Speaker, neighbours: readonly Neighbour[], rows: readonly RibRow[]): void {
  const addresses = addressesOf(speaker);
  const actual = rows.map((row) =>
    `${addresses.get(row.peerId)} ${formatPrefix(row.prefix!)} ${row.pathId} ${row.wire.toHex()}`
  );
  const expected = neighbours.flatMap(({ address, routes }) =>
    routes.map((route) => `${address} ${keyOf(route)} ${wireOf(route).toHex()}`)
  );
  same(actual, expected, `${speaker.config.name}: Adj-RIBs-In against what was announced`);
}

function checkLocRib(speaker: Speaker, neighbours: readonly Neighbour[], rows: readonly RibRow[]): void {
  const { address, asn, name } = speaker.config;
  const self: Self = { asn, routerId: speaker.routerId, address: parseAddress(address)! };
  const byPrefix = new Map<string, Candidate[]>();
  const reasons: string[] = [];
  for (const { address: peer, internal, routerId, routes } of neighbours) {
    for (const { prefix, pathId, attributes } of routes) {
      const candidate = { peer, internal, routerId, address: parseAddress(peer)!, pathId, attributes };
      reasons.push(`${peer} ${prefix} ${pathId} ${reason(candidate, self)}`);
      if (byPrefix.has(prefix)) byPrefix.get(prefix)!.push(candidate);
      else byPrefix.set(prefix, [candidate]);
    }
  }
  const addresses = addressesOf(speaker);
  same(
    rows.map((row) => `${addresses.get(row.peerId)} ${formatPrefix(row.prefix!)} ${row.pathId} ${row.ineligible}`),
    reasons,
    `${name}: why routes are ineligible`,
  );
  const chosen = Map.groupBy(rows.filter((row) => row.best), (row) => formatPrefix(row.prefix!));
  for (const [prefix, candidates] of byPrefix) {
    const allowed = best(candidates, self).map(({ peer, pathId }) => `${peer} ${pathId}`);
    const actual = (chosen.get(prefix) ?? []).map((row) => `${addresses.get(row.peerId)} ${row.pathId}`);
    const right = allowed.length === 0 ? actual.length === 0 : actual.length === 1 && allowed.includes(actual[0]!);
    if (right) continue;
    assert.fail(`${name}: the best route to ${prefix} is [${actual}], allowed by the oracle: [${allowed}]`);
  }
}

function checkDatabase(
  speaker: Speaker,
  neighbours: readonly Neighbour[],
  rows: readonly RibRow[],
  leftovers: Leftovers,
  checkIntegrity: boolean,
): void {
  const { name } = speaker.config;
  const view = speaker.readDatabase(checkIntegrity);
  const addresses = addressesOf(speaker);
  const memory = rows.map((row) => {
    return line({ ...row, peer: addresses.get(row.peerId)!, prefix: formatPrefix(row.prefix!) });
  });
  const absent = neighbours.filter((neighbour) => neighbour.absent).map(({ address }) => address);
  const isLeft = ({ peer, stale }: RouteView) => leftovers === "may stay" && stale && absent.includes(peer);
  const fresh = view.rib.filter((row) => !isLeft(row));
  const best = view.locRib.filter((row) => !isLeft(row));
  same(fresh.map(line), memory, `${name}: view rib against memory`);
  same(best.map(line), memory.filter((text) => text.endsWith("best")), `${name}: view loc_rib against memory`);
  assert.deepEqual(fresh.filter((row) => row.stale).map(line), [], `${name}: nothing is stale any more`);
  assert.deepEqual(view.damage, [], `${name}: the database is sound`);
  if (view.uncleaned === 0) assert.equal(view.hiddenRows, 0, `${name}: rows of a dead epoch`);
  for (const row of view.rib) if (row.text !== undefined) assert.deepEqual(row.text, textOf(row.wire), `${name}: text`);
  for (const { address, absent } of neighbours) {
    const established = view.peers.get(address) === "Established";
    assert.equal(established, !absent, `${name}: state of ${address} in the database: ${view.peers.get(address)}`);
  }
  for (const [address, count] of view.held) {
    const held = rows.filter((row) => addresses.get(row.peerId) === address).length;
    assert.equal(count, held, `${name}: routes of ${address} by peer_status`);
  }
}

export function line(row: Omit<RouteView, "stale" | "reason" | "text">): string {
  const { peer, prefix, pathId, wire, received, best, ineligible, receivedAt } = row;
  const before = received.toHex() === wire.toHex() ? "" : ` before policy ${received.toHex()}`;
  return `${peer} ${prefix} ${pathId} ${wire.toHex()}${before} ${ineligible} ${receivedAt}${best ? " best" : ""}`;
}

/** The columns people read, in the order of `textColumns`. */
function textOf(wire: Uint8Array): unknown[] {
  const set = decodeAttributeSet(wire);
  const last = set.asPath.at(-1);
  return [
    formatNextHop(set.nextHop!),
    formatAsPath(set.asPath),
    last?.type === SegmentType.sequence ? last.asns.at(-1) : null,
    originName(set.origin!),
    set.med ?? null,
    set.localPref ?? null,
    set.communities.map(formatCommunity).join(" ") || null,
    set.largeCommunities.map(formatLargeCommunity).join(" ") || null,
  ];
}

/** What a speaker announces of its own reaches the feeder, no more and no less. */
function checkHeard({ topology }: Scene, plan: FeederPlan, feeder: Feeder): void {
  const config = topology.speakers.find(({ address }) => address === plan.speaker)!;
  const peer = config.peers.find((peer) => peer.kind === "address" && peer.remoteIp === plan.address);
  const routes = peer === undefined ? [] : heardFrom(config, peer, plan.sender.asn);
  same(
    [...feeder.received].map(([key, wire]) => `${key} ${wire.toHex()}`),
    routes.map((route) => `${keyOf(route)} ${wireOf(route).toHex()}`),
    `${config.name}: what it announced to ${plan.name} (${formatAddress(parseAddress(plan.address)!)})`,
  );
  assert.deepEqual([...feeder.endOfRib].sort(), plan.families, `${plan.name}: End-of-RIBs heard`);
}

/** Both as sets of lines; says what is missing and what is too much. */
export function same(actual: readonly string[], expected: readonly string[], what: string): void {
  const missing = [...expected];
  const extra: string[] = [];
  const places = Map.groupBy(missing.keys(), (at) => missing[at]!);
  const found = new Set<number>();
  for (const each of actual) {
    const at = places.get(each)?.pop();
    if (at === undefined) extra.push(each);
    else found.add(at);
  }
  const absent = missing.filter((_, at) => !found.has(at));
  if (absent.length + extra.length === 0) return;
  const show = (sign: string, lines: readonly string[]) =>
    lines.slice(0, 8).map((text) => `\n  ${sign} ${text}`).join("");
  assert.fail(
    `${what}: ${absent.length} missing, ${extra.length} too many` + show("-", absent) + show("+", extra),
  );
}

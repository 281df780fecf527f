/**
 * What must hold in a quiet network where routes are passed on: a speaker reports as advertised what the export rules
 * make of its tables, and the other side has exactly that. Speaker by speaker, that covers the whole network.
 */

import assert from "node:assert/strict";
import { decodeAttributeSet, encodeAttributeSet, formatDestination } from "../../src/message/mod.ts";
import { type AdvertisedRoute, Ineligible, type RibRow } from "../../src/rib/mod.ts";
import { formatPrefix, IPV4_UNICAST, IPV6_UNICAST, maskHas, maskIds, parseAddress } from "../../src/types/mod.ts";
import { type PeerConfig, ribPeer } from "../../src/config/mod.ts";
import type { Peer } from "../../src/daemon/peer/peer.ts";
import { advertisedTo } from "../support/advertised.ts";
import { type Destination, exported, exportedOwn, type Origin } from "./export_oracle.ts";
import { imported, type Sender, wireOfImported } from "./import_oracle.ts";
import { type Leftovers, line, same, type Scene } from "./invariants.ts";
import { bestAmong, type Candidate } from "./oracle.ts";
import { keyOf, wireOf } from "./routes.ts";
import type { Speaker } from "./speaker.ts";

/** What one speaker's tables say. */
interface Tables {
  readonly speaker: Speaker;
  readonly rows: readonly RibRow[];
  /** By peer id. */
  readonly rowsOf: ReadonlyMap<number, readonly RibRow[]>;
  readonly origins: ReadonlyMap<number, Origin & { readonly confederation?: boolean | undefined }>;
}

const ourselves: Origin = {
  local: true,
  internal: false,
  routerId: 0,
  client: false,
  address: new Uint8Array(4),
  asn: 0,
};

/** Throws an AssertionError that says what is wrong where. */
export function checkTransit(scene: Scene, _leftovers: Leftovers, _last: boolean): void {
  const all = new Map(scene.speakers.map((speaker) => [speaker.config.address, tablesOf(speaker)]));
  for (const tables of all.values()) {
    checkOwn(tables);
    checkImport(tables);
    checkBest(tables);
    checkDatabase(tables);
    for (const peer of tables.speaker.life.peers) {
      if (scene.isAbsent(peer.name)) continue;
      checkExport(tables, peer);
      const other = all.get(peer.name);
      if (other !== undefined) checkNeighbour(tables, peer, other);
    }
    assert.ok(tables.speaker.life.creditsAreHome, `${tables.speaker.config.name}: a credit was lost`);
  }
  for (const place of scene.feeders) {
    if (!scene.isAbsent(place.plan.address)) checkFeeder(all.get(place.plan.speaker)!, place);
  }
}

function tablesOf(speaker: Speaker): Tables {
  const rows = [...speaker.life.rib.dump()];
  const origins = new Map<number, Origin & { readonly confederation?: boolean | undefined }>([[0, ourselves]]);
  for (const { id, name, session, config } of speaker.life.peers) {
    if (session === undefined) continue;
    const { internal, remoteRouterId: routerId, remoteAsn: asn, confederation } = session.negotiated;
    const { routeReflectorClient: client, groups } = config;
    const octets = parseAddress(name)!;
    origins.set(id, { local: false, internal, confederation, routerId, client, address: octets, asn, groups });
  }
  return { speaker, rows, rowsOf: Map.groupBy(rows, (row) => row.peerId), origins };
}

/** The speaker's own routes stand in its tables, no more and no less. */
function checkOwn({ speaker, rowsOf }: Tables): void {
  const own = [...speaker.originated.values()].filter(({ peer }) => peer === undefined);
  same(
    (rowsOf.get(0) ?? []).map((row) => `${formatPrefix(row.prefix!)} ${row.wire.toHex()}`),
    own.map(({ route }) => {
      const { family, attributes } = route;
      const wire = encodeAttributeSet({ ...attributes, origin: attributes.origin ?? 0 });
      return `${formatDestination(family, route)} ${wire.toHex()}`;
    }),
    `${speaker.config.name}: its own routes`,
  );
}

/** What came in became what rules and policies make of it, and where it is no candidate it says why. */
function checkImport({ speaker, rowsOf }: Tables): void {
  const { name, address: localAddress, clusterId = speaker.routerId } = speaker.config;
  const { routerId, policies } = speaker;
  const view = speaker.readDatabase(false);
  for (const { id, name: address, session, config } of speaker.life.peers) {
    if (session === undefined) continue;
    const { negotiated } = session;
    const from: Sender = { config, address, negotiated, routerId, clusterId, localAddress, policies };
    const rules = new Map<string, string | undefined>();
    const rows = rowsOf.get(id) ?? [];
    const expected = rows.map(({ received, prefix, pathId, family, ineligible }) => {
      const result = imported(decodeAttributeSet(received), prefix!, family, from);
      const key = keyOf({ prefix: formatPrefix(prefix!), pathId });
      rules.set(key, result.rule);
      // Whether it should be is another question.
      const reason = ineligible === Ineligible.maxPrefixes ? ineligible : result.ineligible;
      return `${key} ${wireOfImported(result)} ${reason}`;
    });
    same(
      rows.map((row) => `${lineOf(row)} ${row.ineligible}`),
      expected,
      `${name}: what its import makes of routes of ${address}`,
    );
    for (const row of view.rib) {
      const rule = rules.get(keyOf(row));
      if (row.ineligible === Ineligible.maxPrefixes) continue;
      if (row.peer !== address || row.stale || rule === undefined || row.reason === undefined) continue;
      assert.equal(row.reason, rule, `${name}: why ${keyOf(row)} of ${address} is no candidate, in the database`);
    }
  }
}

function candidateOf({ origins }: Tables, row: RibRow): Candidate {
  const { internal, confederation, routerId, address } = origins.get(row.peerId)!;
  return {
    peer: `${row.peerId}`,
    // RFC 5065 §5.3: what other members of the confederation say counts as what our own AS says.
    internal: internal || confederation === true,
    routerId,
    address,
    pathId: row.pathId,
    attributes: decodeAttributeSet(row.wire),
  };
}

/** The best route is ours, or one that the oracle allows. */
function checkBest(tables: Tables): void {
  const { speaker, rows } = tables;
  for (const [prefix, candidates] of Map.groupBy(rows, (row) => formatPrefix(row.prefix!))) {
    const taking = candidates.filter((row) => row.ineligible === 0);
    const plain = taking.filter((row) => row.peerId !== 0).map((row) => candidateOf(tables, row));
    const own = taking.some((row) => row.peerId === 0);
    const allowed = own ? ["0 -1"] : bestAmong(plain).map(({ peer, pathId }) => `${peer} ${pathId}`);
    const actual = candidates.filter((row) => row.best).map((row) => `${row.peerId} ${row.pathId}`);
    const right = allowed.length === 0 ? actual.length === 0 : actual.length === 1 && allowed.includes(actual[0]!);
    if (!right) {
      const shown = candidates.map(({ peerId, pathId, ineligible, wire }) =>
        `\n  ${peerId} ${pathId} ${ineligible} ${JSON.stringify(decodeAttributeSet(wire))}`
      );
      assert.fail(
        `${speaker.config.name}: the best route to ${prefix} is of peer [${actual}], allowed: [${allowed}]${
          shown.join("")
        }`,
      );
    }
  }
}

/** The database has the tables as memory has them, our own routes too. */
function checkDatabase({ speaker, rows }: Tables): void {
  const addresses = new Map([...speaker.life.peers].map(({ id, address }) => [id, address]));
  const memory = rows.map((row) =>
    line({ ...row, peer: addresses.get(row.peerId) ?? "local", prefix: formatPrefix(row.prefix!) })
  );
  const shown = speaker.readDatabase(false).rib.filter(({ stale }) => !stale).map(line);
  same(shown, memory, `${speaker.config.name}: view rib against memory`);
}

/** Adj-RIB-Out is what the rules make of the tables; nothing goes back to whom it came from. */
function checkExport(tables: Tables, peer: Peer): void {
  const { speaker, rows, origins } = tables;
  const what = `${speaker.config.name}: Adj-RIB-Out for ${peer.address} against the rules`;
  const { negotiated } = peer.session!;
  const to: Destination = {
    config: peer.config,
    address: peer.name,
    negotiated,
    localAddress: speaker.config.address,
    clusterId: speaker.config.clusterId ?? speaker.routerId,
    policies: speaker.policies,
  };
  const out = advertisedTo(speaker.life.rib, peer.id);
  const outOf = Map.groupBy(out, ({ prefix }) => formatPrefix(prefix!));
  const rowsOf = Map.groupBy(rows, ({ prefix }) => formatPrefix(prefix!));
  const own = ownRoutes(speaker, peer, to);
  for (const family of maskIds(negotiated.families)) {
    const several = maskHas(negotiated.addPathSend, family);
    const limit = several ? peer.config.addPathSendMax : 1;
    const perClient = peer.config.exportSelection === "per-client";
    const prefixes = new Set([...outOf.keys(), ...rowsOf.keys(), ...own.keys()]);
    const most = peer.config.maxPrefixesOutAction === "stop" ? peer.config.maxPrefixesOut[family] : undefined;
    let count = 0, held = 0, below = 0;
    for (const prefix of prefixes) {
      if ((family === IPV6_UNICAST) !== prefix.includes(":")) continue;
      const candidates = ranked(tables, rowsOf.get(prefix) ?? []);
      const taking = several || perClient ? candidates : candidates.slice(0, 1);
      // The best so many that may leave, of which its own does not go back; per client its own is none of them.
      const leaving = taking.flatMap((row) => {
        if (perClient && row.peerId === peer.id) return [];
        const route = { set: decodeAttributeSet(row.wire), prefix: row.prefix!, family };
        const set = exported(route, origins.get(row.peerId)!, to);
        return set === undefined ? [] : [{ peerId: row.peerId, wire: encodeAttributeSet(set).toHex() }];
      }).slice(0, limit).filter(({ peerId }) => peerId !== peer.id);
      const extra = own.get(prefix);
      const routes = outOf.get(prefix) ?? [];
      checkPathIds(routes, several, `${what}: ${prefix}`);
      // What is made for this peer goes out beside the others.
      count += extra === undefined ? routes.length : 0;
      below += extra === undefined ? 0 : leaving.length;
      if (most !== undefined && routes.length === 0) {
        held += leaving.length > 0 || extra !== undefined ? 1 : 0;
        continue;
      }
      if (extra !== undefined && !several) {
        same(routes.map(({ wire }) => wire.toHex()), [extra], `${what}: ${prefix}, its own`);
        continue;
      }
      const wanted = [...leaving.map(({ wire }) => wire), ...extra === undefined ? [] : [extra]];
      const actual = routes.map(({ wire }) => wire.toHex());
      same(actual, wanted, `${what}: ${prefix}`);
    }
    if (most === undefined) continue;
    assert.ok(count <= most, `${what}: ${count} routes of at most ${most}`);
    // Below such a route one of the table may stand, which counts, too.
    const all = count + own.size + below;
    if (held > 0) assert.ok(all >= most, `${what}: ${held} routes are held back, though there is room`);
  }
}

/** Routes that take part, best first: the decision process again and again. Which is best, history may have decided. */
function ranked(tables: Tables, rows: readonly RibRow[]): RibRow[] {
  const taking = rows.filter((row) => row.ineligible === 0);
  const order = taking.filter((row) => row.best);
  let left = taking.filter((row) => !row.best);
  while (left.length > 0) {
    const [next] = bestAmong(left.map((row) => ({ ...candidateOf(tables, row), row })));
    order.push(next!.row);
    left = left.filter((row) => row !== next!.row);
  }
  return order;
}

function checkPathIds(routes: readonly AdvertisedRoute[], several: boolean, what: string): void {
  const ids = routes.map(({ pathId }) => pathId);
  assert.equal(new Set(ids).size, ids.length, `${what}: path identifiers ${ids}`);
  assert.ok(ids.every((id) => several ? id > 0 : id === -1), `${what}: path identifiers ${ids}`);
}

/** Routes for this peer only, as they leave; what came last holds, and what a session cannot carry stays behind. */
function ownRoutes(speaker: Speaker, peer: Peer, to: Destination): Map<string, string> {
  const own = new Map<string, string>();
  const originated = [...speaker.originated.values()].filter((each) => each.peer === peer.address);
  const made = [...ribPeer(1, undefined, peer.config).originated!, ...originated.map(({ route }) => route)];
  for (const { family, prefix, attributes } of made) {
    const set = exportedOwn({ set: attributes, family, prefix: prefix! }, ourselves, to);
    if (set !== undefined) own.set(formatPrefix(prefix!), encodeAttributeSet(set).toHex());
  }
  return own;
}

/** What a speaker advertised is what its neighbour has of it. */
function checkNeighbour(tables: Tables, peer: Peer, other: Tables): void {
  const names = `${tables.speaker.config.name} and ${other.speaker.config.name}`;
  const back = other.speaker.life.peers.find(tables.speaker.config.address)!;
  checkReceived(
    other.rowsOf.get(back.id) ?? [],
    advertisedTo(tables.speaker.life.rib, peer.id).map(lineOf),
    back.config,
    `${names}: Adj-RIB-In of the second against Adj-RIB-Out of the first`,
  );
  const { treatAsWithdraw, attributeDiscards } = other.speaker.life.rib.counters(back.id);
  assert.equal(treatAsWithdraw + attributeDiscards, 0, `${names}: the second found faults in what the first sent`);
}

/** What was announced is there, or as much of it as may be. */
function checkReceived(rows: readonly RibRow[], announced: readonly string[], config: PeerConfig, what: string): void {
  const limits = config.maxPrefixesAction === "discard" ? config.maxPrefixes : {};
  for (const family of [IPV4_UNICAST, IPV6_UNICAST]) {
    const offered = announced.filter((text) => text.split(" ")[0]!.includes(":") === (family === IPV6_UNICAST));
    const here = rows.filter((row) => row.family === family);
    const limit = limits[family];
    if (limit === undefined) same(here.map(receivedLineOf), offered, what);
    else checkLimited(here, offered, limit, config.maxPrefixesCount === "accepted", `${what}, of at most ${limit}`);
  }
}

/** Never more than may be, and what is left out is left out for want of room. */
function checkLimited(
  rows: readonly RibRow[],
  announced: readonly string[],
  limit: number,
  onlyAccepted: boolean,
  what: string,
): void {
  const texts = rows.map(receivedLineOf);
  same(texts, announced.filter((text) => texts.includes(text)), what);
  const over = rows.filter(({ ineligible }) => ineligible === Ineligible.maxPrefixes).length;
  const counted = rows.filter(({ ineligible }) => onlyAccepted ? ineligible === 0 : true).length -
    (onlyAccepted ? 0 : over);
  const shown = `${counted} count, ${over} are over, ${announced.length} were announced`;
  assert.ok(counted <= limit, `${what}: ${shown}`);
  if (over > 0) assert.equal(counted, limit, `${what}: ${shown}`);
  // Some room is left free before the peer is asked again.
  const kept = Math.ceil(limit / 10);
  assert.ok(over <= kept || onlyAccepted, `${what}: ${shown}`);
  if (rows.length < announced.length) assert.ok(over > 0 || counted > limit - kept, `${what}: ${shown}`);
}

/** The feeder holds what was advertised to it, and the speaker what the feeder announced. */
function checkFeeder(tables: Tables, { plan, feeder }: Scene["feeders"][number]): void {
  const { speaker, rowsOf } = tables;
  const { name } = speaker.config;
  const peer = speaker.life.peers.find(plan.address)!;
  same(
    [...feeder.received].map(([key, wire]) => `${key} ${wire.toHex()}`),
    advertisedTo(speaker.life.rib, peer.id).map(lineOf),
    `${name}: what ${plan.name} holds against Adj-RIB-Out`,
  );
  checkReceived(
    rowsOf.get(peer.id) ?? [],
    [...feeder.table.values()].map((route) => `${keyOf(route)} ${wireOf(route).toHex()}`),
    peer.config,
    `${name}: Adj-RIB-In against what ${plan.name} announced`,
  );
  assert.deepEqual([...feeder.endOfRib].sort(), plan.families, `${plan.name}: End-of-RIBs heard`);
}

function receivedLineOf({ prefix, pathId, received }: RibRow): string {
  return lineOf({ prefix, pathId, wire: received });
}

function lineOf({ prefix, pathId, wire }: Pick<RibRow, "prefix" | "pathId" | "wire">): string {
  return `${keyOf({ prefix: formatPrefix(prefix!), pathId })} ${wire.toHex()}`;
}

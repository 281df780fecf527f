/**
 * Routes, VRPs and ASPAs that change in any order, in parts and between small slices of work: once the RIB has settled,
 * every route in memory and in the database has the state that a plain search gives it, and is ineligible where its
 * peer has `rpki = "reject-invalid"`.
 */
import assert from "node:assert/strict";
import { encodeAttributeSet, SegmentType } from "../../../../src/message/mod.ts";
import { createStoreBatch, Ineligible, stride } from "../../../../src/rib/mod.ts";
import {
  AspaTable,
  Avs,
  avsFrom,
  Ovs,
  pathDirection,
  PathVerifier,
  prefixOfWords,
  validityOf,
  type Vrp,
  VrpRecords,
} from "../../../../src/rpki/mod.ts";
import { familyMask, formatPrefix, parsePrefix, prefixContains } from "../../../../src/types/mod.ts";
import type { Negotiated } from "../../../../src/session/mod.ts";
import { type SeededRandom, seededRandom } from "../../../support/rpki_table.ts";
import { announce, attributes, RibRig, v4, v6, withdraw } from "../support.ts";

const seeds = 200;
const steps = 60;
const prefixes = [
  "10.0.0.0/8",
  "10.0.0.0/16",
  "10.0.1.0/24",
  "10.1.0.0/16",
  "11.0.0.0/24",
  "2001:db8::/32",
  "2001:db8::/48",
];
const ases = [65010, 65020, 65030, 65040];

/** Customers, a route server, a peer without a role, an internal peer; the first two reject what is invalid. */
const peers: readonly { id: number; changes: Partial<Negotiated>; rejects: boolean }[] = [
  { id: 1, changes: { role: "provider" }, rejects: true },
  { id: 2, changes: { role: "rs-client" }, rejects: true },
  { id: 3, changes: { addPathReceive: familyMask([v4, v6]) }, rejects: false },
  { id: 4, changes: { internal: true, remoteAsn: 65000, role: undefined }, rejects: false },
];

class Trial {
  readonly rig = new RibRig();
  readonly vrps = new Map<string, Vrp>();
  readonly aspas = new AspaTable();
  readonly database = new Map<string, number>();
  /** Ids of prefixes in the database. */
  readonly #ids = new Map<string, number>();
  /** What was sent to the RIB since the last end. */
  #records = new VrpRecords();
  #customers = new Map<number, readonly number[] | undefined>();
  isComplete = false;
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    for (const { id } of peers) this.up(id);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)]!;
  }

  up(id: number): void {
    const { changes, rejects } = peers.find((peer) => peer.id === id)!;
    this.rig.up(id, changes, { rejectsInvalidOrigins: rejects, rejectsInvalidPaths: rejects });
  }

  step(): void {
    const random = this.#random;
    switch (random.below(10)) {
      case 0:
      case 1:
      case 2:
        return this.#announce();
      case 3:
        return this.#withdraw();
      case 4:
      case 5:
        return this.#changeVrp();
      case 6:
        return this.#changeAspa();
      case 7:
        return this.end();
      case 8: {
        const { id } = this.pick(peers);
        this.rig.down(id);
        return this.up(id);
      }
      default:
        this.rig.rib.decide(random.below(3));
        if (random.below(2) === 0) this.store();
    }
  }

  #announce(): void {
    const { id } = this.pick(peers);
    const { context } = this.rig.sessions.get(id)!;
    const neighbour = context.internal || context.role === "rs-client" ? [] : [context.remoteAsn];
    const path = [...neighbour, ...Array.from({ length: this.#random.below(3) }, () => this.pick(ases))];
    const set = attributes({}, path);
    if (this.#random.below(6) === 0) set.asPath.push({ type: SegmentType.set, asns: ases });
    this.rig.send(id, announce(context, encodeAttributeSet(set), this.#destination(context)));
  }

  #withdraw(): void {
    const { id } = this.pick(peers);
    const { context } = this.rig.sessions.get(id)!;
    this.rig.send(id, withdraw(context, this.#destination(context)));
  }

  #destination(context: Negotiated) {
    const prefix = this.pick(prefixes);
    return context.addPathReceive === 0 ? prefix : { prefix, pathId: 1 + this.#random.below(2) };
  }

  /** Some changes go to the RIB at once, and some with the next end: both are parts of the same change. */
  #changeVrp(): void {
    const prefix = parsePrefix(this.pick(prefixes))!;
    const vrp = { prefix, maxLength: prefix.length + this.#random.below(9), asn: this.pick([0, ...ases]) };
    const key = `${formatPrefix(prefix)} ${vrp.maxLength} ${vrp.asn}`;
    const isThere = this.vrps.has(key);
    if (isThere) this.vrps.delete(key);
    else this.vrps.set(key, vrp);
    this.#records.pushVrp(vrp, !isThere);
    if (this.#random.below(2) === 0) this.#part();
  }

  #changeAspa(): void {
    const customer = this.pick(ases);
    const providers = ases.filter(() => this.#random.below(3) === 0);
    if (providers.length === 0) this.aspas.remove(customer);
    else this.aspas.set(customer, providers);
    this.#customers.set(customer, providers.length === 0 ? undefined : providers);
  }

  #part(): void {
    const aspas = [...this.#customers].map(([customer, providers]) => ({ customer, providers }));
    this.#customers.clear();
    this.rig.rib.changeRpki({ kind: "records", source: "caches", vrps: this.#records.take(), aspas });
  }

  end(): void {
    this.#part();
    this.rig.rib.changeRpki({ kind: "end", source: "caches" });
    this.isComplete = true;
  }

  store(): void {
    const { rib } = this.rig;
    for (let batch = createStoreBatch(); rib.fillStore(batch); batch = createStoreBatch()) {
      for (let at = 0; at < batch.prefixCount * stride.prefixes; at += stride.prefixes) {
        const [id, family, w0, w1, w2, w3, length] = batch.prefixes.subarray(at, at + stride.prefixes);
        const prefix = prefixOfWords(family === v4 ? 1 : 4, w0!, w1!, w2!, w3!, length!);
        this.#ids.set(formatPrefix(prefix), id!);
      }
      for (let at = 0; at < batch.routeCount * stride.routes; at += stride.routes) {
        const [peerId, prefixId, pathId, attributeId] = batch.routes.subarray(at, at + 4);
        const key = `${peerId} ${prefixId} ${pathId}`;
        if (attributeId === 0) this.database.delete(key);
        else this.database.set(key, batch.routes[at + 8]!);
      }
    }
  }

  settle(): void {
    while (this.rig.rib.decide(3));
    this.store();
  }

  /** The state by a plain search, with the received set as octets. */
  expected(peerId: number, prefix: string, wire: Uint8Array): number {
    const { context } = this.rig.sessions.get(peerId)!;
    if (!this.isComplete) return 0;
    const path = pathOf(wire);
    const last = path.segments.at(-1);
    const origin = last === undefined ? context.localAsn : last.type === SegmentType.sequence ? last.asns.at(-1)! : 0;
    const { octets, length } = parsePrefix(prefix)!;
    const covering = [...this.vrps.values()].filter((vrp) =>
      vrp.prefix.octets.length === octets.length && vrp.prefix.length <= length && prefixContains(vrp.prefix, octets)
    );
    const matches = covering.some(({ asn, maxLength }) => asn !== 0 && asn === origin && length <= maxLength);
    const ovs = covering.length === 0 ? Ovs.notFound : matches ? Ovs.valid : Ovs.invalid;
    const direction = context.internal ? undefined : pathDirection(context.role);
    if (direction === undefined || this.aspas.count === 0) return validityOf(ovs, Avs.none);
    const neighbour = context.role === "rs-client" ? 0 : context.remoteAsn;
    const verifier = new PathVerifier(this.aspas);
    return validityOf(ovs, avsFrom(verifier.verify(path.octets, 0, path.octets.length, direction, neighbour)));
  }

  /** What the database says of a route. */
  stored(peerId: number, prefix: string, pathId: number): number | undefined {
    return this.database.get(`${peerId} ${this.#ids.get(prefix)} ${pathId}`);
  }
}

function pathOf(wire: Uint8Array) {
  const segments: { type: number; asns: number[] }[] = [];
  const view = new DataView(wire.buffer, wire.byteOffset, wire.length);
  for (let at = 0; at < wire.length;) {
    const isLong = (wire[at]! & 0x10) !== 0;
    const length = isLong ? view.getUint16(at + 2) : wire[at + 2]!;
    const start = at + (isLong ? 4 : 3);
    if (wire[at + 1] === 2) {
      for (let segment = start; segment < start + length;) {
        const count = wire[segment + 1]!;
        const asns = Array.from({ length: count }, (_, i) => view.getUint32(segment + 2 + 4 * i));
        segments.push({ type: wire[segment]!, asns });
        segment += 2 + 4 * count;
      }
      return { segments, octets: wire.subarray(start, start + length) };
    }
    at = start + length;
  }
  return { segments, octets: new Uint8Array(0) };
}

Deno.test(`RFC 6811 §2: states in memory and in the database are those of a plain search: ${seeds} seeds`, () => {
  const met = new Map<number, number>();
  for (let seed = 1; seed <= seeds; seed++) {
    const trial = new Trial(seed);
    for (let step = 0; step < steps; step++) trial.step();
    // The plain search knows all changes; the RIB those up to the last end.
    trial.end();
    trial.settle();
    for (const row of trial.rig.rib.dump()) {
      if (row.peerId === 0) continue;
      const prefix = formatPrefix(row.prefix!);
      const about = `seed ${seed}: peer ${row.peerId} ${prefix} ${row.pathId}`;
      const expected = trial.expected(row.peerId, prefix, row.received);
      assert.equal(row.validity, expected, about);
      assert.equal(trial.stored(row.peerId, prefix, row.pathId), expected, `${about} in the database`);
      const { rejects } = peers.find(({ id }) => id === row.peerId)!;
      const reason = !rejects
        ? Ineligible.none
        : (expected & 3) === Ovs.invalid
        ? Ineligible.rpkiInvalid
        : expected >> 2 === Avs.invalid
        ? Ineligible.aspaInvalid
        : Ineligible.none;
      if (row.ineligible !== Ineligible.ownAsn) assert.equal(row.ineligible, reason, about);
      met.set(expected, (met.get(expected) ?? 0) + 1);
    }
  }
  assert.ok(met.size >= 9, `states that came up: ${[...met.keys()].join()}`);
});

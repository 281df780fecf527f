/** Sessions, UPDATEs and a model database for the tests of the RIB. */

import {
  type AttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  nlriCodec,
  SegmentType,
  UpdateEncoder,
} from "../../../src/message/mod.ts";
import {
  Rib,
  type RibFact,
  type RibOptions,
  type RibPeer,
  type RibSession,
  type StoreBatch,
  stride,
} from "../../../src/rib/mod.ts";
import type { Negotiated } from "../../../src/session/mod.ts";
import {
  type FamilyId,
  type FamilyMask,
  formatPrefix,
  IPV4_UNICAST,
  IPV6_UNICAST,
  parseAddress,
  parsePrefix,
} from "../../../src/types/mod.ts";
import { negotiated } from "../../support/negotiated.ts";

export const v4 = IPV4_UNICAST;
export const v6 = IPV6_UNICAST;

export function attributes(overrides: Partial<AttributeSet> = {}, path: number[] = [65001]): AttributeSet {
  return {
    ...emptyAttributeSet(),
    origin: 0,
    asPath: path.length === 0 ? [] : [{ type: SegmentType.sequence, asns: path }],
    nextHop: parseAddress("192.0.2.1")!,
    ...overrides,
  };
}

export function wire(overrides: Partial<AttributeSet> = {}, path?: number[]): Uint8Array {
  return encodeAttributeSet(attributes(overrides, path));
}

export interface Announcement {
  prefix: string;
  pathId?: number;
}

/** UPDATEs as a peer sends them: the direction of ADD-PATH is turned round. */
export function encoderFor(context: Negotiated): UpdateEncoder {
  return new UpdateEncoder({ ...context, addPathSend: context.addPathReceive });
}

export function announce(context: Negotiated, set: Uint8Array, ...prefixes: (string | Announcement)[]): Uint8Array {
  return encode(context, prefixes, (encoder, family) => encoder.begin(set, family));
}

export function withdraw(context: Negotiated, ...prefixes: (string | Announcement)[]): Uint8Array {
  return encode(context, prefixes, (encoder, family) => encoder.beginWithdraw(family));
}

/** One message for each run of prefixes of a family, or as many as it takes. */
function encode(
  context: Negotiated,
  prefixes: readonly (string | Announcement)[],
  begin: (encoder: UpdateEncoder, family: FamilyId) => void,
): Uint8Array {
  const encoder = encoderFor(context);
  let current = 0;
  for (const each of prefixes) {
    const { prefix, pathId } = typeof each === "string" ? { prefix: each, pathId: -1 } : each;
    if (familyOf(prefix) !== current) begin(encoder, current = familyOf(prefix));
    encoder.add(...wordsOf(prefix), pathId ?? -1);
  }
  encoder.finish();
  return encoder.take();
}

/** The same for NLRI of another kind, as people write them; the value of each is that of the set. */
export function announceNlri(context: Negotiated, set: Uint8Array, family: FamilyId, ...texts: string[]): Uint8Array {
  const encoder = encoderFor(context);
  encoder.begin(set, family);
  for (const text of texts) encoder.addNlri(keyOf(family, text), -1);
  encoder.finish();
  return encoder.take();
}

export function withdrawNlri(context: Negotiated, family: FamilyId, ...texts: string[]): Uint8Array {
  const encoder = encoderFor(context);
  encoder.beginWithdraw(family);
  for (const text of texts) encoder.addNlri(keyOf(family, text), -1);
  encoder.finish();
  return encoder.take();
}

/** The key of an NLRI as people write it. */
export function keyOf(family: FamilyId, text: string): Uint8Array {
  const key = nlriCodec(family)!.parse(text);
  if (!(key instanceof Uint8Array)) throw new RangeError(key.error);
  return key;
}

export function endOfRib(context: Negotiated, family: FamilyId): Uint8Array {
  const encoder = encoderFor(context);
  encoder.endOfRib(family);
  return encoder.take();
}

export function familyOf(prefix: string): FamilyId {
  return prefix.includes(":") ? v6 : v4;
}

export function wordsOf(text: string): [number, number, number, number, number] {
  const prefix = parsePrefix(text)!;
  const view = new DataView(prefix.octets.buffer, prefix.octets.byteOffset, prefix.octets.length);
  const words = [0, 4, 8, 12].map((at) => at < prefix.octets.length ? view.getInt32(at) : 0);
  return [words[0]!, words[1]!, words[2]!, words[3]!, prefix.length];
}

export interface RigSession {
  readonly peer?: Partial<RibPeer>;
  readonly negotiated?: Partial<Negotiated>;
  readonly session?: Partial<RibSession>;
  /** Of these families the routes that were retained stay. */
  readonly keep?: FamilyMask;
  /** Without it: one more than that of the session before, of whichever peer. */
  readonly epoch?: number;
}

/** A RIB under test, with a clock that the test sets. Peers are added with their first session. */
export class RibRig {
  now = 1_000_000;
  readonly rib: Rib;
  readonly facts: RibFact[] = [];
  readonly sessions = new Map<number, { epoch: number; context: Negotiated }>();
  readonly known = new Set<number>();
  #epoch = 0;

  constructor(options: Partial<RibOptions> = {}) {
    this.rib = new Rib({ routerId: 0x01010101, now: () => this.now, ...options });
  }

  /** A session of a peer on 127.0.0.`id`, of AS 65000 + `id`; external unless said otherwise. */
  up(id: number, overrides: Partial<Negotiated> = {}, peer: Partial<RibPeer> = {}): Negotiated {
    return this.open(id, { negotiated: overrides, peer });
  }

  open(id: number, { peer, negotiated: changes, session, keep = 0, epoch = this.#epoch + 1 }: RigSession): Negotiated {
    const address = Uint8Array.of(127, 0, 0, id);
    if (!this.known.has(id)) this.rib.addPeer({ id, address, ...peer });
    this.known.add(id);
    const context = negotiated({ remoteRouterId: 0x0a000000 + id, remoteAsn: 65000 + id, ...changes });
    this.#epoch = epoch;
    const addresses = { localAddress: Uint8Array.of(127, 0, 0, 100), remoteAddress: address };
    this.rib.sessionUp(id, epoch, { negotiated: context, ...addresses, ...session }, keep);
    this.sessions.set(id, { epoch, context });
    return context;
  }

  down(id: number, retain: FamilyMask = 0): void {
    this.rib.sessionDown(id, this.sessions.get(id)!.epoch, retain);
    this.sessions.delete(id);
  }

  send(id: number, bytes: Uint8Array): RibFact[] {
    const facts = this.rib.ingest(id, this.sessions.get(id)!.epoch, bytes);
    this.facts.push(...facts);
    return facts;
  }

  /** The Adj-RIBs-In as text, sorted: `peer prefix path wire[<received] ineligible receivedAt best`. */
  memory(): string[] {
    return [...this.rib.dump()].map((row) =>
      [
        row.peerId,
        formatPrefix(row.prefix!),
        row.pathId,
        setText(row.wire.join("."), row.received.join(".")),
        row.ineligible,
        row.receivedAt,
        row.best,
      ].join(" ")
    ).sort();
  }

  /** Routes that are stale, sorted: `peer prefix path`. */
  stale(): string[] {
    return [...this.rib.find({ kind: "within", family: v4, prefix: parsePrefix("0.0.0.0/0")!, limit: Infinity })]
      .flatMap((row) => row?.stale === true ? [`${row.peerId} ${formatPrefix(row.prefix!)} ${row.pathId}`] : []).sort();
  }

  best(prefix: string): { peerId: number; pathId: number; step: number } | undefined {
    for (const row of this.rib.dump()) {
      if (row.best && formatPrefix(row.prefix!) === prefix) {
        return { peerId: row.peerId, pathId: row.pathId, step: row.step };
      }
    }
    return undefined;
  }
}

/** What a database would hold after the batches so far: a few maps, and checks that what rows refer to was sent. */
export class ModelStore {
  readonly prefixes = new Map<number, { family: number; text: string }>();
  readonly sets = new Map<number, string>();
  readonly routes = new Map<
    string,
    {
      peer: number;
      prefix: number;
      path: number;
      set: number;
      received: number;
      row: string;
      at: number;
      fresh: number;
    }
  >();
  readonly best = new Map<number, string>();
  readonly flushed = new Map<string, number>();
  /** Peer and family → rows received before are stale. */
  readonly staleBefore = new Map<string, number>();
  /** But for those of `held`, which follow from the rows. */
  readonly events: string[] = [];
  /** Peer and family → routes held, and those that are not written yet. */
  readonly held = new Map<string, readonly [number, number]>();
  /** Words for reasons, by id. */
  readonly words = new Map<number, string>();
  readonly retired = new Set<number>();
  rowsWritten = 0;
  historyRows = 0;

  apply(batch: StoreBatch): void {
    for (const event of batch.events) {
      if (event.kind === "held") {
        for (let at = 0; at < event.rows.length; at += stride.held) {
          const [peer, family, held, unwritten] = event.rows.subarray(at);
          this.held.set(`${peer} ${family}`, [held!, unwritten!]);
        }
        continue;
      }
      this.events.push(event.kind);
      if (event.kind === "flush") this.#flush(event.peerId, event.family, event.at);
      if (event.kind === "stale") this.staleBefore.set(`${event.peerId} ${event.family}`, event.before);
      if (event.kind === "words") { for (const [id, text] of event.words) this.words.set(id, text); }
      if (event.kind === "reset") { for (const map of [this.prefixes, this.routes, this.best, this.sets]) map.clear(); }
    }
    for (let i = 0; i < batch.prefixCount; i++) {
      const [id, family, w0, w1, w2, w3, length] = batch.prefixes.subarray(
        i * stride.prefixes,
        (i + 1) * stride.prefixes,
      );
      if (this.prefixes.has(id!)) throw new Error(`prefix ${id} was sent twice`);
      this.prefixes.set(id!, { family: family!, text: prefixText(family!, [w0!, w1!, w2!, w3!], length!) });
    }
    for (let i = 0; i < batch.setCount; i++) {
      const [id, start, length] = batch.sets.subarray(i * stride.sets, (i + 1) * stride.sets);
      if (this.sets.has(id!) || this.retired.has(id!)) throw new Error(`set ${id} was sent twice`);
      this.sets.set(id!, batch.setBytes.subarray(start, start! + length!).join("."));
    }
    for (let i = 0; i < batch.routeCount; i++) {
      this.#route(batch.routes.subarray(i * stride.routes, (i + 1) * stride.routes));
    }
    for (let i = 0; i < batch.bestCount; i++) {
      const [prefix, peer, path, step] = batch.best.subarray(i * stride.best, (i + 1) * stride.best);
      if (!this.prefixes.has(prefix!)) throw new Error(`best of prefix ${prefix}, which was never sent`);
      if (peer === -1) this.best.delete(prefix!);
      else this.best.set(prefix!, `${peer} ${path} ${step}`);
    }
    this.historyRows += batch.historyCount;
    for (let i = 0; i < batch.historyCount; i++) {
      const [to, from, , prefix, , set] = batch.history.subarray(i * stride.history);
      if (!this.prefixes.has(prefix!)) throw new Error(`history of prefix ${prefix}, which was never sent`);
      if (!this.sets.has(set!)) {
        throw new Error(`history refers to set ${set}, which the database has not, or not any more`);
      }
      if (to! < from!) throw new Error("a state ended before it began");
    }
    for (let i = 0; i < batch.retiredCount; i++) {
      const id = batch.retired[i]!;
      if (!this.sets.delete(id)) throw new Error(`set ${id} was retired but never sent`);
      this.retired.add(id);
      for (const { set, received } of this.routes.values()) {
        if (set === id || received === id) throw new Error(`set ${id} is in use still`);
      }
    }
  }

  /** As {@link RibRig.memory}. */
  memory(): string[] {
    return [...this.routes.values()].map((route) => {
      const best = this.best.get(route.prefix)?.startsWith(`${route.peer} ${route.path} `) ?? false;
      return `${route.peer} ${this.prefixes.get(route.prefix)!.text} ${route.path} ${
        setText(this.sets.get(route.set)!, this.sets.get(route.received)!)
      } ${route.row} ${best}`;
    }).sort();
  }

  /** As {@link RibRig.stale}. */
  stale(): string[] {
    return [...this.routes.values()].filter(({ peer, prefix, at, fresh }) => {
      const { family } = this.prefixes.get(prefix)!;
      return Math.max(at, fresh) < (this.staleBefore.get(`${peer} ${family}`) ?? 0);
    }).map(({ peer, prefix, path }) => `${peer} ${this.prefixes.get(prefix)!.text} ${path}`).sort();
  }

  #route(row: Float64Array): void {
    const [peer, prefix, path, set, received, ineligible, at, fresh] = row;
    this.rowsWritten++;
    if (!this.prefixes.has(prefix!)) throw new Error(`a route of prefix ${prefix}, which was never sent`);
    const key = `${peer} ${prefix} ${path}`;
    if (set === 0) {
      this.routes.delete(key);
      return;
    }
    if (!this.sets.has(set!)) throw new Error(`a route refers to set ${set}, which was never sent`);
    if (received !== 0 && !this.sets.has(received!)) throw new Error(`set ${received} was never sent`);
    if (received === set) throw new Error("a received set that is no other one is not to be written");
    const flushedAt = this.flushed.get(`${peer} ${this.prefixes.get(prefix!)!.family}`) ?? 0;
    if (at! < flushedAt) throw new Error("a route of a new session looks older than the last flush");
    this.routes.set(key, {
      peer: peer!,
      prefix: prefix!,
      path: path!,
      set: set!,
      received: received === 0 ? set! : received!,
      row: `${ineligible} ${at}`,
      at: at!,
      fresh: fresh!,
    });
  }

  #flush(peer: number, family: number, at: number): void {
    this.flushed.set(`${peer} ${family}`, Math.max(at, this.flushed.get(`${peer} ${family}`) ?? 0));
    for (const [key, route] of this.routes) {
      if (route.peer === peer && this.prefixes.get(route.prefix)!.family === family && route.at < at) {
        this.routes.delete(key);
      }
    }
  }
}

/** The set after policy, and the one before where it is another. */
function setText(wire: string, received: string): string {
  return wire === received ? wire : `${wire}<${received}`;
}

function prefixText(family: number, words: number[], length: number): string {
  const view = new DataView(new ArrayBuffer(family === v4 ? 4 : 16));
  words.slice(0, view.byteLength / 4).forEach((word, i) => view.setInt32(4 * i, word));
  return formatPrefix({ octets: new Uint8Array(view.buffer), length });
}

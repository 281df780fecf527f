/** The routes of a table in memory, grouped by attribute set: 28 octets a route, and each set once. */

import { UpdateEncoder } from "../../../message/mod.ts";
import type { CodecCursor, NlriCursor } from "../../../message/mod.ts";
import type { RouteSink } from "../../../mrt/mod.ts";
import { equalOctets, type FamilyId, maskHas } from "../../../types/mod.ts";
import { onePathOnly, type Outgoing, tooLong } from "./outgoing.ts";

/** A row: w0 to w3, length, path id, index of the next route of the group. */
const stride = 7;
const noRoute = -1;
/** A flag in the column of the length. */
const hasPathId = 0x100;

/** Whole messages, and the number of routes that they announce. */
export interface Piece {
  readonly messages: Uint8Array;
  readonly routes: number;
}

/** Routes of one family with one set. */
interface Group {
  readonly family: FamilyId;
  readonly set: Uint8Array;
  first: number;
  last: number;
}

/** A route whose NLRI is no plain prefix; its set has the value of the NLRI. */
interface OtherRoute {
  readonly family: FamilyId;
  readonly key: Uint8Array;
  readonly pathId: number;
  readonly set: Uint8Array;
}

export class RouteList {
  #rows = new Int32Array(stride * 4096);
  #count = 0;
  readonly #others: OtherRoute[] = [];
  readonly #groups: Group[] = [];
  readonly #byHash = new Map<number, Group[]>();
  /** Routes with the same set often follow each other. */
  #last: Group | undefined;

  get count(): number {
    return this.#count + this.#others.length;
  }

  addNlri(family: FamilyId, { key, pathId }: CodecCursor, set: Uint8Array): void {
    this.#others.push({ family, key: key.slice(), pathId, set });
  }

  add(family: FamilyId, { w0, w1, w2, w3, length, pathId }: NlriCursor, set: Uint8Array, hash: number): void {
    const group = this.#group(family, set, hash);
    const at = this.#count * stride;
    if (at === this.#rows.length) {
      const grown = new Int32Array(this.#rows.length * 2);
      grown.set(this.#rows);
      this.#rows = grown;
    }
    const rows = this.#rows;
    rows[at] = w0;
    rows[at + 1] = w1;
    rows[at + 2] = w2;
    rows[at + 3] = w3;
    // A path identifier uses all 32 bits, so a flag beside the length says whether there is one.
    rows[at + 4] = pathId === -1 ? length : length | hasPathId;
    rows[at + 5] = pathId;
    rows[at + 6] = noRoute;
    if (group.last !== noRoute) rows[group.last * stride + 6] = this.#count;
    else group.first = this.#count;
    group.last = this.#count++;
  }

  /** Yields UPDATEs that announce all routes, in pieces of about `bytes` octets. `outgoing` counts withheld routes. */
  *encode(outgoing: Outgoing, bytes: number): Generator<Piece> {
    const { negotiated } = outgoing;
    const encoder = new UpdateEncoder(negotiated);
    const singles = new SinglePaths();
    let routes = 0;
    for (const group of this.#groups) {
      const leaving = outgoing.set(group.family, group.set);
      const isSingle = !maskHas(negotiated.addPathSend, group.family);
      if (leaving !== undefined) encoder.begin(leaving, group.family);
      const before = encoder.withheld;
      let count = 0, others = 0;
      for (const at of this.#positionsOf(group)) {
        if (isSingle && leaving !== undefined && !singles.take(group.family, this.#rows, at)) {
          others++;
          continue;
        }
        count++;
        if (leaving !== undefined) this.#add(encoder, at);
      }
      encoder.finish();
      outgoing.withhold(others, onePathOnly);
      if (leaving === undefined) outgoing.withhold(count);
      else {
        outgoing.withhold(encoder.withheld - before, tooLong);
        routes += count - (encoder.withheld - before);
      }
      if (encoder.size < bytes) continue;
      yield { messages: encoder.take(), routes };
      routes = 0;
    }
    for (const other of this.#others) {
      const isFurther = !maskHas(negotiated.addPathSend, other.family) && !singles.takeNlri(other);
      if (isFurther) outgoing.withhold(1, onePathOnly);
      else if (sendOther(encoder, outgoing, other)) routes++;
      if (encoder.size < bytes) continue;
      yield { messages: encoder.take(), routes };
      routes = 0;
    }
    if (encoder.size > 0) yield { messages: encoder.take(), routes };
  }

  /** The positions of the routes of a group in {@link #rows}. */
  *#positionsOf({ first }: Group): Generator<number> {
    for (let row = first; row !== noRoute; row = this.#rows[row * stride + 6]!) yield row * stride;
  }

  #add(encoder: UpdateEncoder, at: number): void {
    const rows = this.#rows;
    const length = rows[at + 4]!;
    const pathId = length < hasPathId ? -1 : rows[at + 5]! >>> 0;
    encoder.add(rows[at]!, rows[at + 1]!, rows[at + 2]!, rows[at + 3]!, length & 0xff, pathId);
  }

  #group(family: FamilyId, set: Uint8Array, hash: number): Group {
    if (this.#last?.family === family && equalOctets(this.#last.set, set)) return this.#last;
    let groups = this.#byHash.get(hash);
    if (groups === undefined) this.#byHash.set(hash, groups = []);
    let group = groups.find((each) => each.family === family && equalOctets(each.set, set));
    if (group === undefined) {
      group = { family, set: set.slice(), first: noRoute, last: noRoute };
      groups.push(group);
      this.#groups.push(group);
    }
    return this.#last = group;
  }
}

/** Encodes a route. False: it is withheld, and counted. */
function sendOther(encoder: UpdateEncoder, outgoing: Outgoing, { family, key, pathId, set }: OtherRoute): boolean {
  const leaving = outgoing.set(family, set);
  const before = encoder.withheld;
  if (leaving === undefined) outgoing.withhold(1);
  else {
    encoder.begin(leaving, family);
    encoder.addNlri(key, pathId);
    encoder.finish();
    outgoing.withhold(encoder.withheld - before, tooLong);
  }
  return leaving !== undefined && encoder.withheld === before;
}

/** Adds the routes of a table to a list. A table only has withdraws for malformed attributes, and they are dropped. */
export function listSink(list: RouteList, fault: RouteSink["fault"]): RouteSink {
  return {
    announce: (family, cursor, set, hash) => list.add(family, cursor, set, hash),
    announceNlri: (family, cursor, set) => list.addNlri(family, cursor, set),
    withdraw: () => {},
    endOfRib: () => {},
    fault,
  };
}

/** For a session without ADD-PATH: the prefixes of which one path was sent. */
class SinglePaths {
  readonly #seen = new Set<string>();

  /** Returns false for a further path of a prefix. */
  take(family: FamilyId, rows: Int32Array, at: number): boolean {
    if (rows[at + 4]! < hasPathId) return true;
    return this.#takeKey(`${family} ${rows.subarray(at, at + 5)}`);
  }

  takeNlri({ family, key, pathId }: OtherRoute): boolean {
    return pathId === -1 || this.#takeKey(`${family} ${key.toHex()}`);
  }

  #takeKey(key: string): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}

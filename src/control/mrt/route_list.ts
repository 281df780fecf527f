/** The routes of a table in memory, by attribute set, as they are announced: 28 octets a route, each set once. */

import { AttributeCode, type UpdateContext, UpdateEncoder } from "../../message/mod.ts";
import { rawAttributes, type RouteSink } from "../../mrt/mod.ts";
import type { NlriCursor } from "../../message/mod.ts";
import type { FamilyId, FamilyMask } from "../../types/mod.ts";
import { maskHas } from "../../types/mod.ts";

/** w0 to w3, length, path id, the next route of the group. */
const stride = 7;
const noRoute = -1;

/** Routes of one family with one set. */
interface Group {
  readonly family: FamilyId;
  readonly set: Uint8Array;
  first: number;
  last: number;
}

export class RouteList {
  #rows = new Int32Array(stride * 4096);
  #count = 0;
  readonly #groups: Group[] = [];
  readonly #byHash = new Map<number, Group[]>();
  /** Routes of one set come in runs. */
  #last: Group | undefined;

  get count(): number {
    return this.#count;
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
    // A path identifier has 32 bits of its own: whether there is one stands beside the length.
    rows[at + 4] = pathId === -1 ? length : length | 0x100;
    rows[at + 5] = pathId;
    rows[at + 6] = noRoute;
    if (group.last !== noRoute) rows[group.last * stride + 6] = this.#count;
    else group.first = this.#count;
    group.last = this.#count++;
  }

  /** UPDATEs that announce all routes of these families, in pieces of about `bytes` octets. */
  *encode(context: UpdateContext, families: FamilyMask, bytes: number): Generator<Uint8Array> {
    const encoder = new UpdateEncoder(context);
    const rows = this.#rows;
    for (const { family, set, first } of this.#groups) {
      if (!maskHas(families, family)) continue;
      encoder.begin(context.internal ? set : forOutside(set), family);
      for (let row = first; row !== noRoute; row = rows[row * stride + 6]!) {
        const at = row * stride;
        const length = rows[at + 4]!;
        const pathId = length < 0x100 ? -1 : rows[at + 5]! >>> 0;
        encoder.add(rows[at]!, rows[at + 1]!, rows[at + 2]!, rows[at + 3]!, length & 0xff, pathId);
      }
      encoder.finish();
      if (encoder.size >= bytes) yield encoder.take();
    }
    if (encoder.size > 0) yield encoder.take();
  }

  #group(family: FamilyId, set: Uint8Array, hash: number): Group {
    if (this.#last?.family === family && equal(this.#last.set, set)) return this.#last;
    let groups = this.#byHash.get(hash);
    if (groups === undefined) this.#byHash.set(hash, groups = []);
    let group = groups.find((each) => each.family === family && equal(each.set, set));
    if (group === undefined) {
      group = { family, set: set.slice(), first: noRoute, last: noRoute };
      groups.push(group);
      this.#groups.push(group);
    }
    return this.#last = group;
  }
}

/** What a file's routes become in a list. Withdrawals do not occur in tables but where attributes are malformed. */
export function listSink(list: RouteList, fault: RouteSink["fault"]): RouteSink {
  return {
    announce: (family, cursor, set, hash) => list.add(family, cursor, set, hash),
    withdraw: () => {},
    endOfRib: () => {},
    fault,
  };
}

/** Attributes that stay inside an AS (RFC 4271 §5.1.5, RFC 4456 §8). */
const inside: ReadonlySet<number> = new Set([
  AttributeCode.localPref,
  AttributeCode.originatorId,
  AttributeCode.clusterList,
  AttributeCode.aigp,
]);

function forOutside(set: Uint8Array): Uint8Array {
  const parts = [...rawAttributes(set)].filter(({ code }) => !inside.has(code));
  const kept = new Uint8Array(parts.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  for (const { bytes } of parts) {
    kept.set(bytes, at);
    at += bytes.length;
  }
  return kept;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

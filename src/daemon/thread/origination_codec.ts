/**
 * Routes of this speaker on their way from the store over the main thread to the RIB, many in one message: 100,000
 * routes as objects took a second of each thread, and hundreds of MB. The attribute sets are few, because rows with the
 * same attributes share one.
 */

import type { AttributeSet } from "../../message/mod.ts";
import type { Origination } from "../../rib/mod.ts";
import type { Destination, FamilyId } from "../../types/mod.ts";

export interface PackedOriginations {
  /** All keys, each with {@link keyEnd} behind it. */
  readonly keys: string;
  readonly sets: readonly AttributeSet[];
  /** Per route: the values of {@link column}. */
  readonly numbers: Int32Array<ArrayBuffer>;
  /** Per route: the octets of its destination. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const column = {
  /** -1: for all peers. */
  peerId: 0,
  family: 1,
  set: 2,
  octets: 3,
  /** -1: the destination is no prefix but the key of an NLRI. */
  prefixLength: 4,
} as const;
const columns = 5;
/** No key contains it. */
const keyEnd = "\0";

export function packOriginations(list: readonly Origination[]): PackedOriginations {
  const numbers = new Int32Array(columns * list.length);
  const bytes = new Uint8Array(list.reduce((sum, { route }) => sum + octetsOf(route).length, 0));
  const sets = new Map<AttributeSet, number>();
  let keys = "", at = 0;
  list.forEach(({ key, peerId, route }, i) => {
    const { family, prefix, attributes } = route;
    const octets = octetsOf(route);
    let set = sets.get(attributes);
    if (set === undefined) sets.set(attributes, set = sets.size);
    keys += key + keyEnd;
    const base = i * columns;
    numbers[base + column.peerId] = peerId ?? -1;
    numbers[base + column.family] = family;
    numbers[base + column.set] = set;
    numbers[base + column.octets] = octets.length;
    numbers[base + column.prefixLength] = prefix?.length ?? -1;
    bytes.set(octets, at);
    at += octets.length;
  });
  return { keys, sets: [...sets.keys()], numbers, bytes };
}

function octetsOf({ prefix, key }: Destination): Uint8Array {
  return prefix === undefined ? key : prefix.octets;
}

/** The keys alone. */
export function packedKeys({ keys }: PackedOriginations): string[] {
  const list = keys.split(keyEnd);
  list.pop();
  return list;
}

/** The octets of destinations are views into the message. */
export function unpackOriginations(packed: PackedOriginations): Origination[] {
  const { sets, numbers, bytes } = packed;
  let at = 0;
  return packedKeys(packed).map((key, i): Origination => {
    const base = i * columns;
    const peerId = numbers[base + column.peerId]!, end = at + numbers[base + column.octets]!;
    const octets = bytes.subarray(at, end), length = numbers[base + column.prefixLength]!;
    at = end;
    return {
      key,
      peerId: peerId === -1 ? undefined : peerId,
      route: {
        ...length === -1 ? { key: octets } : { prefix: { octets, length } },
        family: numbers[base + column.family] as FamilyId,
        attributes: sets[numbers[base + column.set]!]!,
      },
    };
  });
}

/** What a message with these routes transfers. */
export function buffersOf({ numbers, bytes }: PackedOriginations): ArrayBuffer[] {
  return [numbers.buffer, bytes.buffer];
}

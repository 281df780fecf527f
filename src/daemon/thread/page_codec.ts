/**
 * Packs a page of routes for the way from the RIB to the main thread: one buffer of numbers and one of octets, which
 * are transferred. A page of objects, each with a buffer, took the main thread longer to receive than to turn into
 * JSON, and left hundreds of MB of garbage when there were many requests.
 */

import type { Destination, FamilyId } from "../../types/mod.ts";
import type { AdvertisedRoute, FoundRoute } from "../../rib/mod.ts";

export type AnsweredRoute = AdvertisedRoute | FoundRoute;

export interface PackedRoutes {
  readonly count: number;
  /** Per row: the values of fixed size, see {@link column}. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Per row: the octets of the prefix or key, then those of the attribute set. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The reasons that rows have, each once. */
  readonly texts: readonly string[];
}

const column = {
  flags: 0,
  family: 1,
  /** -1: the destination is no prefix but the key of an NLRI. */
  prefixLength: 2,
  destinationOctets: 3,
  pathId: 4,
  /** -1: there is no attribute set. */
  wireOctets: 5,
  /** Index into `texts`, -1: none. Of a received route why it is best, of an advertised one why it waits. */
  reason: 6,
  /** Index into `texts`, -1: none. */
  ineligible: 7,
  peerId: 8,
  receivedAt: 9,
  validity: 10,
} as const;
const columns = 11;

const flag = { received: 1, best: 2, stale: 4, multipath: 8 } as const;
const states = ["advertised", "waiting", "withheld"] as const;
const stateShift = 4;

export function packRoutes(rows: readonly AnsweredRoute[]): PackedRoutes {
  const octets = rows.reduce((sum, row) => sum + octetsOf(row).length + (row.wire?.length ?? 0), 0);
  const bytes = new Uint8Array(octets);
  const numbers = new Float64Array(columns * rows.length);
  const texts = new Map<string, number>();
  const textIndex = (text: string | null | undefined) => {
    if (text === null || text === undefined) return -1;
    if (!texts.has(text)) texts.set(text, texts.size);
    return texts.get(text)!;
  };
  let at = 0;
  rows.forEach((row, i) => {
    const { prefix, pathId, family, wire } = row;
    const destination = octetsOf(row);
    const base = i * columns;
    numbers[base + column.family] = family;
    numbers[base + column.prefixLength] = prefix?.length ?? -1;
    numbers[base + column.destinationOctets] = destination.length;
    numbers[base + column.pathId] = pathId;
    numbers[base + column.wireOctets] = wire?.length ?? -1;
    if (isReceived(row)) {
      numbers[base + column.flags] = flag.received | (row.best ? flag.best : 0) | (row.stale ? flag.stale : 0) |
        (row.multipath ? flag.multipath : 0);
      numbers[base + column.reason] = textIndex(row.bestReason);
      numbers[base + column.ineligible] = textIndex(row.ineligible);
      numbers[base + column.peerId] = row.peerId;
      numbers[base + column.receivedAt] = row.receivedAt;
      numbers[base + column.validity] = row.validity;
    } else {
      numbers[base + column.flags] = states.indexOf(row.state) << stateShift;
      numbers[base + column.reason] = textIndex(row.reason);
    }
    bytes.set(destination, at);
    at += destination.length;
    if (wire !== undefined) bytes.set(wire, at);
    at += wire?.length ?? 0;
  });
  return { count: rows.length, numbers, bytes, texts: [...texts.keys()] };
}

function octetsOf({ prefix, key }: Destination): Uint8Array {
  return prefix === undefined ? key : prefix.octets;
}

/** The rows of a page. Their octets are views into the page. */
export function unpackRoutes({ count, numbers, bytes, texts }: PackedRoutes): AnsweredRoute[] {
  let at = 0;
  const take = (octets: number) => bytes.subarray(at, at += octets);
  return Array.from({ length: count }, (_, i): AnsweredRoute => {
    const value = (which: number) => numbers[i * columns + which]!;
    const flags = value(column.flags);
    const octets = take(value(column.destinationOctets));
    const wireOctets = value(column.wireOctets);
    const wire = wireOctets === -1 ? undefined : take(wireOctets);
    const length = value(column.prefixLength);
    const route = {
      ...length === -1 ? { key: octets } : { prefix: { octets, length } },
      family: value(column.family) as FamilyId,
      pathId: value(column.pathId),
    };
    const reason = texts[value(column.reason)];
    if ((flags & flag.received) === 0) return { ...route, state: states[flags >> stateShift]!, reason, wire };
    return {
      ...route,
      wire: wire!,
      peerId: value(column.peerId),
      best: (flags & flag.best) !== 0,
      bestReason: reason ?? null,
      stale: (flags & flag.stale) !== 0,
      ineligible: texts[value(column.ineligible)] ?? null,
      multipath: (flags & flag.multipath) !== 0,
      receivedAt: value(column.receivedAt),
      validity: value(column.validity),
    };
  });
}

function isReceived(row: AnsweredRoute): row is FoundRoute {
  return "receivedAt" in row;
}

/**
 * Validates routes again after RPKI data changed: the routes that the change touches, and no others, in slices between
 * decisions. No peer has to send a route again. A walk goes over the prefixes of both unicast families once; a change
 * that comes meanwhile waits for a walk of its own.
 */

import { AttributeCode, nextAttribute, SegmentType, valueStart } from "../../message/mod.ts";
import type { Touched, TouchedPrefixes } from "../../rpki/mod.ts";
import { type Asn, IPV4_UNICAST, IPV6_UNICAST, type PrefixSlot, readUint32, type SetSlot } from "../../types/mod.ts";
import { hasBit, setBit, wordsFor } from "../table/columns.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import type { PrefixTable } from "../table/prefix_table.ts";
import type { PeerFamily } from "./peer_family.ts";
import type { Validation } from "./validation.ts";

/** What a walk reaches. */
export interface RevalidationHost {
  /** In order of peer and family id. */
  peerFamilies(): readonly PeerFamily[];
  /** The validity of a route changed: its import may have another result now. */
  revalidated(family: PeerFamily, slot: PrefixSlot, row: number): void;
}

interface Walk {
  readonly touched: Touched;
  /** A bit for each set whose path may have another state; `undefined`: none. */
  readonly paths: Int32Array | undefined;
  /** 0: IPv4 unicast, 1: IPv6 unicast. */
  step: number;
  slot: number;
}

const steps = [{ family: IPV4_UNICAST, of: "ipv4" }, { family: IPV6_UNICAST, of: "ipv6" }] as const;

/** Prefixes that cost about as much as one decision. */
const prefixesPerUnit = 8;

export class Revalidation {
  readonly #sets: AttributeTable;
  readonly #validation: Validation;
  readonly #walks: Walk[] = [];
  #hadAspas = false;

  constructor(sets: AttributeTable, validation: Validation) {
    this.#sets = sets;
    this.#validation = validation;
  }

  get pending(): boolean {
    return this.#walks.length > 0;
  }

  /** The routes that these changes touch are validated again from now on. */
  start(touched: Touched): void {
    if (touched.ipv4.isEmpty && touched.ipv6.isEmpty && touched.customers.size === 0) return;
    this.#walks.push({ touched, paths: this.#forgetPaths(touched.customers), step: 0, slot: 0 });
  }

  /** The first data are complete: every route is validated from now on. */
  startAll(): void {
    this.#validation.isOn = true;
    const touched = this.#validation.data.takeTouched();
    touched.ipv4.add(0, 0, 0, 0, 0);
    touched.ipv6.add(0, 0, 0, 0, 0);
    this.start(touched);
  }

  /** Continues for about as long as `budget` decisions take. Returns how much of the budget it used. */
  step(budget: number, host: RevalidationHost): number {
    let left = budget * prefixesPerUnit;
    for (let walk = this.#walks[0]; walk !== undefined && left > 0; walk = this.#walks[0]) {
      const step = steps[walk.step];
      if (step === undefined) {
        this.#walks.shift();
        continue;
      }
      const families = host.peerFamilies().filter(({ family }) => family === step.family);
      const prefixes = walk.touched[step.of];
      if (families.length === 0 || (prefixes.isEmpty && walk.paths === undefined)) {
        walk.step++;
        continue;
      }
      left -= this.#walkPrefixes(walk, prefixes, families, left, host);
    }
    return Math.ceil((budget * prefixesPerUnit - left) / prefixesPerUnit);
  }

  #walkPrefixes(
    walk: Walk,
    touched: TouchedPrefixes,
    families: readonly PeerFamily[],
    most: number,
    host: RevalidationHost,
  ): number {
    const table = families[0]!.rib.destinations as PrefixTable;
    const { count } = table.slots;
    let cost = 0;
    let { slot } = walk;
    for (; slot < count && cost < most; slot++, cost++) {
      const isTouched = !touched.isEmpty && touchesSlot(touched, table, slot);
      if (!isTouched && walk.paths === undefined) continue;
      for (const family of families) {
        cost += this.#validateRows(family, slot as PrefixSlot, isTouched, walk.paths, host);
      }
    }
    walk.slot = slot;
    if (slot >= count) {
      walk.step++;
      walk.slot = 0;
    }
    return cost;
  }

  /** Returns how many routes it looked at. */
  #validateRows(
    family: PeerFamily,
    slot: PrefixSlot,
    isTouched: boolean,
    paths: Int32Array | undefined,
    host: RevalidationHost,
  ): number {
    const { routes, validationTerms, rib } = family;
    if (routes === undefined || validationTerms === undefined) return 0;
    let count = 0;
    for (let row = routes.first(slot), next; row !== -1; row = next) {
      next = routes.next(row);
      count++;
      const received = routes.receivedOf(row);
      if (!isTouched && !(paths !== undefined && received >>> 5 < paths.length && hasBit(paths, received))) continue;
      const validity = this.#validation.of(rib.destinations, slot, received, validationTerms);
      if (routes.setValidity(slot, row, validity)) host.revalidated(family, slot, row);
    }
    return count;
  }

  /** Forgets the states of paths that one of these customers stands in. Returns a bit for each such set. */
  #forgetPaths(customers: ReadonlySet<Asn>): Int32Array | undefined {
    if (customers.size === 0) return undefined;
    // Without any ASPA no path has a state: the first one gives every path a state, and the last one takes it away.
    const hasAspas = this.#validation.data.aspas.count > 0;
    const isAll = hasAspas !== this.#hadAspas;
    this.#hadAspas = hasAspas;
    const sets = this.#sets;
    const found = new Int32Array(wordsFor(sets.slotEnd));
    for (let slot = 0; slot < sets.slotEnd; slot++) {
      const set = slot as SetSlot;
      // The octets of a set without references may be gone; a route may come to refer to it again.
      if (sets.references(set) === 0) this.#validation.forgetPath(set);
      else if (isAll || hasAny(sets, set, customers)) {
        this.#validation.forgetPath(set);
        setBit(found, set);
      }
    }
    return found;
  }
}

function touchesSlot(touched: TouchedPrefixes, table: PrefixTable, slot: number): boolean {
  const { words, lengths } = table;
  if (table.wordsPerPrefix === 1) return touched.touches(words[slot]!, 0, 0, 0, lengths[slot]!);
  const at = slot << 2;
  return touched.touches(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, lengths[slot]!);
}

/** True where one of these ASes stands in the path of the set. */
function hasAny(sets: AttributeTable, set: SetSlot, asns: ReadonlySet<Asn>): boolean {
  const bytes = sets.chunk(set);
  const end = sets.offset(set) + sets.length(set);
  for (let at = sets.offset(set); at < end; at = nextAttribute(bytes, at)) {
    if (bytes[at + 1] !== AttributeCode.asPath) continue;
    const pathEnd = nextAttribute(bytes, at);
    for (let segment = valueStart(bytes, at); segment < pathEnd;) {
      const next = segment + 2 + 4 * bytes[segment + 1]!;
      if (bytes[segment] === SegmentType.sequence) {
        for (let asn = segment + 2; asn < next; asn += 4) if (asns.has(readUint32(bytes, asn))) return true;
      }
      segment = next;
    }
    return false;
  }
  return false;
}

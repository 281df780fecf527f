/**
 * What all caches have announced, marked with who said it (RFC 8210 §10): up to 8 caches share one copy of each VRP.
 * The data of a cache change in transactions: what an answer announces and withdraws becomes true with its End of Data
 * (8210bis §11.3), and a failed answer leaves no trace. A listener gets what the caches that count say together, change
 * by change.
 */

import type { Asn } from "../../types/mod.ts";
import { PayloadRows } from "./payload_rows.ts";

/** The most caches at the same time: each has a bit of an octet, twice for each VRP. */
export const mostCaches = 8;

/** Gets one VRP. Its prefix is in one word for IPv4, in four for IPv6. */
export type VrpVisitor = (
  isIpv4: boolean,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  length: number,
  maxLength: number,
  asn: Asn,
) => void;

/** Changes of what the caches that count say. */
export interface PayloadListener {
  /** At least one of these caches has the VRP now. */
  readonly announce: VrpVisitor;
  /** None of these caches has the VRP any longer. */
  readonly withdraw: VrpVisitor;
  /** The providers of a customer, in increasing order; `undefined`: it has no ASPA any longer. */
  readonly aspa: (customer: Asn, providers: readonly Asn[] | undefined) => void;
}

/** What became of one announcement or withdrawal. */
export type Taken = "taken" | "duplicate" | "unknown" | "tooMany";

/** How many records a cache has. A provider counts as one. */
export interface PayloadCounts {
  ipv4: number;
  ipv6: number;
  aspas: number;
  providers: number;
}

/** The records of one cache, in and out of a transaction. */
interface Share {
  readonly bit: number;
  counts: PayloadCounts;
  /** The counts when the answer under way ends. */
  nextCounts: PayloadCounts;
  aspas: Map<Asn, readonly Asn[]>;
  /** Of the answer under way: what it says of customers. `undefined`: withdrawn. */
  nextAspas: Map<Asn, readonly Asn[] | undefined>;
  /** The answer replaces all data (Reset Query), or changes them (Serial Query). */
  isFull: boolean;
  /** Rows that an answer to a Serial Query changes, IPv4 and IPv6. */
  readonly touched: readonly [Rows, Rows];
}

export class Payloads {
  readonly #v4 = new PayloadRows(1);
  readonly #v6 = new PayloadRows(4);
  readonly #shares: Share[] = [];
  readonly #listener: PayloadListener;
  /** The caches that count, a bit for each. */
  #active = 0;

  constructor(listener: PayloadListener) {
    this.#listener = listener;
  }

  /** A new cache: its number. Throws where there are too many: configurations are checked before. */
  addCache(): number {
    if (this.#shares.length === mostCaches) throw new RangeError(`more than ${mostCaches} caches`);
    this.#shares.push({
      bit: 1 << this.#shares.length,
      counts: none(),
      nextCounts: none(),
      aspas: new Map(),
      nextAspas: new Map(),
      isFull: false,
      touched: [new Rows(), new Rows()],
    });
    return this.#shares.length - 1;
  }

  counts(cache: number): Readonly<PayloadCounts> {
    return this.#shares[cache]!.counts;
  }

  /** VRPs that any cache has. */
  get rows(): number {
    return this.#v4.used + this.#v6.used;
  }

  /** Memory of these VRPs. */
  get octets(): number {
    return this.#v4.octets + this.#v6.octets;
  }

  /** An answer begins. `isFull`: it replaces what the cache said before. */
  begin(cache: number, isFull: boolean): void {
    const share = this.#shares[cache]!;
    this.abort(cache);
    share.isFull = isFull;
    if (!isFull) return;
    share.nextCounts = none();
    for (const rows of [this.#v4, this.#v6]) clearBit(rows.next, rows.count, share.bit);
  }

  /** One announced or withdrawn VRP of the answer. */
  prefix(
    cache: number,
    announce: boolean,
    isIpv4: boolean,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    length: number,
    maxLength: number,
    asn: Asn,
    most: number,
  ): Taken {
    const { bit, nextCounts, isFull, touched } = this.#shares[cache]!;
    const rows = isIpv4 ? this.#v4 : this.#v6;
    let row = rows.find(w0, w1, w2, w3, length, maxLength, asn);
    const has = row !== -1 && (rows.next[row]! & bit) !== 0;
    if (announce === has) return announce ? "duplicate" : "unknown";
    if (announce && total(nextCounts) >= most) return "tooMany";
    if (row === -1) row = rows.findOrAdd(w0, w1, w2, w3, length, maxLength, asn);
    rows.next[row] = rows.next[row]! ^ bit;
    if (!isFull) touched[isIpv4 ? 0 : 1].push(row);
    nextCounts[isIpv4 ? "ipv4" : "ipv6"] += announce ? 1 : -1;
    return "taken";
  }

  /** One ASPA of the answer; providers in increasing order. An announcement replaces the one before (§5.12). */
  aspa(cache: number, announce: boolean, customer: Asn, providers: readonly Asn[], most: number): Taken {
    const { nextCounts, isFull, aspas, nextAspas } = this.#shares[cache]!;
    const old = nextAspas.has(customer) || isFull ? nextAspas.get(customer) : aspas.get(customer);
    if (!announce && old === undefined) return "unknown";
    if (announce && total(nextCounts) + providers.length >= most) return "tooMany";
    nextCounts.aspas += (announce ? 1 : 0) - (old === undefined ? 0 : 1);
    nextCounts.providers += (announce ? providers.length : 0) - (old?.length ?? 0);
    if (!announce && isFull) nextAspas.delete(customer);
    else nextAspas.set(customer, announce ? providers : undefined);
    return "taken";
  }

  /** The answer failed: nothing of it stays. */
  abort(cache: number): void {
    const share = this.#shares[cache]!;
    for (const [i, rows] of [this.#v4, this.#v6].entries()) {
      if (share.isFull) copyBit(rows, share.bit);
      const touched = share.touched[i]!;
      for (let at = 0; at < touched.length; at++) {
        const row = touched.at(at);
        if (rows.isFree(row)) continue;
        rows.next[row] = (rows.next[row]! & ~share.bit) | (rows.have[row]! & share.bit);
        if ((rows.next[row]! | rows.have[row]!) === 0) rows.release(row);
      }
    }
    endAnswer(share);
  }

  /** The answer is complete: what it says becomes true. From now on the caches in `active` count. */
  commit(cache: number, active: number): void {
    const share = this.#shares[cache]!;
    const customers = share.isFull ? this.#customers() : new Set(share.nextAspas.keys());
    const before = this.#effectiveAspas(active === this.#active ? customers : this.#customers());
    // Where other caches begin to count, or cease to, every row may change.
    const all = share.isFull || active !== this.#active;
    for (const [i, rows] of [this.#v4, this.#v6].entries()) {
      const touched = share.touched[i]!;
      const size = all ? rows.count : touched.length;
      for (let at = 0; at < size; at++) {
        const row = all ? at : touched.at(at);
        if (!rows.isFree(row)) this.#settle(rows, row, share.bit, 0, active);
      }
    }
    if (share.isFull) share.aspas = new Map(share.nextAspas as Map<Asn, readonly Asn[]>);
    else {
      for (const [customer, providers] of share.nextAspas) {
        if (providers === undefined) share.aspas.delete(customer);
        else share.aspas.set(customer, providers);
      }
    }
    for (const customer of share.nextAspas.keys()) if (!before.has(customer)) before.set(customer, undefined);
    share.counts = share.nextCounts;
    endAnswer(share);
    this.#active = active;
    this.#tellAspas(before);
  }

  /** All data of a cache go; an answer under way that replaces them stays. From now on those in `active` count. */
  drop(cache: number, active: number): void {
    const share = this.#shares[cache]!;
    const before = this.#effectiveAspas(this.#customers());
    if (!share.isFull) {
      this.abort(cache);
      for (const rows of [this.#v4, this.#v6]) clearBit(rows.next, rows.count, share.bit);
    }
    this.#settleAll(share.bit, active);
    share.aspas = new Map();
    share.counts = none();
    if (!share.isFull) endAnswer(share);
    this.#active = active;
    this.#tellAspas(before);
  }

  /** From now on the caches in `active` count, a bit for each. */
  setActive(active: number): void {
    if (active === this.#active) return;
    const before = this.#effectiveAspas(this.#customers());
    this.#settleAll(0, active);
    this.#active = active;
    this.#tellAspas(before);
  }

  /** Every VRP that a cache has, for those who store it. */
  forEachVrp(cache: number, visit: VrpVisitor): void {
    const { bit } = this.#shares[cache]!;
    for (const rows of [this.#v4, this.#v6]) {
      for (let row = 0; row < rows.count; row++) {
        if (!rows.isFree(row) && (rows.have[row]! & bit) !== 0) visitRow(rows, row, visit);
      }
    }
  }

  aspasOf(cache: number): ReadonlyMap<Asn, readonly Asn[]> {
    return this.#shares[cache]!.aspas;
  }

  #settleAll(drop: number, active: number): void {
    for (const rows of [this.#v4, this.#v6]) {
      for (let row = 0; row < rows.count; row++) {
        if (!rows.isFree(row)) this.#settle(rows, row, 0, drop, active);
      }
    }
  }

  /** Takes the bits `take` from what comes next, clears the bits `drop`, and tells whether the VRP counts now. */
  #settle(rows: PayloadRows, row: number, take: number, drop: number, active: number): void {
    const old = rows.have[row]!, next = rows.next[row]!;
    const have = (old & ~(take | drop)) | (next & take);
    rows.have[row] = have;
    const was = (old & this.#active) !== 0, is = (have & active) !== 0;
    if (was !== is) visitRow(rows, row, is ? this.#listener.announce : this.#listener.withdraw);
    if ((have | next) === 0) rows.release(row);
  }

  #customers(): Set<Asn> {
    return new Set(this.#shares.flatMap(({ aspas }) => [...aspas.keys()]));
  }

  #effectiveAspas(customers: ReadonlySet<Asn>): Map<Asn, readonly Asn[] | undefined> {
    return new Map([...customers].map((customer) => [customer, this.#providers(customer)]));
  }

  #tellAspas(before: ReadonlyMap<Asn, readonly Asn[] | undefined>): void {
    for (const [customer, old] of before) {
      const now = this.#providers(customer);
      if (!sameProviders(old, now)) this.#listener.aspa(customer, now);
    }
  }

  /**
   * The union over the caches that count. AS 0, which says that there is no provider, has no part in a union with one
   * that has providers (8210bis §10).
   */
  #providers(customer: Asn): readonly Asn[] | undefined {
    const lists = this.#shares.flatMap(({ bit, aspas }) => {
      const providers = (this.#active & bit) === 0 ? undefined : aspas.get(customer);
      return providers === undefined ? [] : [providers];
    });
    if (lists.length < 2) return lists[0];
    const union = [...new Set(lists.flat())].sort((a, b) => a - b);
    return union.length > 1 && union[0] === 0 ? union.slice(1) : union;
  }
}

function visitRow(rows: PayloadRows, row: number, visit: VrpVisitor): void {
  const isIpv4 = rows.wordsPerPrefix === 1, at = row * rows.wordsPerPrefix;
  visit(
    isIpv4,
    rows.words[at]!,
    isIpv4 ? 0 : rows.words[at + 1]!,
    isIpv4 ? 0 : rows.words[at + 2]!,
    isIpv4 ? 0 : rows.words[at + 3]!,
    rows.lengths[row]!,
    rows.maxLengths[row]!,
    rows.asns[row]!,
  );
}

function none(): PayloadCounts {
  return { ipv4: 0, ipv6: 0, aspas: 0, providers: 0 };
}

function total({ ipv4, ipv6, aspas, providers }: PayloadCounts): number {
  return ipv4 + ipv6 + aspas + providers;
}

function endAnswer(share: Share): void {
  share.isFull = false;
  share.nextAspas = new Map();
  share.nextCounts = { ...share.counts };
  for (const rows of share.touched) rows.clear();
}

function clearBit(column: Uint8Array, count: number, bit: number): void {
  for (let row = 0; row < count; row++) column[row] = column[row]! & ~bit;
}

/** What comes next is what is, for one cache. */
function copyBit(rows: PayloadRows, bit: number): void {
  for (let row = 0; row < rows.count; row++) {
    if (rows.isFree(row)) continue;
    rows.next[row] = (rows.next[row]! & ~bit) | (rows.have[row]! & bit);
    if ((rows.next[row]! | rows.have[row]!) === 0) rows.release(row);
  }
}

function sameProviders(a: readonly Asn[] | undefined, b: readonly Asn[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((asn, i) => asn === b[i]);
}

/** A list of rows that grows. */
class Rows {
  #rows = new Int32Array(64);
  length = 0;

  push(row: number): void {
    if (this.length === this.#rows.length) {
      const roomy = new Int32Array(2 * this.length);
      roomy.set(this.#rows);
      this.#rows = roomy;
    }
    this.#rows[this.length++] = row;
  }

  at(index: number): number {
    return this.#rows[index]!;
  }

  clear(): void {
    if (this.#rows.length > 4096) this.#rows = new Int32Array(64);
    this.length = 0;
  }
}

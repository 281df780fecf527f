/**
 * What counts: what caches and files say together, with the local exceptions. Every change goes to a listener, for the
 * store, and the routes that it touches are collected until the RIB takes them to evaluate them again.
 */

import type { Asn } from "../types/mod.ts";
import { AspaTable } from "./aspa_table.ts";
import type { PayloadListener } from "./cache/payloads.ts";
import { Slurm } from "./slurm.ts";
import { TouchedPrefixes } from "./touched_prefixes.ts";
import type { Aspa, Vrp } from "./vrp.ts";
import { prefixOfWords } from "./prefix_words.ts";
import { type Source, Sources } from "./vrp_table.ts";
import { vrpDifference, VrpTables } from "./vrp_tables.ts";

/** Gets each change of what counts. */
export interface RpkiListener {
  /** The VRP counts from now on, or no longer. */
  readonly vrp: (vrp: Vrp, isAdded: boolean) => void;
  /** What a customer says from now on; `undefined`: nothing. */
  readonly aspa: (customer: Asn, aspa: Aspa | undefined) => void;
}

/** The routes whose state may have changed. */
export interface Touched {
  readonly ipv4: TouchedPrefixes;
  readonly ipv6: TouchedPrefixes;
  /** Paths that contain one of these. */
  readonly customers: ReadonlySet<Asn>;
}

export class RpkiData {
  /** The VRPs that count. */
  readonly vrps = new VrpTables();
  /** The ASPAs that count. */
  readonly aspas = new AspaTable();
  /** The source `caches`: for `RpkiCaches`. */
  readonly caches: PayloadListener = {
    announce: (isIpv4, w0, w1, w2, w3, length, maxLength, asn) =>
      this.#add({ prefix: prefixOfWords(isIpv4 ? 1 : 4, w0, w1, w2, w3, length), maxLength, asn }, Sources.caches),
    withdraw: (isIpv4, w0, w1, w2, w3, length, maxLength, asn) =>
      this.#remove({ prefix: prefixOfWords(isIpv4 ? 1 : 4, w0, w1, w2, w3, length), maxLength, asn }, Sources.caches),
    aspa: (customer, providers) => {
      if (providers === undefined) this.#cacheAspas.remove(customer);
      else this.#cacheAspas.set(customer, providers);
      this.#settle(customer);
    },
  };
  readonly #listener: RpkiListener;
  readonly #cacheAspas = new AspaTable();
  #fileAspas = new AspaTable();
  #slurm = new Slurm();
  #touched = noneTouched();

  constructor(listener: RpkiListener) {
    this.#listener = listener;
  }

  /** All files together say this now, and what they said before no longer. */
  replaceFiles(vrps: VrpTables, aspas: AspaTable): void {
    const before = new VrpTables();
    this.vrps.forEach((vrp, sources) => (sources & Sources.files) !== 0 && before.add(vrp));
    const { added, removed } = vrpDifference(before, vrps);
    // First what is new, so that a route never loses the VRP that a wider one replaces.
    for (const vrp of added) this.#add(vrp, Sources.files);
    for (const vrp of removed) this.#remove(vrp, Sources.files);
    const old = this.#fileAspas;
    this.#fileAspas = aspas;
    for (const { customer } of [...old.list(), ...aspas.list()]) this.#settle(customer);
  }

  /**
   * Other exceptions apply. `announceAll` announces again what the caches say to {@link caches}, and the files are
   * replaced after this: a VRP that the old exceptions took away is known to the sources alone.
   */
  replaceExceptions(slurm: Slurm, announceAll: () => void): void {
    const before = this.#slurm;
    this.#slurm = slurm;
    announceAll();
    slurm.vrps.forEach((vrp) => this.#keep(vrp, Sources.exceptions));
    before.vrps.forEach((vrp) => slurm.vrps.has(vrp) || this.#remove(vrp, Sources.exceptions));
    const filtered: Vrp[] = [];
    this.vrps.forEach((vrp, sources) => sources !== Sources.exceptions && slurm.filtersVrp(vrp) && filtered.push(vrp));
    for (const vrp of filtered) for (const source of [Sources.caches, Sources.files]) this.#remove(vrp, source);
    const customers = [before.aspas, slurm.aspas, this.aspas, this.#cacheAspas, this.#fileAspas]
      .flatMap((aspas) => aspas.list().map(({ customer }) => customer));
    for (const customer of new Set(customers)) this.#settle(customer);
  }

  /** What was touched since the last call. */
  takeTouched(): Touched {
    const touched = this.#touched;
    this.#touched = noneTouched();
    return touched;
  }

  #add(vrp: Vrp, source: Source): void {
    if (!this.#slurm.filtersVrp(vrp)) this.#keep(vrp, source);
  }

  #keep(vrp: Vrp, source: Source): void {
    if (this.vrps.add(vrp, source) === "added") this.#report(vrp, true);
  }

  #remove(vrp: Vrp, source: Source): void {
    if (this.vrps.remove(vrp, source)) this.#report(vrp, false);
  }

  #report(vrp: Vrp, isAdded: boolean): void {
    this.#touched[vrp.prefix.octets.length === 4 ? "ipv4" : "ipv6"].addPrefix(vrp.prefix);
    this.#listener.vrp(vrp, isAdded);
  }

  /** Joins what the sources say of a customer. */
  #settle(customer: Asn): void {
    const sources = this.#slurm.filtersAspa(customer) ? [] : [this.#cacheAspas, this.#fileAspas];
    const said = [...sources, this.#slurm.aspas].flatMap((aspas) => aspas.get(customer) ?? []);
    const providers = said.flatMap(({ providers }) => providers);
    const isChanged = said.length === 0 ? this.aspas.remove(customer) : this.aspas.set(customer, providers);
    if (!isChanged) return;
    this.#touched.customers.add(customer);
    this.#listener.aspa(customer, this.aspas.get(customer));
  }
}

function noneTouched(): { ipv4: TouchedPrefixes; ipv6: TouchedPrefixes; customers: Set<Asn> } {
  return { ipv4: new TouchedPrefixes(32), ipv6: new TouchedPrefixes(128), customers: new Set() };
}

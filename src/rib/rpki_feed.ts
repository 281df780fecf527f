/**
 * RPKI data on their way into the RIB and on to the database. A change arrives in parts and counts from its end on: the
 * routes that it touches are then validated again. The store gets every change of what counts, in the order of time.
 */

import {
  type AspaChange,
  AspaTable,
  readSlurm,
  RpkiData,
  Slurm,
  vrpAt,
  VrpRecords,
  vrpStride,
  VrpTables,
} from "../rpki/mod.ts";
import { type Asn, limits } from "../types/mod.ts";
import type { StoreEvent } from "./feed/store_batch.ts";
import { Revalidation, type RevalidationHost } from "./in/revalidation.ts";
import { Validation, type ValidationTerms } from "./in/validation.ts";
import type { AttributeTable } from "./table/attribute_table.ts";

/** A part of a change of RPKI data, or its end. */
export type RpkiChange =
  /** `vrps`: rows of {@link vrpStride} numbers. `files`: all that the files say comes before the next end. */
  | {
    readonly kind: "records";
    readonly source: "caches" | "files";
    readonly vrps: Int32Array;
    readonly aspas: readonly AspaChange[];
  }
  /**
   * Other local exceptions: the text of a SLURM file, which was checked; `undefined`: none. The sources announce
   * everything again after it.
   */
  | { readonly kind: "exceptions"; readonly text: string | undefined }
  | { readonly kind: "end"; readonly source: "caches" | "files" }
  /** No source has data at the start: nothing counts, and nothing is validated. */
  | { readonly kind: "nothing" };

/** VRPs for the store, with the time at which they came to count or ceased to. */
interface StoredPart {
  readonly at: number;
  readonly rows: Int32Array;
}

export class RpkiFeed {
  readonly validation: Validation;
  readonly #data: RpkiData;
  readonly #revalidation: Revalidation;
  /** What the files have said since the last end. */
  #fileVrps = new VrpTables();
  #fileAspas = new AspaTable();
  /** Changes of what counts that are not in a part yet. */
  readonly #changed = new VrpRecords();
  #aspas: AspaChange[] = [];
  #parts: StoredPart[] = [];
  #events: StoreEvent[] = [];

  constructor(sets: AttributeTable) {
    this.#data = new RpkiData({
      vrp: (vrp, isAdded) => this.#changed.pushVrp(vrp, isAdded),
      aspa: (customer, aspa) => this.#aspas.push({ customer, providers: aspa?.providers }),
    });
    this.validation = new Validation(this.#data, sets);
    this.#revalidation = new Revalidation(sets, this.validation);
  }

  change(change: RpkiChange, now: number): void {
    switch (change.kind) {
      case "records":
        if (change.source === "caches") this.#addToCaches(change.vrps, change.aspas);
        else this.#addToFiles(change.vrps, change.aspas);
        break;
      case "exceptions": {
        const read = change.text === undefined ? { value: new Slurm() } : readSlurm(change.text);
        if ("value" in read) this.#data.replaceExceptions(read.value, () => {});
        break;
      }
      case "end":
        this.#end(change.source);
        break;
      case "nothing":
        break;
      default:
        change satisfies never;
    }
    this.#endPart(now);
    if (change.kind === "end" || change.kind === "nothing") this.#events.push({ kind: "rpkiComplete", at: now });
  }

  get pending(): boolean {
    return this.#revalidation.pending;
  }

  step(budget: number, host: RevalidationHost): number {
    return this.#revalidation.pending ? this.#revalidation.step(budget, host) : 0;
  }

  /** Changes for the store, a bounded number at a time. */
  takeEvents(): StoreEvent[] {
    const events: StoreEvent[] = [];
    let room = limits.storeBatchRows;
    for (let part = this.#parts[0]; part !== undefined && room > 0; part = this.#parts[0]) {
      const count = Math.min(room, part.rows.length / vrpStride);
      events.push({ kind: "vrps", at: part.at, rows: part.rows.slice(0, count * vrpStride) });
      room -= count;
      const rest = part.rows.subarray(count * vrpStride);
      if (rest.length === 0) this.#parts.shift();
      else this.#parts[0] = { at: part.at, rows: rest };
    }
    // They follow the VRPs of the same changes.
    if (this.#parts.length === 0) events.push(...this.#events.splice(0));
    return events;
  }

  /** The database was lost: everything that counts is written again. */
  storeLost(now: number): void {
    this.#parts = [];
    this.#events = [];
    this.#data.vrps.forEach((vrp) => this.#changed.pushVrp(vrp));
    this.#aspas = this.#data.aspas.list();
    this.#endPart(now);
    if (this.validation.isOn) this.#events.push({ kind: "rpkiComplete", at: now });
  }

  #addToCaches(rows: Int32Array, aspas: readonly AspaChange[]): void {
    const { announce, withdraw, aspa } = this.#data.caches;
    for (let at = 0; at + vrpStride <= rows.length; at += vrpStride) {
      const change = rows[at] === 1 ? announce : withdraw;
      change(
        rows[at + 1] === 1,
        rows[at + 2]!,
        rows[at + 3]!,
        rows[at + 4]!,
        rows[at + 5]!,
        rows[at + 6]!,
        rows[at + 7]!,
        rows[at + 8]! >>> 0,
      );
    }
    for (const { customer, providers } of aspas) aspa(customer, providers);
  }

  #addToFiles(rows: Int32Array, aspas: readonly AspaChange[]): void {
    for (let at = 0; at + vrpStride <= rows.length; at += vrpStride) this.#fileVrps.add(vrpAt(rows, at));
    for (const { customer, providers } of aspas) this.#fileAspas.extend(customer, providers ?? []);
  }

  #end(source: "caches" | "files"): void {
    if (source === "files") {
      this.#data.replaceFiles(this.#fileVrps, this.#fileAspas);
      this.#fileVrps = new VrpTables();
      this.#fileAspas = new AspaTable();
    }
    if (this.validation.isOn) this.#revalidation.start(this.#data.takeTouched());
    else this.#revalidation.startAll();
  }

  #endPart(now: number): void {
    if (this.#changed.count > 0) this.#parts.push({ at: now, rows: this.#changed.take() });
    if (this.#aspas.length > 0) this.#events.push({ kind: "aspas", at: now, changes: this.#aspas });
    this.#aspas = [];
  }
}

/** How the routes of this speaker are validated: their paths are empty, so that we are the origin. */
export function ownTerms(ownAsn: Asn | undefined): ValidationTerms | undefined {
  if (ownAsn === undefined) return undefined;
  return { localAsn: ownAsn, direction: undefined, neighborAsn: 0, heedsCommunity: false };
}

/** One table of one peer of a router: what the router reports as one RIB kind, in all families. */

import type { UpdateContext } from "../../message/mod.ts";
import { type FamilyId, maskHas, type RibKind } from "../../types/mod.ts";
import type { AdjRibIn, RouteSource } from "../in/adj_rib_in.ts";
import type { RibFact } from "../in/facts.ts";
import { Ingest } from "../in/ingest.ts";
import type { PeerFamily } from "../in/peer_family.ts";
import type { Validation } from "../in/validation.ts";
import type { AttributeTable } from "../table/attribute_table.ts";

/** What a table needs of the RIB. */
export interface TablePorts {
  readonly sets: AttributeTable;
  readonly validation: Validation;
  newFamily(peerId: number, family: FamilyId): PeerFamily;
  /** The routes of a lost table go, piece by piece. */
  remove(family: PeerFamily, routes: AdjRibIn): void;
}

export class ReportedTable {
  readonly id: number;
  readonly ribKind: RibKind;
  /** By family id: all, and those that have a route or End-of-RIB since the peer is up. */
  readonly families: (PeerFamily | undefined)[] = [];
  readonly #open: (PeerFamily | undefined)[] = [];
  isUp = false;
  readonly #ports: TablePorts;
  #source: Omit<RouteSource, "peerId" | "internal"> | undefined;
  /** The time of the message. */
  #now = 0;
  /** Contexts differ in the length of AS numbers, and a Loc-RIB may gain families with ADD-PATH. */
  readonly #ingests = new Map<UpdateContext, Ingest>();

  constructor(id: number, ribKind: RibKind, ports: TablePorts) {
    this.id = id;
    this.ribKind = ribKind;
    this.#ports = ports;
  }

  /** The peer is up. Routes that the last connection left stay until the router announces them again. */
  up(source: Omit<RouteSource, "peerId" | "internal">): void {
    this.isUp = true;
    this.#source = source;
  }

  family(id: FamilyId): PeerFamily {
    return this.families[id] ??= this.#ports.newFamily(this.id, id);
  }

  /** Reads an UPDATE of the table, which is up. */
  update(context: UpdateContext, message: Uint8Array, now: number): readonly RibFact[] {
    let ingest = this.#ingests.get(context);
    if (ingest === undefined) this.#ingests.set(context, ingest = this.#newIngest(context));
    this.#now = now;
    const facts = ingest.messages(message, now);
    // A router that reports a malformed UPDATE goes on, whatever became of the session in which it came.
    ingest.failed = false;
    return facts;
  }

  /** The session of the peer is over, and so are its routes. */
  down(now: number): void {
    this.#end();
    for (const family of this.families) this.#remove(family, family?.close(now));
  }

  /** The connection of the router is lost: routes stay as stale routes. */
  retain(now: number): void {
    if (!this.isUp) return;
    this.#end();
    for (const family of this.families) family?.retain(now, "keep");
  }

  /** The time for stale routes is over. */
  expire(now: number): void {
    for (const family of this.families) this.#remove(family, family?.expire(now));
  }

  get hasStale(): boolean {
    return this.families.some((family) => family?.hasRetained === true || family?.hasEarlierRun === true);
  }

  get routeCount(): number {
    let count = 0;
    for (const family of this.families) count += family?.routes?.count ?? 0;
    return count;
  }

  #end(): void {
    this.isUp = false;
    this.#open.length = 0;
    this.#ingests.clear();
  }

  #remove(family: PeerFamily | undefined, routes: AdjRibIn | undefined): void {
    if (family !== undefined && routes !== undefined) this.#ports.remove(family, routes);
  }

  #openFamily(id: FamilyId, { internal, addPathReceive }: UpdateContext): PeerFamily {
    const family = this.family(id), source = { ...this.#source!, peerId: this.id, internal };
    this.#remove(family, family.open(source, maskHas(addPathReceive, id), this.#now, true));
    return this.#open[id] = family;
  }

  #newIngest(context: UpdateContext): Ingest {
    const { sets, validation } = this.#ports;
    return new Ingest(this.id, 0, context, this.#open, {
      sets,
      ends: "any",
      validation,
      opened: (id) => this.#openFamily(id, context),
      resend: () => {},
      readmit: () => {},
      requestRefresh: () => false,
    });
  }
}

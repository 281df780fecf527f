/**
 * One router that reports by BMP: its peers with their tables, while its connection is up and after it is lost.
 *
 * A lost connection says nothing about the routes of the router. They stay as stale routes, and the dump of the next
 * connection confirms them: a table that is the same writes no history. What the router does not announce again goes
 * with the End-of-RIB of its family, or when the time is over.
 */

import type { BmpStatistic, StationEvent, StationPeer } from "../../bmp/mod.ts";
import { formatAddress, limits, type Millis, type RibKind, ribKinds } from "../../types/mod.ts";
import type { UpdateContext } from "../../message/mod.ts";
import type { RibFact } from "../in/facts.ts";
import type { PeerFamily } from "../in/peer_family.ts";
import { EventLimit } from "./event_limit.ts";
import type { RouterEvent, RouterFact, RouterPeerRow, RouterRow, RouterStoreEvent } from "./facts.ts";
import { ReportedTable, type TablePorts } from "./reported_table.ts";
import { downText, peerText, statisticsText } from "./texts.ts";

/** What a router needs of the RIB. */
export interface RouterPorts extends TablePorts {
  now(): Millis;
  nextPeerId(): number;
  /** For the database, in this order. */
  store(event: RouterStoreEvent): void;
  /** A table came or went. */
  tablesChanged(): void;
}

/** A router with more tables, over all its connections, is not read any further: its memory stays bounded. */
const mostTables = 20_000;

interface PeerTable {
  row: RouterPeerRow;
  readonly table: ReportedTable;
}

export class Router {
  row: RouterRow;
  /** When stale routes go; `undefined`: there are none. */
  staleUntil: Millis | undefined;
  messages = 0;
  skipped = 0;
  readonly #ports: RouterPorts;
  /** By the key of the peer and the RIB kind. */
  readonly #tables = new Map<string, PeerTable>();
  readonly #limit = new EventLimit();

  constructor(row: RouterRow, ports: RouterPorts) {
    this.row = row;
    this.#ports = ports;
  }

  /** A table that the last run left. */
  restore(row: RouterPeerRow): ReportedTable {
    const table = new ReportedTable(row.id, row.ribKind, this.#ports);
    this.#tables.set(rowKey(row), { row, table });
    return table;
  }

  /** The connection is up, and the router has said who it is. */
  up(name: string, description: string, staleMs: Millis): void {
    const now = this.#ports.now();
    this.row = { ...this.row, name, description, isUp: true, since: now, reason: undefined };
    this.#ports.store({ kind: "router", row: this.row });
    this.event({ kind: "up", text: `connected from ${this.row.address}${description && `: ${description}`}` });
    if (this.#hasStale) this.staleUntil = now + staleMs;
  }

  /** The connection is lost. `staleMs`: for how long the routes stay; 0: they go now. */
  down(reason: string, staleMs: Millis): void {
    const now = this.#ports.now();
    this.row = { ...this.row, isUp: false, since: now, reason };
    this.#ports.store({ kind: "router", row: this.row });
    this.event({ kind: "down", text: reason });
    for (const each of this.#tables.values()) {
      if (each.table.isUp) this.#change(each, { isUp: false, reason });
      if (staleMs > 0) each.table.retain(now);
      else each.table.down(now);
    }
    this.staleUntil = this.#hasStale ? now + staleMs : undefined;
  }

  /** Stale routes go where their time is over. */
  expire(now: Millis): void {
    if (this.staleUntil === undefined || now < this.staleUntil) return;
    this.staleUntil = undefined;
    for (const { table } of this.#tables.values()) table.expire(now);
  }

  handle(event: StationEvent): RouterFact[] {
    switch (event.kind) {
      case "peerUp":
        return this.#peerUp(event.peer);
      case "peerDown":
        return this.#peerDown(event.peer, downText(event.reason, event.data, event.text));
      case "update":
        return this.#update(event.peer, event.ribKind, event.context, event.bytes);
      case "statistics":
        return this.#statistics(event.peer, event.statistics);
      case "mirror":
        for (const item of event.items) {
          if (item.kind !== "message") continue;
          const message = item.bytes.slice(0, limits.messageBytes);
          this.event({ peer: peerText(event.peer), kind: "mirrored", text: "the router mirrored a message", message });
        }
        return [];
      case "skipped":
        if (event.isUsual === true) return [];
        this.skipped++;
        this.event({ kind: "skipped", text: event.text });
        return [{ kind: "skipped", text: event.text }];
      default:
        return [];
    }
  }

  event(event: Omit<RouterEvent, "at" | "routerId" | "peer"> & { readonly peer?: string }): void {
    const at = this.#ports.now(), left = this.#limit.admit(at);
    if (left === undefined) return;
    const { id: routerId } = this.row;
    const rest = { at, routerId, peer: undefined };
    if (left > 0) {
      this.#ports.store({ kind: "routerEvent", event: { ...rest, kind: "skipped", text: `${left} events left out` } });
    }
    this.#ports.store({ kind: "routerEvent", event: { ...rest, ...event } });
  }

  /** How many of its peers are up, a Loc-RIB included. */
  get peersUp(): number {
    return new Set([...this.#tables.values()].filter(({ table }) => table.isUp).map(({ row }) => row.peer)).size;
  }

  get routes(): Partial<Record<RibKind, number>> {
    const counts: Partial<Record<RibKind, number>> = {};
    for (const { table } of this.#tables.values()) {
      counts[table.ribKind] = (counts[table.ribKind] ?? 0) + table.routeCount;
    }
    return counts;
  }

  *families(): Generator<PeerFamily> {
    for (const { table } of this.#tables.values()) {
      for (const family of table.families) if (family !== undefined) yield family;
    }
  }

  /** The database was lost: it gets its rows again. */
  storeLost(): void {
    this.#ports.store({ kind: "router", row: this.row });
    for (const { row } of this.#tables.values()) this.#ports.store({ kind: "routerPeer", row });
  }

  get #hasStale(): boolean {
    for (const { table } of this.#tables.values()) if (table.hasStale) return true;
    return false;
  }

  #peerUp(peer: StationPeer): RouterFact[] {
    const kinds = this.#tablesOf(peer).filter(({ table }) => table.isUp).map(({ table }) => table.ribKind);
    const { asn, ribKind } = peer.up.peer;
    const isNew = kinds.length === 0;
    if (!kinds.includes(ribKind) && this.#open(peer, ribKind) === undefined) return this.#full();
    if (!isNew) return [];
    const text = peerText(peer);
    this.event({ peer: text, kind: "peerUp", text: `AS${asn}` });
    return [{ kind: "peerUp", peer: text, asn, ribKind }];
  }

  #peerDown(peer: StationPeer, reason: string): RouterFact[] {
    const now = this.#ports.now(), text = peerText(peer);
    for (const each of this.#tablesOf(peer)) {
      each.table.down(now);
      this.#change(each, { isUp: false, reason });
    }
    this.event({ peer: text, kind: "peerDown", text: reason });
    return [{ kind: "peerDown", peer: text, reason }];
  }

  #update(peer: StationPeer, kind: RibKind, context: UpdateContext, bytes: Uint8Array): RouterFact[] {
    const known = this.#tables.get(tableKey(peer, kind));
    const { table } = known?.table.isUp === true ? known : this.#open(peer, kind) ?? {};
    if (table === undefined) return this.#full();
    const facts = table.update(context, bytes, this.#ports.now());
    return facts.length === 0 ? [] : facts.flatMap((fact) => this.#reported(peer, fact));
  }

  /** What an UPDATE had that is no plain route. */
  #reported(peer: StationPeer, fact: RibFact): RouterFact[] {
    const name = peerText(peer);
    if (fact.kind === "note") {
      this.event({ peer: name, kind: "skipped", text: fact.text });
      return [{ kind: "skipped", text: `peer ${name}: ${fact.text}` }];
    }
    if (fact.kind !== "fault" && fact.kind !== "sessionReset") return [];
    const text = fact.kind === "fault" ? fact.fault.text : fact.text;
    this.event({ peer: name, kind: "malformed", text, message: fact.message });
    return [{ kind: "skipped", text: `a route of ${name} is malformed: ${text}` }];
  }

  #statistics(peer: StationPeer, statistics: readonly BmpStatistic[]): RouterFact[] {
    const text = statisticsText(statistics);
    for (const { row } of this.#tablesOf(peer)) {
      this.#ports.store({ kind: "routerStatistics", peerId: row.id, statistics: text });
    }
    return [];
  }

  #full(): RouterFact[] {
    this.skipped++;
    return [{ kind: "skipped", text: `the router has more than ${mostTables} tables: further ones are ignored` }];
  }

  /** `undefined`: the router has too many tables. */
  #open(peer: StationPeer, kind: RibKind): PeerTable | undefined {
    const key = tableKey(peer, kind);
    let each = this.#tables.get(key);
    const { address, asn, bgpId } = peer.up.peer;
    if (each === undefined) {
      if (this.#tables.size >= mostTables) return undefined;
      const table = new ReportedTable(this.#ports.nextPeerId(), kind, this.#ports);
      each = { row: this.#newRow(table.id, peer, kind), table };
      this.#tables.set(key, each);
    }
    const wasUp = each.table.isUp;
    each.table.up({ address, asn, routerId: bgpId });
    if (!wasUp) this.#change(each, { peer: peerText(peer), asn, bgpId, isUp: true, reason: undefined });
    this.#ports.tablesChanged();
    return each;
  }

  #newRow(id: number, { up: { peer } }: StationPeer, ribKind: RibKind): RouterPeerRow {
    const { type: peerType, distinguisher, address } = peer;
    const text = { distinguisher: String(distinguisher), address: formatAddress(address) };
    const state = { peer: "", asn: 0, bgpId: 0, isUp: false, since: 0, reason: undefined };
    return { id, routerId: this.row.id, peerType, ...text, ribKind, ...state };
  }

  #change(each: PeerTable, change: Partial<RouterPeerRow>): void {
    each.row = { ...each.row, since: this.#ports.now(), ...change };
    this.#ports.store({ kind: "routerPeer", row: each.row });
  }

  #tablesOf(peer: StationPeer): PeerTable[] {
    return ribKinds.flatMap((kind) => this.#tables.get(tableKey(peer, kind)) ?? []);
  }
}

function tableKey({ key }: StationPeer, kind: RibKind): string {
  return `${key} ${kind}`;
}

function rowKey({ peerType, distinguisher, address, ribKind }: RouterPeerRow): string {
  return `${peerType}/${distinguisher}/${address} ${ribKind}`;
}

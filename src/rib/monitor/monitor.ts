/**
 * The monitor: tells stations, archives and programs what happens in the RIB, in the order in which it happens. While
 * nobody reads, it costs nothing.
 *
 * Messages of peers go into the ring as they came. What import and the decision make of them is marked per destination
 * and encoded after each decision, once for all readers.
 */

import type { Asn, FamilyId, FamilyMask, Millis } from "../../types/mod.ts";
import type { UpdateContext } from "../../message/mod.ts";
import { allFamilies, extensibleFamilies, limits, maskHas } from "../../types/mod.ts";
import type { FamilyRib } from "../decide/family_rib.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import type { RibFact } from "../in/facts.ts";
import type { MonitoredSession, MonitorEntry, SessionEnd } from "./entry.ts";
import { choosesPeer, eachUpdate, type MonitorChoice, type MonitorTable } from "./monitor_choice.ts";
import { MonitorReader } from "./monitor_reader.ts";
import { MonitorRing } from "./monitor_ring.ts";
import { RouteChanges } from "./route_changes.ts";
import { SessionTables } from "./session_tables.ts";
import { type DumpHost, dumpTables } from "./table_dump.ts";
import { TableEncoder } from "./table_encoder.ts";
import { WatchedLocRib } from "./watched_table.ts";

export interface MonitorHost {
  readonly sets: AttributeTable;
  readonly routerId: number;
  readonly ownAsn: Asn | undefined;
  readonly now: () => Millis;
  readonly monotonic: () => Millis;
  readonly ribs: () => readonly FamilyRib[];
  /** The sessions that are Established. */
  readonly sessions: () => Iterable<MonitoredSession>;
}

export class Monitor {
  readonly #host: MonitorHost;
  readonly #readers = new Set<MonitorReader>();
  readonly #ringBytes: number;
  #ring: MonitorRing;
  #wanted = new Set<MonitorTable>();
  #mirrors = false;
  readonly #sessions = new Map<MonitoredSession, SessionTables>();
  readonly #locRibs = new Map<FamilyId, WatchedLocRib>();
  readonly #dumpHost: DumpHost;

  constructor(host: MonitorHost, ringBytes: number = limits.monitorBytes) {
    this.#host = host;
    this.#ringBytes = ringBytes;
    this.#ring = new MonitorRing(ringBytes);
    this.#dumpHost = {
      sets: host.sets,
      now: host.now,
      monotonic: host.monotonic,
      sessions: () => this.#sessions.values(),
      locRibs: () => this.#locRibs.values(),
      locEncoder: new TableEncoder(locContext(host.ownAsn), host.routerId),
      flush: () => this.flush(),
    };
  }

  get isActive(): boolean {
    return this.#readers.size > 0;
  }

  /** Octets that wait for readers. */
  get bytes(): number {
    return this.#ring.bytes;
  }

  open(choice: MonitorChoice): MonitorReader {
    if (!this.isActive) { for (const session of this.#host.sessions()) this.#watch(session); }
    this.flush();
    const at = this.#host.now();
    const ups = [...this.#sessions.keys()].filter((session) => choosesPeer(choice, session))
      .map((session): MonitorEntry => ({ kind: "up", at: session.upAt, session }));
    if (choice.tables.includes("loc")) ups.push({ kind: "locUp", at });
    const dump = choice.dump ? dumpTables(choice, this.#dumpHost) : undefined;
    const reader = new MonitorReader(choice, this.#ring, ups, dump);
    this.#readers.add(reader);
    this.#choose();
    if (!choice.dump) this.#learn(choice);
    return reader;
  }

  close(reader: MonitorReader): void {
    if (!this.#readers.delete(reader)) return;
    this.#choose();
    if (this.isActive) return this.trim();
    for (const tables of this.#sessions.values()) tables.close();
    this.#sessions.clear();
    this.#ring = new MonitorRing(this.#ringBytes);
  }

  /** Entries that all readers have read go. */
  trim(): void {
    let least = Infinity;
    for (const reader of this.#readers) if (!reader.isLapped) least = Math.min(least, reader.position);
    this.#ring.release(Math.min(least, this.#ring.end));
  }

  sessionUp(session: MonitoredSession): void {
    this.#watch(session);
    this.#ring.push({ kind: "up", at: session.upAt, session });
  }

  sessionDown(session: MonitoredSession, end: SessionEnd): void {
    this.#sessions.get(session)?.close();
    if (this.#sessions.delete(session)) this.#ring.push({ kind: "down", at: this.#host.now(), session, end });
  }

  /**
   * The RIB took these messages of the peer. Those that start at `faulty` are not reported as they came: their routes
   * ended, and that is reported. `facts`: what the RIB found.
   */
  ingested(session: MonitoredSession, bytes: Uint8Array, faulty: readonly number[], facts: readonly RibFact[]): void {
    if (this.#mirrors) this.#mirror(session, facts);
    const tables = this.#sessions.get(session);
    for (const fact of facts) if (fact.kind === "endOfRib") tables?.ends.add(fact.family);
    this.#received(session, bytes, faulty);
  }

  #received(session: MonitoredSession, bytes: Uint8Array, faulty: readonly number[]): void {
    if (!this.#wanted.has("adj-in")) return;
    const disabled = session.disabled();
    const sound = faulty.length + disabled === 0 ? bytes.slice() : without(bytes, faulty, disabled);
    if (sound.length > 0) this.#pushRaw("adj-in", session, sound);
    const tables = this.#sessions.get(session);
    if (tables === undefined) return;
    for (const [family, watched] of tables.adjRibsIn) {
      const changes = new RouteChanges();
      watched.takeEnded(changes);
      this.#pushChanges("adj-in", tables, family, changes);
    }
  }

  /** Messages for the peer that were handed to its connection. */
  sent(session: MonitoredSession, bytes: Uint8Array): void {
    if (this.#wanted.has("adj-out-post")) this.#pushRaw("adj-out-post", session, bytes.slice());
  }

  #mirror(session: MonitoredSession, facts: readonly RibFact[]): void {
    const at = this.#host.now();
    for (const fact of facts) {
      if (fact.kind !== "fault" && fact.kind !== "sessionReset" || fact.message.length === 0) continue;
      this.#ring.push({ kind: "malformed", at, session, message: fact.message });
    }
  }

  /** Call it before decisions: there may be new families. */
  prepare(): void {
    if (this.#wanted.has("loc")) this.#watchLocRibs();
  }

  /** Call it after decisions, and before slots of destinations become free. */
  flush(): void {
    if (!this.isActive) return;
    for (const tables of this.#sessions.values()) {
      for (const [family, watched] of tables.adjRibsIn) {
        const changes = new RouteChanges();
        watched.takeEnded(changes);
        this.#pushChanges("adj-in", tables, family, changes);
        watched.takeChanges(changes);
        this.#pushChanges("adj-in-post", tables, family, changes);
      }
      this.#pushEnds(tables);
    }
    for (const [family, watched] of this.#locRibs) {
      const changes = new RouteChanges();
      watched.takeChanges(changes);
      this.#pushChanges("loc", undefined, family, changes);
    }
  }

  #pushChanges(
    table: MonitorTable,
    tables: SessionTables | undefined,
    family: FamilyId,
    changes: RouteChanges,
  ): void {
    if (changes.count === 0) return;
    const { destinations } = (tables?.adjRibsIn.get(family) ?? this.#locRibs.get(family)!).rib;
    const encoder = tables?.inEncoder ?? this.#dumpHost.locEncoder;
    const at = this.#host.now(), session = tables?.session;
    changes.encode(encoder, family, destinations, this.#host.sets, (bytes) => {
      this.#ring.push({ kind: "messages", at, table, session, family, twoOctetAs: false, bytes });
    });
  }

  /** RFC 7854 §3.3: the peer has announced its table, and what import made of it is in the ring. */
  #pushEnds({ ends, session, inEncoder }: SessionTables): void {
    for (const family of this.#wanted.has("adj-in-post") ? ends : []) {
      const bytes = inEncoder.endOfRib(family), table = "adj-in-post", at = this.#host.now();
      this.#ring.push({ kind: "messages", at, table, session, family, twoOctetAs: false, bytes });
    }
    ends.clear();
  }

  #pushRaw(table: MonitorTable, session: MonitoredSession, bytes: Uint8Array): void {
    const twoOctetAs = !session.negotiated.fourOctetAs;
    this.#ring.push({ kind: "messages", at: this.#host.now(), table, session, family: undefined, twoOctetAs, bytes });
  }

  #watch(session: MonitoredSession): void {
    const tables = new SessionTables(session, this.#host.sets, this.#host.routerId);
    this.#sessions.set(session, tables);
    this.#wantOf(tables);
  }

  #wantOf({ adjRibsIn }: SessionTables): void {
    for (const table of adjRibsIn.values()) table.want(this.#wanted.has("adj-in"), this.#wanted.has("adj-in-post"));
  }

  /** Notes which routes there are: a reader that does not get them first gets their end all the same. */
  #learn(choice: MonitorChoice): void {
    const { tables, families } = choice;
    for (const { session, adjRibsIn } of tables.includes("adj-in-post") ? this.#sessions.values() : []) {
      if (!choosesPeer(choice, session)) continue;
      for (const [family, watched] of adjRibsIn) if (maskHas(families, family)) watched.learn();
    }
    for (const [family, watched] of tables.includes("loc") ? this.#locRibs : []) {
      if (maskHas(families, family)) watched.learn();
    }
  }

  #watchLocRibs(): void {
    for (const rib of this.#host.ribs()) {
      if (!this.#locRibs.has(rib.family)) this.#locRibs.set(rib.family, new WatchedLocRib(rib, this.#host.sets));
    }
  }

  /** Another reader came, or one has gone: other tables may be wanted. */
  #choose(): void {
    const choices = [...this.#readers].map(({ choice }) => choice);
    this.#mirrors = choices.some(({ mirrors }) => mirrors);
    this.#wanted = new Set(choices.flatMap(({ tables }) => tables));
    for (const tables of this.#sessions.values()) this.#wantOf(tables);
    if (this.#wanted.has("loc")) return this.#watchLocRibs();
    for (const table of this.#locRibs.values()) table.close();
    this.#locRibs.clear();
  }
}

/** How our Loc-RIB is encoded. Stations read it by the OPENs of its Peer Up, which say the same. */
function locContext(ownAsn: Asn | undefined): UpdateContext {
  const asn = ownAsn ?? 0;
  return {
    internal: true,
    fourOctetAs: true,
    families: allFamilies,
    addPathReceive: 0,
    addPathSend: 0,
    extendedNextHop: extensibleFamilies,
    maxMessageBytes: limits.messageBytes,
    localAsn: asn,
    remoteAsn: asn,
  };
}

/** Copies the UPDATEs except those that start at `faulty`, and those of families that are disabled. */
function without(bytes: Uint8Array, faulty: readonly number[], disabled: FamilyMask): Uint8Array {
  const kept = new Uint8Array(bytes.length);
  let size = 0;
  eachUpdate(bytes, allFamilies & ~disabled, (start, end) => {
    if (faulty.includes(start)) return;
    kept.set(bytes.subarray(start, end), size);
    size += end - start;
  });
  return kept.slice(0, size);
}

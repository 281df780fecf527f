/**
 * What the database says about peers beside their routes. States, counters and events are only noted down when they happen
 * and written with the next transaction: a flapping peer must not cost a commit each time. Of states and counters the
 * newest counts.
 */

import { type ByFamily, families, type FamilyMask, maskHas } from "../../types/mod.ts";
import type { Millis, PeerStateName } from "../../session/mod.ts";
import type { Database, SqlValue } from "../sqlite.ts";

/** What configuration says about a peer. */
export interface PeerIdentity {
  /** Unique: the peer's id in the database stays with it. */
  readonly name: string;
  /** Canonical text, with its zone; `undefined`: not known yet. */
  readonly remoteIp: string | undefined;
  readonly remoteAs?: number | undefined;
  readonly description?: string | undefined;
  readonly group?: string | undefined;
  /** What we are to the peer (RFC 9234). */
  readonly role?: string | undefined;
  /** Routes with AS_SETs may be announced to it (RFC 9774). Not kept: announcements are looked at with it. */
  readonly takesAsSets?: boolean | undefined;
  /** Ours, as configured: what a session has is in {@link PeerState}. */
  readonly localAs?: number | undefined;
  readonly localIp?: string | undefined;
}

/** What is known of a peer's session. Fields that are left out keep what the database has. */
export interface PeerState {
  /** `Removed`: the configuration has the peer no more. */
  readonly state: PeerStateName | "Removed";
  readonly since: Millis;
  /** The peer's BGP Identifier as text. */
  readonly routerId?: string | undefined;
  readonly remoteAs?: number | undefined;
  /** Where the peer is, with its zone. */
  readonly remoteIp?: string | undefined;
  readonly localIp?: string | undefined;
  readonly localAs?: number | undefined;
  readonly holdTimeSeconds?: number | undefined;
  /** Negotiated capabilities, comma separated, for people. */
  readonly capabilities?: string | undefined;
  /** What the peer says that it is to us; `null`: nothing. */
  readonly remoteRole?: string | null | undefined;
  /** Why there is no session, or what is to be known of the one there is; `null`: nothing. */
  readonly reason?: string | null | undefined;
  /** Routes of a lost session stay until then at the most. */
  readonly staleUntil?: Millis | null | undefined;
  /** Negotiated families: those whose End-of-RIB is waited for. */
  readonly families?: FamilyMask | undefined;
}

/** Counters of a peer since the daemon started; those left out keep what the database has. */
export interface PeerStatistics {
  readonly messagesReceived?: number | undefined;
  readonly messagesSent?: number | undefined;
  readonly updates?: number | undefined;
  /** NLRI, however often the same. */
  readonly announced?: number | undefined;
  readonly withdrawn?: number | undefined;
  readonly treatAsWithdraw?: number | undefined;
  readonly attributeDiscards?: number | undefined;
  /** Routes held, by family id. */
  readonly routes?: Readonly<ByFamily<number>> | undefined;
}

export interface PeerEvent {
  readonly at: Millis;
  readonly kind: string;
  readonly text: string;
  /** The malformed message. */
  readonly message?: Uint8Array | undefined;
}

/** Events that wait for a transaction; of more, the newest are kept. */
const waitingEvents = 2_000;

export class PeerRows {
  readonly #db: Database;
  readonly #missing = new Set<number>();
  readonly #states = new Map<number, PeerState>();
  readonly #statistics = new Map<number, PeerStatistics>();
  #events: { peerId: number; event: PeerEvent }[] = [];
  #backlog: { rows: number; longestStallMs: Millis; at: Millis } | undefined;

  #aliveAt: Millis | undefined;
  #configuration: string | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The id of a peer; a new one where the name is new. Written at once. */
  upsert(peer: PeerIdentity): number {
    return this.#db.transaction(() => {
      const id = Number(
        this.#db.value(
          "INSERT INTO peers(name, remote_ip, remote_as, description, peer_group, role, local_as, local_ip)" +
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?)" +
            " ON CONFLICT(name) DO UPDATE SET remote_ip = coalesce(excluded.remote_ip, remote_ip)," +
            " remote_as = coalesce(excluded.remote_as, remote_as)," +
            " description = excluded.description, peer_group = excluded.peer_group, role = excluded.role," +
            " local_as = coalesce(excluded.local_as, local_as), local_ip = coalesce(excluded.local_ip, local_ip)" +
            " RETURNING id",
          peer.name,
          peer.remoteIp ?? null,
          peer.remoteAs ?? null,
          peer.description ?? null,
          peer.group ?? null,
          peer.role ?? null,
          peer.localAs ?? null,
          peer.localIp ?? null,
        ),
      );
      this.#addFamilies(id);
      return id;
    });
  }

  /** A peer whose id is in use already, in a database that may not know it. Written at once. */
  restore(id: number, peer: PeerIdentity): void {
    this.#db.transaction(() => {
      this.#db.prepare(
        "INSERT OR IGNORE INTO peers(id, name, remote_ip, remote_as, description, peer_group, role) VALUES(?, ?, ?, ?, ?, ?, ?)",
      ).run(
        id,
        peer.name,
        peer.remoteIp ?? null,
        peer.remoteAs ?? null,
        peer.description ?? null,
        peer.group ?? null,
        peer.role ?? null,
      );
      this.#addFamilies(id);
    });
  }

  /** A peer that never had a session: no route, no history refers to it. False of any other. Written at once. */
  forget(id: number): boolean {
    if (this.#states.get(id)?.routerId !== undefined) return false;
    return this.#db.transaction(() => {
      const gone = this.#db.prepare("DELETE FROM peers WHERE id = ? AND router_id IS NULL").run(id) > 0;
      if (!gone) return false;
      this.#db.prepare("DELETE FROM peer_families WHERE peer_id = ?").run(id);
      this.#states.delete(id);
      this.#statistics.delete(id);
      return true;
    });
  }

  #addFamilies(id: number): void {
    const family = this.#db.prepare("INSERT OR IGNORE INTO peer_families(peer_id, family) VALUES(?, ?)");
    for (const row of families) family.run(id, row.id);
  }

  state(peerId: number, state: PeerState): void {
    this.#states.set(peerId, { ...this.#states.get(peerId), ...state });
  }

  statistics(peerId: number, statistics: PeerStatistics): void {
    this.#statistics.set(peerId, { ...this.#statistics.get(peerId), ...statistics });
  }

  event(peerId: number, event: PeerEvent): void {
    this.#events.push({ peerId, event });
    if (this.#events.length > waitingEvents) this.#events.shift();
  }

  backlog(rows: number, longestStallMs: Millis, at: Millis): void {
    this.#backlog = { rows, longestStallMs, at };
  }

  configuration(text: string): void {
    this.#configuration = text;
  }

  /** The daemon lives: should it be killed, its next run knows since when it is silent. */
  alive(at: Millis): void {
    this.#aliveAt = at;
  }

  get waiting(): boolean {
    if (this.#aliveAt !== undefined || this.#configuration !== undefined) return true;
    return this.#states.size + this.#statistics.size + this.#events.length > 0 || this.#backlog !== undefined;
  }

  /** Writes what waits; it waits on until {@link written} says that it is committed. */
  write(): void {
    for (const [peerId, state] of this.#states) this.#writeState(peerId, state);
    for (const [peerId, statistics] of this.#statistics) this.#writeStatistics(peerId, statistics);
    if (this.#events.length > 0) {
      const insert = this.#db.prepare(
        "INSERT INTO peer_events(at, peer, kind, text, hex) VALUES(?, (SELECT name FROM peers WHERE id = ?), ?, ?, ?)",
      );
      for (const { peerId, event: { at, kind, text, message } } of this.#events) {
        insert.run(at, peerId, kind, text, message === undefined || message.length === 0 ? null : message.toHex());
      }
    }
    if (this.#aliveAt !== undefined) setDaemonValue(this.#db, "alive_at", this.#aliveAt);
    if (this.#configuration !== undefined) setDaemonValue(this.#db, "configuration", this.#configuration);
    if (this.#backlog !== undefined) {
      setDaemonValue(this.#db, "backlog", this.#backlog.rows);
      setDaemonValue(this.#db, "backlog_at", this.#backlog.at);
      setDaemonValue(this.#db, "longest_stall_ms", Math.round(this.#backlog.longestStallMs));
    }
  }

  written(): void {
    this.#states.clear();
    this.#statistics.clear();
    this.#events = [];
    this.#backlog = undefined;
    this.#aliveAt = undefined;
    this.#configuration = undefined;
  }

  #writeState(peerId: number, state: PeerState): void {
    this.#update(peerId, {
      state: state.state,
      state_since: state.since,
      router_id: state.routerId,
      remote_as: state.remoteAs,
      remote_ip: state.remoteIp,
      local_ip: state.localIp,
      local_as: state.localAs,
      hold_time: state.holdTimeSeconds,
      capabilities: state.capabilities,
      remote_role: state.remoteRole,
      reason: state.reason,
      stale_until: state.staleUntil,
    });
    if (state.families === undefined) return;
    const negotiated = this.#db.prepare("UPDATE peer_families SET negotiated = ? WHERE peer_id = ? AND family = ?");
    for (const { id } of families) negotiated.run(maskHas(state.families, id) ? 1 : 0, peerId, id);
  }

  #writeStatistics(peerId: number, statistics: PeerStatistics): void {
    this.#update(peerId, {
      messages_received: statistics.messagesReceived,
      messages_sent: statistics.messagesSent,
      updates_received: statistics.updates,
      routes_announced: statistics.announced,
      routes_withdrawn: statistics.withdrawn,
      treat_as_withdraw: statistics.treatAsWithdraw,
      attribute_discards: statistics.attributeDiscards,
    });
    const { routes } = statistics;
    if (routes === undefined) return;
    const held = this.#db.prepare(
      "UPDATE peer_families SET routes = ?1 WHERE peer_id = ?2 AND family = ?3 AND routes <> ?1",
    );
    for (const { id } of families) held.run(routes[id] ?? 0, peerId, id);
  }

  #update(peerId: number, columns: Record<string, SqlValue | undefined>): void {
    const set = Object.entries(columns).filter((entry): entry is [string, SqlValue] => entry[1] !== undefined);
    if (set.length === 0) return;
    const changed = this.#db.prepare(`UPDATE peers SET ${set.map(([name]) => `${name} = ?`).join(", ")} WHERE id = ?`)
      .run(...set.map(([, value]) => value), peerId);
    if (changed === 0) this.#missing.add(peerId);
  }

  /** Peers that have no row, though something was to be written into it. */
  takeMissing(): number[] {
    const ids = [...this.#missing];
    this.#missing.clear();
    return ids;
  }
}

/** One row of table `daemon`. */
export function setDaemonValue(db: Database, key: string, value: SqlValue): void {
  db.prepare("INSERT INTO daemon(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value")
    .run(key, value);
}

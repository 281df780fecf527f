/**
 * The rows of peers: states, counters and events. They are collected in memory and written with the next transaction,
 * so that a flapping peer does not cost a commit for each change. The newest state and the newest counters are
 * written.
 */

import {
  type ByFamily,
  families,
  familyEntries,
  type FamilyMask,
  familyMask,
  limits,
  type Millis,
  type PeerId,
} from "../../types/mod.ts";
import type { PeerStateName } from "../../session/mod.ts";
import type { Database, SqlValue } from "../sqlite.ts";

/** What the configuration says about a peer. */
export interface PeerIdentity {
  /** Unique. A peer keeps its id in the database as long as it keeps its name. */
  readonly name: string;
  /** The address as canonical text, with its zone; `undefined`: not known yet. */
  readonly remoteIp: string | undefined;
  readonly remoteAs?: number | undefined;
  readonly description?: string | undefined;
  readonly group?: string | undefined;
  /** Our role towards the peer (RFC 9234). */
  readonly role?: string | undefined;
  /** Routes with AS_SETs may be announced to it (RFC 9774). Not stored: it is used to check announcements. */
  readonly takesAsSets?: boolean | undefined;
  /** Our side as configured; {@link PeerState} has the values of a session. */
  readonly localAs?: number | undefined;
  readonly localIp?: string | undefined;
}

/** The state of a session. A field that is left out keeps its value in the database. */
export interface PeerState {
  /** `Removed`: the peer left the configuration. */
  readonly state: PeerStateName | "Removed";
  readonly since: Millis;
  /** The peer's BGP Identifier as text. */
  readonly routerId?: string | undefined;
  readonly remoteAs?: number | undefined;
  /** The address of the peer, with its zone. */
  readonly remoteIp?: string | undefined;
  readonly localIp?: string | undefined;
  readonly localAs?: number | undefined;
  readonly holdTimeSeconds?: number | undefined;
  /** Negotiated capabilities as text for people, separated by commas. */
  readonly capabilities?: string | undefined;
  /** The role that the peer sent; `null`: none. */
  readonly remoteRole?: string | null | undefined;
  /** Why there is no session, or a remark on the session; `null`: none. */
  readonly reason?: string | null | undefined;
  /** The latest time at which stale routes of a lost session are deleted. */
  readonly staleUntil?: Millis | null | undefined;
  /** Negotiated families: those for which an End-of-RIB is expected. */
  readonly families?: FamilyMask | undefined;
}

/** Counters of a peer since the daemon started. A counter that is left out keeps its value in the database. */
export interface PeerStatistics {
  readonly messagesReceived?: number | undefined;
  readonly messagesSent?: number | undefined;
  readonly updates?: number | undefined;
  /** Number of NLRI; the same prefix counts each time. */
  readonly announced?: number | undefined;
  readonly withdrawn?: number | undefined;
  readonly treatAsWithdraw?: number | undefined;
  readonly attributeDiscards?: number | undefined;
  /** Routes held, by family id. */
  readonly routes?: Readonly<ByFamily<number>> | undefined;
  /** Routes advertised to the peer, by family id. */
  readonly advertised?: Readonly<ByFamily<number>> | undefined;
}

export interface PeerEvent {
  readonly at: Millis;
  readonly kind: string;
  readonly text: string;
  /** The malformed message. */
  readonly message?: Uint8Array | undefined;
}

/** The largest number of events that wait for a transaction; older events are dropped. */
const waitingEvents = 2_000;

export class PeerRows {
  readonly #db: Database;
  /** Peers whose row is missing, though a value was to be written into it. */
  readonly #missing = new Set<number>();
  readonly #states = new Map<number, PeerState>();
  readonly #statistics = new Map<number, PeerStatistics>();
  #events: { peerId: number; event: PeerEvent }[] = [];

  constructor(db: Database) {
    this.#db = db;
  }

  /** Writes a peer at once and returns its id, a new one where the name is new. */
  upsert(peer: PeerIdentity): PeerId {
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
      return id as PeerId;
    });
  }

  /** Writes a peer at once under the id that it has in memory, where the database has no such peer. */
  restore(id: number, peer: PeerIdentity): void {
    this.#db.transaction(() => {
      this.#db.prepare(
        "INSERT OR IGNORE INTO peers(id, name, remote_ip, remote_as, description, peer_group, role)" +
          " VALUES(?, ?, ?, ?, ?, ?, ?)",
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

  /**
   * Deletes a peer at once that never had a session, so that no route and no history refers to it. False: it had one.
   */
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

  /** True where {@link write} has something to write. */
  get waiting(): boolean {
    return this.#states.size + this.#statistics.size + this.#events.length > 0;
  }

  /** Writes within the open transaction. The values stay until {@link written} reports the commit. */
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
  }

  written(): void {
    this.#states.clear();
    this.#statistics.clear();
    this.#events = [];
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
    this.#db.prepare("UPDATE peer_families SET negotiated = (?1 >> family) & 1 WHERE peer_id = ?2")
      .run(state.families, peerId);
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
    const { routes, advertised } = statistics;
    this.#writeCounts(peerId, "routes", routes);
    this.#writeCounts(peerId, "sent", advertised);
  }

  #writeCounts(peerId: number, column: "routes" | "sent", counts: Readonly<ByFamily<number>> | undefined): void {
    if (counts === undefined) return;
    const update = this.#db.prepare(
      `UPDATE peer_families SET ${column} = ?1 WHERE peer_id = ?2 AND family = ?3 AND ${column} <> ?1`,
    );
    const present = familyEntries(counts);
    for (const [id, count] of present) update.run(count, peerId, id);
    // Most of the families have no routes, and one statement is enough for all of these.
    this.#db.prepare(
      `UPDATE peer_families SET ${column} = 0 WHERE peer_id = ?1 AND (?2 >> family) & 1 = 0 AND ${column} <> 0`,
    ).run(peerId, familyMask(present.map(([id]) => id)));
  }

  #update(peerId: number, columns: Record<string, SqlValue | undefined>): void {
    const set = Object.entries(columns).filter((entry): entry is [string, SqlValue] => entry[1] !== undefined);
    if (set.length === 0) return;
    const changed = this.#db.prepare(`UPDATE peers SET ${set.map(([name]) => `${name} = ?`).join(", ")} WHERE id = ?`)
      .run(...set.map(([, value]) => value), peerId);
    if (changed === 0) this.#missing.add(peerId);
  }

  /** Peers whose row another program deleted, since the last call. */
  takeMissing(): number[] {
    const ids = [...this.#missing];
    this.#missing.clear();
    return ids;
  }

  /** Peers that have routes in the database and are not among these. */
  others(ids: readonly number[]): { id: PeerId; name: string; remoteIp: string | undefined }[] {
    return this.#db.prepare(
      "SELECT id, name, remote_ip FROM peers WHERE id <> 0 AND id NOT IN (SELECT value FROM json_each(?))" +
        " AND EXISTS (SELECT 1 FROM routes WHERE peer_id = peers.id)",
    ).all(JSON.stringify(ids)).map(([id, name, remoteIp]) => ({
      id: id as PeerId,
      name: String(name),
      remoteIp: remoteIp === null ? undefined : String(remoteIp),
    }));
  }

  /** Marks every peer that is not among these as removed, and its routes as gone. */
  flushOthers(ids: readonly number[], at: Millis): void {
    this.#db.prepare(
      "UPDATE peers SET state = 'Removed' WHERE id <> 0 AND id NOT IN (SELECT value FROM json_each(?))",
    ).run(JSON.stringify(ids));
    this.#db.prepare(
      "UPDATE peer_families SET flushed_at = ?, eor_at = NULL, routes = 0, accepted = 0, sent = 0 WHERE" +
        ` peer_id < ${limits.firstRouterPeer} AND peer_id NOT IN (SELECT value FROM json_each(?)) AND flushed_at < ?`,
    ).run(at, JSON.stringify(ids), at);
  }
}

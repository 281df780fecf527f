/** Peers for `bgpd show peers` and `bgpd show peer`, from the view `peer_status`. */

import { PeerDirectory, type PeerSearch } from "../../config/mod.ts";
import type { PeerStateName } from "../../session/mod.ts";
import type { Database, SqlRow } from "../sqlite.ts";
import { isoTime } from "./iso_time.ts";

export interface PeerRow {
  /** The name of the peer. */
  readonly peer: string;
  /** The address, a link-local one with its zone; `null`: not known yet. */
  readonly remoteIp: string | null;
  readonly peerAs: number | null;
  readonly description: string | null;
  readonly group: string | null;
  readonly routerId: string | null;
  /** `Removed`: the peer left the configuration. */
  readonly state: PeerStateName | "Removed";
  /** ISO 8601, UTC; so are the other times. */
  readonly since: string | null;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  readonly updatesReceived: number;
  readonly routesAnnounced: number;
  readonly routesWithdrawn: number;
  readonly treatAsWithdraw: number;
  readonly attributeDiscards: number;
  /** The number of routes in memory. */
  readonly routes: number;
  readonly eorAt: string | null;
  readonly lag: number;
  readonly localIp: string | null;
  readonly localAs: number | null;
  readonly holdTimeSeconds: number | null;
  readonly capabilities: string | null;
  /** Our role towards the peer (RFC 9234), and the role that the peer sent. */
  readonly role: string | null;
  readonly remoteRole: string | null;
  /** Why there is no session, or a remark on the session. */
  readonly reason: string | null;
  /** The latest time at which stale routes of a lost session are deleted (RFC 4724, RFC 9494). */
  readonly staleUntil: string | null;
}

export interface PeerDetail extends PeerRow {
  readonly families: readonly {
    readonly family: string;
    readonly negotiated: boolean;
    readonly routes: number;
    readonly eorAt: string | null;
    /** Routes that were received before this time are stale. */
    readonly staleBefore: string | null;
  }[];
  /** The newest first. */
  readonly events: readonly {
    readonly at: string;
    readonly kind: string;
    readonly text: string;
    /** The malformed message. */
    readonly hex: string | null;
  }[];
}

/** The number of events that `bgpd show peer` shows. */
const shownEvents = 10;

/** Every configured peer, in the order in which the peers were added to the database. */
export function listPeers(db: Database): PeerRow[] {
  return db.prepare(`${peerQuery} WHERE state <> 'Removed' ORDER BY peer_id`).all().map(peerRow);
}

/** Finds a peer by name, address or description: first among configured peers, then among all. */
export function findPeer(db: Database, text: string): PeerSearch<string> {
  const rows = db.prepare("SELECT name, remote_ip, description, state <> 'Removed' FROM peers WHERE id <> 0")
    .all();
  const search = (configured: boolean) =>
    new PeerDirectory(
      rows.flatMap(([name, remoteIp, description, isConfigured]) =>
        configured && isConfigured === 0 ? [] : [
          [{
            name: String(name),
            remoteIp: remoteIp === null ? undefined : String(remoteIp),
            description: description === null ? undefined : String(description),
          }, String(name)] as const,
        ]
      ),
    ).find(text);
  const found = search(true);
  return found.kind === "none" ? search(false) : found;
}

/** A peer by its name. */
export function peerDetail(db: Database, name: string): PeerDetail | undefined {
  const row = db.prepare(`${peerQuery} WHERE peer = ?`).get(name);
  if (row === undefined) return undefined;
  const peer = peerRow(row);
  const perFamily = db.prepare(
    `SELECT n.name, f.negotiated, f.routes, ${isoTime("f.eor_at")}, ${
      isoTime("nullif(f.stale_before, 0)")
    } FROM peer_families f` +
      " JOIN families n ON n.id = f.family JOIN peers p ON p.id = f.peer_id WHERE p.name = ? ORDER BY f.family",
  ).all(peer.peer);
  const events = db.prepare(
    `SELECT ${isoTime("at")}, kind, text, hex FROM peer_events WHERE peer = ? ORDER BY id DESC LIMIT ?`,
  ).all(peer.peer, shownEvents);
  return {
    ...peer,
    families: perFamily.map(([family, negotiated, routes, eorAt, staleBefore]) => ({
      family: String(family),
      negotiated: negotiated === 1,
      routes: Number(routes),
      eorAt: eorAt as string | null,
      staleBefore: staleBefore as string | null,
    })),
    events: events.map(([at, kind, text, hex]) => ({
      at: String(at),
      kind: String(kind),
      text: String(text),
      hex: hex as string | null,
    })),
  };
}

const peerQuery =
  'SELECT peer, peer_as, description, "group", router_id, state, since, messages_received, messages_sent,' +
  " updates_received, routes_announced, routes_withdrawn, treat_as_withdraw, attribute_discards, routes, eor_at," +
  " lag, local_ip," +
  " local_as, hold_time, capabilities, role, remote_role, reason, stale_until, remote_ip FROM peer_status";

function peerRow(row: SqlRow): PeerRow {
  return {
    peer: row[0] as string,
    peerAs: row[1] as number | null,
    description: row[2] as string | null,
    group: row[3] as string | null,
    routerId: row[4] as string | null,
    state: row[5] as PeerRow["state"],
    since: row[6] as string | null,
    messagesReceived: row[7] as number,
    messagesSent: row[8] as number,
    updatesReceived: row[9] as number,
    routesAnnounced: row[10] as number,
    routesWithdrawn: row[11] as number,
    treatAsWithdraw: row[12] as number,
    attributeDiscards: row[13] as number,
    routes: row[14] as number,
    eorAt: row[15] as string | null,
    lag: row[16] as number,
    localIp: row[17] as string | null,
    localAs: row[18] as number | null,
    holdTimeSeconds: row[19] as number | null,
    capabilities: row[20] as string | null,
    role: row[21] as string | null,
    remoteRole: row[22] as string | null,
    reason: row[23] as string | null,
    staleUntil: row[24] as string | null,
    remoteIp: row[25] as string | null,
  };
}

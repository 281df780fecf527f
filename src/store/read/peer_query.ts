/** Peers for `bgpd show peers` and `bgpd show peer`, from the view `peer_status`. */

import { PeerDirectory, type PeerSearch } from "../../config/peers/directory.ts";
import type { PeerStateName } from "../../session/mod.ts";
import { families, isPrefixFamily } from "../../types/mod.ts";
import type { Database } from "../sqlite.ts";
import { Columns, flag, integer, integerOrNull, type Row, text, textOrNull } from "./columns.ts";
import { isoTime } from "./iso_time.ts";

export type PeerRow = Row<typeof peerColumns>;

export interface PeerDetail extends PeerRow {
  readonly families: readonly Row<typeof familyColumns>[];
  /** The newest first. */
  readonly events: readonly Row<typeof eventColumns>[];
}

/** A peer has sent its table (RFC 4724). */
export interface EndOfRib {
  readonly peer: string;
  readonly family: string;
  readonly at: number;
}

export interface HeldRoutes {
  readonly peer: string;
  /** The id of the family. */
  readonly family: number;
  readonly routes: number;
  readonly accepted: number;
}

const peerColumns = {
  /** The name of the peer. */
  peer: text("peer"),
  peerAs: integerOrNull("peer_as"),
  description: textOrNull("description"),
  group: textOrNull('"group"'),
  routerId: textOrNull("router_id"),
  /** `Removed`: the peer left the configuration. */
  state: text<PeerStateName | "Removed">("state"),
  /** ISO 8601, UTC; so are the other times. */
  since: textOrNull("since"),
  messagesReceived: integer("messages_received"),
  messagesSent: integer("messages_sent"),
  updatesReceived: integer("updates_received"),
  routesAnnounced: integer("routes_announced"),
  routesWithdrawn: integer("routes_withdrawn"),
  treatAsWithdraw: integer("treat_as_withdraw"),
  attributeDiscards: integer("attribute_discards"),
  /** The number of routes in memory. */
  routes: integer("routes"),
  /** How many of them are eligible, after import policy. */
  accepted: integer("accepted"),
  /** The number of routes advertised to the peer. */
  sent: integer("sent"),
  eorAt: textOrNull("eor_at"),
  lag: integer("lag"),
  localIp: textOrNull("local_ip"),
  localAs: integerOrNull("local_as"),
  holdTimeSeconds: integerOrNull("hold_time"),
  capabilities: textOrNull("capabilities"),
  /** Our role towards the peer (RFC 9234), and the role that the peer sent. */
  role: textOrNull("role"),
  remoteRole: textOrNull("remote_role"),
  /** Why there is no session, or a remark on the session. */
  reason: textOrNull("reason"),
  /** The latest time at which stale routes of a lost session are deleted (RFC 4724, RFC 9494). */
  staleUntil: textOrNull("stale_until"),
  /** The address, a link-local one with its zone; `null`: not known yet. */
  remoteIp: textOrNull("remote_ip"),
};

const familyColumns = {
  family: text("n.name"),
  negotiated: flag("f.negotiated"),
  routes: integer("f.routes"),
  accepted: integer("f.accepted"),
  sent: integer("f.sent"),
  eorAt: textOrNull(isoTime("f.eor_at")),
  /** Routes that were received before this time are stale. */
  staleBefore: textOrNull(isoTime("nullif(f.stale_before, 0)")),
};

const eventColumns = {
  at: text(isoTime("at")),
  kind: text("kind"),
  text: text("text"),
  /** The malformed message. */
  hex: textOrNull("hex"),
};

const peerRows = new Columns(peerColumns);
const familyRows = new Columns(familyColumns);
const eventRows = new Columns(eventColumns);
const peerQuery = `SELECT ${peerRows.sql} FROM peer_status`;

/** Every peer shows these families. It shows a further one only where that has something to show. */
const usualFamilies = families.map(({ id }) => id).filter(isPrefixFamily).join();

/** The number of events that `bgpd show peer` shows. */
const shownEvents = 10;

/** Every configured peer, in the order in which the peers were added to the database. */
export function listPeers(db: Database): PeerRow[] {
  return db.prepare(`${peerQuery} WHERE state <> 'Removed' ORDER BY peer_id`).all().map((row) => peerRows.read(row));
}

/** How many routes each peer holds in each family in which it holds one. */
export function heldByFamily(db: Database): HeldRoutes[] {
  return db.prepare(
    "SELECT p.name, f.family, f.routes, f.accepted FROM peer_families f JOIN peers p ON p.id = f.peer_id" +
      " WHERE f.routes > 0",
  ).all().map(([peer, family, routes, accepted]) => ({
    peer: String(peer),
    family: Number(family),
    routes: Number(routes),
    accepted: Number(accepted),
  }));
}

/** The last End-of-RIB of each family of each peer, where all routes before it are written. */
export function endOfRibs(db: Database): EndOfRib[] {
  return db.prepare(
    "SELECT p.name, n.name, f.eor_at FROM peer_families f JOIN peers p ON p.id = f.peer_id" +
      " JOIN families n ON n.id = f.family WHERE f.negotiated AND f.eor_at IS NOT NULL AND f.lag = 0",
  ).all().map(([peer, family, at]) => ({ peer: String(peer), family: String(family), at: Number(at) }));
}

/** Finds a peer by name, address or description: first among configured peers, then among all. */
export function findPeer(db: Database, words: string): PeerSearch<string> {
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
    ).find(words);
  const found = search(true);
  return found.kind === "none" ? search(false) : found;
}

/** A peer by its name. */
export function peerDetail(db: Database, name: string): PeerDetail | undefined {
  const row = db.prepare(`${peerQuery} WHERE peer = ?`).get(name);
  if (row === undefined) return undefined;
  const peer = peerRows.read(row);
  const perFamily = db.prepare(
    `SELECT ${familyRows.sql} FROM peer_families f JOIN families n ON n.id = f.family` +
      " JOIN peers p ON p.id = f.peer_id WHERE p.name = ?" +
      ` AND (f.family IN (${usualFamilies}) OR f.negotiated OR f.routes > 0 OR f.sent > 0 OR f.eor_at IS NOT NULL)` +
      " ORDER BY f.family",
  ).all(peer.peer);
  const events = db.prepare(`SELECT ${eventRows.sql} FROM peer_events WHERE peer = ? ORDER BY id DESC LIMIT ?`)
    .all(peer.peer, shownEvents);
  return {
    ...peer,
    families: perFamily.map((row) => familyRows.read(row)),
    events: events.map((row) => eventRows.read(row)),
  };
}

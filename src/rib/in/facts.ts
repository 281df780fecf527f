/** What the RIB tells its shell about: faults of a peer, marks in the stream, things a person wants to read. */

import type { Fault, Notification } from "../../message/mod.ts";
import { type ByFamily, type FamilyId, limits } from "../../types/mod.ts";

export type RibFact =
  /** A malformed UPDATE that the session survives (RFC 7606). `message` is a copy of it, cut at 4,096 octets. */
  | { kind: "fault"; peerId: number; epoch: number; fault: Fault; message: Uint8Array }
  /** The session is to end with this NOTIFICATION; nothing more of it is read. */
  | {
    kind: "sessionReset";
    peerId: number;
    epoch: number;
    notification: Notification;
    text: string;
    message: Uint8Array;
    /** The peer has more prefixes than it may (RFC 4486 §4). Not there: the session comes again as ever. */
    restart?: { readonly kind: "after"; readonly seconds: number } | { readonly kind: "never" };
  }
  | { kind: "endOfRib"; peerId: number; epoch: number; family: FamilyId }
  /** The peer asked for our routes again (RFC 2918). They are on their way. */
  | { kind: "refreshRequested"; peerId: number; epoch: number; family: FamilyId }
  /** The peer began to tell its routes of the family again, or has ended it (RFC 7313). */
  | { kind: "refreshBegan" | "refreshEnded"; peerId: number; epoch: number; family: FamilyId }
  /** Something a person wants to read. */
  | { kind: "note"; peerId: number; epoch: number; text: string };

/** Counts of one session. */
export interface PeerCounters {
  updates: number;
  /** NLRI, however often the same. */
  announced: number;
  withdrawn: number;
  /** UPDATEs treated as withdraws, attributes discarded (RFC 7606). */
  treatAsWithdraw: number;
  attributeDiscards: number;
  /** Announcements of paths above the limit of paths per prefix. */
  pathsRefused: number;
  endOfRib: number;
  refreshes: number;
  /** Routes held, by family id; ineligible ones included. */
  routes: ByFamily<number>;
  /** Routes announced to it (Adj-RIB-Out), by family id. */
  advertised: ByFamily<number>;
}

export function emptyCounters(): PeerCounters {
  return {
    updates: 0,
    announced: 0,
    withdrawn: 0,
    treatAsWithdraw: 0,
    attributeDiscards: 0,
    pathsRefused: 0,
    endOfRib: 0,
    refreshes: 0,
    routes: {},
    advertised: {},
  };
}

/** A copy to keep with a fault. */
export function keptMessage(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return bytes.slice(start, Math.min(end, start + limits.messageBytes));
}

/** One for each text. */
export function notes(peerId: number, epoch: number, texts: readonly string[]): RibFact[] {
  return texts.map((text) => ({ kind: "note", peerId, epoch, text }));
}

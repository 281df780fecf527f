/** What the RIB reports to the daemon: faults of a peer, events in its stream of messages, and notes for the log. */

import type { Fault, Notification } from "../../message/mod.ts";
import { type ByFamily, type FamilyId, limits } from "../../types/mod.ts";

export type RibFact =
  /** A malformed UPDATE that the session survives (RFC 7606). `message` is a copy of it, cut at 4,096 octets. */
  | { kind: "fault"; peerId: number; epoch: number; fault: Fault; message: Uint8Array }
  /** The daemon has to end the session with this NOTIFICATION. Further messages of the session are not read. */
  | {
    kind: "sessionReset";
    peerId: number;
    epoch: number;
    notification: Notification;
    text: string;
    message: Uint8Array;
    /** When the session may come up again after too many prefixes (RFC 4486 §4). Not set: as after any other end. */
    restart?: { readonly kind: "after"; readonly seconds: number } | { readonly kind: "never" };
  }
  | { kind: "endOfRib"; peerId: number; epoch: number; family: FamilyId }
  /** The peer requested our routes again (RFC 2918). They are being sent. */
  | { kind: "refreshRequested"; peerId: number; epoch: number; family: FamilyId }
  /** The peer began or ended to announce its routes of the family again (RFC 7313). */
  | { kind: "refreshBegan" | "refreshEnded"; peerId: number; epoch: number; family: FamilyId }
  /** A text for the log. */
  | { kind: "note"; peerId: number; epoch: number; text: string };

/** Counters of one session. */
export interface PeerCounters {
  updates: number;
  /** NLRI announced. A prefix that is announced twice counts twice. */
  announced: number;
  withdrawn: number;
  /** UPDATEs treated as withdraw, and attributes discarded (RFC 7606). */
  treatAsWithdraw: number;
  attributeDiscards: number;
  /** Announcements above the limit of paths per prefix. */
  pathsRefused: number;
  endOfRib: number;
  refreshes: number;
  /** Routes held, by family id; ineligible ones included. */
  routes: ByFamily<number>;
  /** Routes advertised to the peer (Adj-RIB-Out), by family id. */
  advertised: ByFamily<number>;
  /** Routes with each validity (`rpki/validity.ts`), by validity; empty without RPKI data. */
  validity: readonly number[];
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
    validity: [],
  };
}

/** A copy of a message, to report with a fault. */
export function keptMessage(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return bytes.slice(start, Math.min(end, start + limits.messageBytes));
}

/** A note for each text. */
export function notes(peerId: number, epoch: number, texts: readonly string[]): RibFact[] {
  return texts.map((text) => ({ kind: "note", peerId, epoch, text }));
}

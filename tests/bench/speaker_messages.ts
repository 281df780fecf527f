/** The messages between the bench and its speaker threads. */

import type { ChangedPlaces } from "./changes.ts";
import type { SessionOptions } from "./session.ts";
import type { Table } from "./table.ts";

/** What a session has to send: the first prefixes of each family, then changes. */
export interface Share {
  readonly asn: number;
  readonly ipv4: number;
  readonly ipv6: number;
  readonly changes?: ChangedPlaces;
}

export type ToSpeaker =
  | { kind: "table"; table: Table; seenAt: Float64Array; sentAt: Float64Array }
  /** Sessions by number, from 0. Answered by `done`. */
  | { kind: "connect"; sessions: readonly SessionOptions[] }
  /** Encodes, before there are sessions that would wait for it, what each of them will send. */
  | { kind: "prepare"; shares: readonly Share[] }
  /** All sessions send their prefixes. */
  | { kind: "go" }
  /** Says `reached` as soon as every session holds at least (or, down, at most) so many prefixes. */
  | { kind: "watch"; held: number; down: boolean }
  | { kind: "drop"; session: number }
  /** The first session sends its changes, a round of them or `count`, so many a second; 0: all at once. */
  | { kind: "churn"; perSecond: number; count?: number }
  /**
   * For so long, the first session sends its changes as fast as the daemon takes them. Meanwhile the second session
   * sends a change of its own `everyMs`. Answered by `sent`, with the number of the first one's changes.
   */
  | { kind: "flood"; forMs: number; everyMs: number }
  /**
   * The first session sends its changes one by one, each when all other sessions have received the one before. Answered
   * by `through`.
   */
  | { kind: "singly" }
  | { kind: "report" }
  | { kind: "close" };

export interface SessionReport {
  readonly held: number;
  readonly updates: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** By how much the latest KEEPALIVE came after its time, milliseconds. */
  readonly latestKeepaliveMs: number;
}

export type FromSpeaker =
  | { kind: "done"; at: number }
  /**
   * Everything was handed to the kernel; `first`: when the first octet was. `ended`: routes that changes replaced or
   * withdrew. `changes`: how many a flood had.
   */
  | { kind: "sent"; first: number; last: number; ended: number; changes?: number }
  | { kind: "reached"; first: number; at: number }
  /** Milliseconds of each change, until the last session had it. */
  | { kind: "through"; delays: readonly number[] }
  | { kind: "report"; sessions: readonly SessionReport[] }
  /** A session ended, or something else went wrong. */
  | { kind: "failure"; text: string };

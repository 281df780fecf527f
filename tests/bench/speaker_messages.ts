/** The messages between the bench and its speaker threads. */

import type { SessionOptions } from "./session.ts";
import type { Table } from "./table.ts";

export type ToSpeaker =
  | { kind: "table"; table: Table; seenAt: Float64Array; sentAt: Float64Array }
  /** Sessions by number, from 0. Answered by `done`. */
  | { kind: "connect"; sessions: readonly SessionOptions[] }
  /**
   * Encodes, before there are sessions that would wait for it, what each will send: the first so many prefixes; and
   * changes of the first `changes` prefixes, a fifth of them withdrawals. `again`: a second round of changes, in which
   * those come back.
   */
  | { kind: "prepare"; asns: readonly number[]; ipv4: number; ipv6: number; changes: number; again: boolean }
  /** All sessions send what was prepared. */
  | { kind: "go" }
  /** Says `reached` as soon as every session holds at least (or, down, at most) so many prefixes. */
  | { kind: "watch"; held: number; down: boolean }
  | { kind: "drop"; session: number }
  /** The first session sends the prepared changes, a round of them or `count`, so many a second; 0: all at once. */
  | { kind: "churn"; perSecond: number; count?: number }
  | { kind: "report" }
  | { kind: "close" };

export interface SessionReport {
  readonly held: number;
  readonly updates: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly longestSilenceMs: number;
  readonly late: boolean;
}

export type FromSpeaker =
  | { kind: "done"; at: number }
  /**
   * Everything was handed to the kernel; `first`: when the first octet was. `ended`: routes that changes replaced or
   * withdrew.
   */
  | { kind: "sent"; first: number; last: number; ended: number }
  | { kind: "reached"; first: number; at: number }
  | { kind: "report"; sessions: readonly SessionReport[] }
  /** A session ended, or something else went wrong. */
  | { kind: "failure"; text: string };

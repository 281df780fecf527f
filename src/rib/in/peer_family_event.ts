/** Events that change all rows of one family of a peer in the database. */

import type { FamilyId } from "../../types/mod.ts";

export type PeerFamilyEvent =
  /**
   * The session is lost: the store turns the rows of the family that were received before `at` into history entries.
   * `isOpen`: superseded rows are still to be deleted; the event `settled` with the same time follows when they are.
   */
  | { kind: "flush"; peerId: number; family: FamilyId; at: number; isOpen?: true }
  | { kind: "endOfRib"; peerId: number; family: FamilyId; at: number }
  /** Rows of the family that were received before `before` are stale; 0: no row is stale. */
  | { kind: "stale"; peerId: number; family: FamilyId; before: number }
  /**
   * How many routes peers hold, how many of those are not written yet and how many are eligible: peer id, family,
   * routes, unwritten routes, eligible routes for each family of a peer where a number changed. True once the batch is
   * written.
   */
  | { kind: "held"; rows: Float64Array };

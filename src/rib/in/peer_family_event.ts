/** What the store learns of a whole family of a peer in one row. */

import type { FamilyId } from "../../types/mod.ts";

export type PeerFamilyEvent =
  /**
   * The session is lost: rows of the family received before `at` are gone, which the store makes history of. `isOpen`: rows
   * that were superseded are yet to be deleted, and only the `settled` with the same time says that they are.
   */
  | { kind: "flush"; peerId: number; family: FamilyId; at: number; isOpen?: true }
  | { kind: "endOfRib"; peerId: number; family: FamilyId; at: number }
  /** Rows of the family received before `before` are stale; 0: none is any more. */
  | { kind: "stale"; peerId: number; family: FamilyId; before: number }
  /**
   * Peer id, family, routes held and those of its routes that are not written yet, four numbers for each family of a peer of
   * which that is news. True once the batch is written.
   */
  | { kind: "held"; rows: Float64Array };

/**
 * Which BoRR and EoRR messages of a session take effect (RFC 7313 §4), and how often: a message of 23 octets makes bgpd
 * look at every route of the peer and write a line to the log.
 */

import { type FamilyId, type FamilyMask, familyMask, maskHas } from "../../types/mod.ts";
import type { AdjRibIn } from "./adj_rib_in.ts";

/** How many BoRRs of one batch (at most 64 KiB) mark all routes again. */
const mostMarks = 8;

export class RefreshMarks {
  readonly #isGraceful: boolean;
  /** Families after their End-of-RIB; families between BoRR and EoRR; families whose BoRR came too early. */
  #ended: FamilyMask = 0;
  #refreshing: FamilyMask = 0;
  #early: FamilyMask = 0;
  /** BoRRs of this batch that marked routes. */
  #marks = 0;

  /** `isGraceful`: the peer sent the Graceful Restart Capability. */
  constructor(isGraceful: boolean) {
    this.#isGraceful = isGraceful;
  }

  nextBatch(): void {
    this.#marks = 0;
  }

  /** False: the family had its End-of-RIB in this session already, and this one has no effect. */
  endOfRib(family: FamilyId): boolean {
    if (maskHas(this.#ended, family)) return false;
    this.#ended |= familyMask([family]);
    return true;
  }

  /**
   * A BoRR: from now on the routes are stale until announced again. A speaker "MUST ignore any BoRRs for an <AFI, SAFI>
   * from the neighbor before the speaker receives the EoR" of a peer with graceful restart: End-of-RIB ends its stale
   * routes.
   */
  begin(family: FamilyId, routes: AdjRibIn | undefined): "began" | "early" | "early again" {
    if (this.#isGraceful && !maskHas(this.#ended, family)) {
      if (maskHas(this.#early, family)) return "early again";
      this.#early |= familyMask([family]);
      return "early";
    }
    this.#refreshing |= familyMask([family]);
    this.#mark(routes);
    return "began";
  }

  /** An EoRR. False: no BoRR came before it. Such an EoRR would delete the stale routes of a restart. */
  end(family: FamilyId): boolean {
    if (!maskHas(this.#refreshing, family)) return false;
    this.#refreshing &= ~familyMask([family]);
    return true;
  }

  /** Marks all routes, unless all are marked or the batch has more BoRRs than any peer has a reason for. */
  #mark(routes: AdjRibIn | undefined): void {
    if (routes === undefined || routes.marked === routes.count || this.#marks === mostMarks) return;
    this.#marks++;
    routes.markAll();
  }
}

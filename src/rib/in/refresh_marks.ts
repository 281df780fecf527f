/**
 * Which marks of a session's refreshes count (RFC 7313 §4), and how often they do: a mark of 23 octets looks at every route of
 * the peer, and is a line in the log.
 */

import { type FamilyId, type FamilyMask, familyMask, maskHas } from "../../types/mod.ts";
import type { AdjRibIn } from "./adj_rib_in.ts";

/** BoRRs in one batch, 64 KiB at the most, that each mark all routes once more. */
const mostMarks = 8;

export class RefreshMarks {
  readonly #isGraceful: boolean;
  /** Families whose End-of-RIB came, those between BoRR and EoRR, and those that began too early. */
  #ended: FamilyMask = 0;
  #refreshing: FamilyMask = 0;
  #early: FamilyMask = 0;
  /** BoRRs of this batch. */
  #marks = 0;

  /** `isGraceful`: the peer has the Graceful Restart Capability. */
  constructor(isGraceful: boolean) {
    this.#isGraceful = isGraceful;
  }

  nextBatch(): void {
    this.#marks = 0;
  }

  /** False: the family had its End-of-RIB in this session. The first one says it all. */
  endOfRib(family: FamilyId): boolean {
    if (maskHas(this.#ended, family)) return false;
    this.#ended |= familyMask([family]);
    return true;
  }

  /**
   * A BoRR: from now on the routes are stale until announced again. Of a peer with graceful restart a speaker "MUST ignore any
   * BoRRs for an <AFI, SAFI> from the neighbor before the speaker receives the EoR": what a restart left has its own end.
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

  /** An EoRR. False: there was no beginning; it would take what a restart left. */
  end(family: FamilyId): boolean {
    if (!maskHas(this.#refreshing, family)) return false;
    this.#refreshing &= ~familyMask([family]);
    return true;
  }

  /** Where all are marked there is nothing to do; of more than any peer has reason for, the refresh that goes on counts. */
  #mark(routes: AdjRibIn | undefined): void {
    if (routes === undefined || routes.marked === routes.count || this.#marks === mostMarks) return;
    this.#marks++;
    routes.markAll();
  }
}

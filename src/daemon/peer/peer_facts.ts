/** Handles what the RIB finds in a session: it becomes lines of the log and events, and may end the session. */

import { type FamilyId, familyOf } from "../../types/mod.ts";
import type { Notification } from "../../message/mod.ts";
import type { RibFact } from "../../rib/mod.ts";
import type { Log } from "../log/log.ts";
import type { HoldEnd } from "./peer_hold.ts";
import type { PeerReport } from "./peer_report.ts";
import { faultText } from "./peer_text.ts";
import type { StaleRoutes } from "./stale_routes.ts";

export interface FactListener {
  /** The name of the peer. */
  readonly name: string;
  readonly log: Log;
  readonly report: PeerReport;
  readonly stale: StaleRoutes;
  /** Ends the session with this NOTIFICATION. */
  readonly fail: (notification: Notification) => void;
  /** Likewise, and holds the peer: there is no session before `end`. */
  readonly hold: (notification: Notification, text: string, end: HoldEnd) => void;
}

/** The family of which the peer sends no further routes of its first table: End-of-RIB, or the family is disabled. */
export function endedFamily(fact: RibFact): FamilyId | undefined {
  if (fact.kind === "endOfRib") return fact.family;
  return fact.kind === "fault" && fact.fault.action === "familyDisable" ? fact.fault.family : undefined;
}

export function takeFact(fact: RibFact, { name, log, report, stale, fail, hold }: FactListener): void {
  switch (fact.kind) {
    case "fault": {
      const disabled = endedFamily(fact);
      if (disabled !== undefined) stale.ended(disabled);
      const text = `${faultText[fact.fault.action]} (${fact.fault.rfc}): ${fact.fault.text}`;
      return report.fault(fact.fault.action, text, fact.message);
    }
    case "sessionReset":
      report.event("sessionReset", fact.text, fact.message);
      log.warn(`${name}: session reset: ${fact.text}`);
      if (fact.restart !== undefined) return hold(fact.notification, fact.text, fact.restart);
      return fail(fact.notification);
    case "endOfRib":
      stale.ended(fact.family);
      return log.info(`${name}: received End-of-RIB, ${familyOf(fact.family).name}`);
    case "refreshBegan":
      return stale.refreshBegan(fact.family);
    case "refreshEnded":
      return stale.ended(fact.family);
    case "refreshRequested":
      return log.debug(`${name}: requested our ${familyOf(fact.family).name} routes again (ROUTE-REFRESH)`);
    case "note":
      return log.warn(`${name}: ${fact.text}`);
    default:
      fact satisfies never;
  }
}

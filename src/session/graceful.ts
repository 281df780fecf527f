/**
 * What two OPENs agree on about restarts (RFC 4724, 8538, 9494), and what the end of a session means in that light: which
 * routes of the peer stay for now, and whether our NOTIFICATION must say that nothing is to stay.
 */

import { CeaseCode, ErrorCode, type GracefulRestartFamily, type Notification, type Open } from "../message/mod.ts";
import { type ByFamily, familyByCode, type FamilyId, type FamilyMask, familyMask, maskHas } from "../types/mod.ts";
import type { DownReason, Negotiated } from "./types.ts";

/** Both announced the Graceful Restart Capability; this is what the peer's says. */
export interface GracefulTerms {
  /** R: the peer has restarted, and waits for nobody's End-of-RIB before it tells its routes. */
  readonly restarting: boolean;
  /** Both announced N (RFC 8538 §2): a NOTIFICATION ends a session no harder than a lost connection does. */
  readonly notification: boolean;
  /** How long the peer says it takes to come back. */
  readonly restartSeconds: number;
  /** Families whose routes stay when the session is lost (§4.2), and those that the peer forwarded through its restart. */
  readonly families: FamilyMask;
  readonly forwarding: FamilyMask;
  /** The peer announced the Long-Lived Graceful Restart Capability too (RFC 9494 §4.1). */
  readonly longLived: LongLivedTerms | undefined;
}

export interface LongLivedTerms {
  readonly forwarding: FamilyMask;
  /** LLST by family; families that are not in it have none. */
  readonly staleSeconds: Readonly<ByFamily<number>>;
}

/** `common`: the families of the session. */
export function gracefulTerms(local: Open, remote: Open, common: FamilyMask): GracefulTerms | undefined {
  const [ours, theirs] = [find(local, "gracefulRestart"), find(remote, "gracefulRestart")];
  // RFC 9494 §4.5: without the capability of RFC 4724 that of LLGR is as if it were not there.
  if (ours === undefined || theirs === undefined) return undefined;
  return {
    restarting: theirs.restarting,
    notification: ours.notification && theirs.notification,
    restartSeconds: theirs.restartSeconds,
    families: common & maskOf(theirs.families),
    forwarding: common & maskOf(theirs.families.filter(({ forwarding }) => forwarding)),
    longLived: longLivedTerms(remote, common),
  };
}

function longLivedTerms(remote: Open, common: FamilyMask): LongLivedTerms | undefined {
  const theirs = find(remote, "longLivedGracefulRestart");
  if (theirs === undefined) return undefined;
  const staleSeconds: ByFamily<number> = {};
  for (const { afi, safi, staleSeconds: seconds } of theirs.families) {
    const id = familyByCode(afi, safi)?.id;
    if (id !== undefined && maskHas(common, id)) staleSeconds[id] = seconds;
  }
  return { forwarding: common & maskOf(theirs.families.filter(({ forwarding }) => forwarding)), staleSeconds };
}

/** The end of a session leaves the peer's routes where they are, as far as capabilities allow. */
export function isGraceful(negotiated: Negotiated, reason: DownReason): boolean {
  const terms = negotiated.graceful;
  if (terms === undefined) return false;
  switch (reason.kind) {
    case "connectionLost":
      // RFC 4724 §4.2: "detects termination of the TCP session".
      return true;
    case "notificationReceived":
    case "notificationSent":
      // RFC 4724 §4: a NOTIFICATION ends it as RFC 4271 has it; RFC 8538 §4: unless N is agreed on, and it is no Hard Reset.
      return terms.notification && !isHardReset(reason.notification);
    case "holdTimerExpired":
    case "sendHoldTimerExpired":
      // RFC 8538 §4.1: "the Hold Time expires" is then treated alike.
      return terms.notification;
    default:
      return reason satisfies never;
  }
}

/** Cease subcodes whose session is not to come back soon, or not as it was (RFC 8538 §5). */
const hardSubcodes: ReadonlySet<number> = new Set([
  CeaseCode.maximumPrefixesReached,
  CeaseCode.administrativeShutdown,
  CeaseCode.peerDeconfigured,
  CeaseCode.administrativeReset,
]);

/** As the NOTIFICATION is to be sent on this session: wrapped in a Hard Reset where the peer would keep our routes. */
export function asHardReset(notification: Notification, negotiated: Negotiated | undefined): Notification {
  const { code, subcode, data } = notification;
  if (negotiated?.graceful?.notification !== true || code !== ErrorCode.cease || !hardSubcodes.has(subcode)) {
    return notification;
  }
  // RFC 8538 §3.1: the data of a Hard Reset is the code, subcode and data of what it stands for.
  return { code: ErrorCode.cease, subcode: CeaseCode.hardReset, data: Uint8Array.of(code, subcode, ...data) };
}

function isHardReset({ code, subcode }: Notification): boolean {
  return code === ErrorCode.cease && subcode === CeaseCode.hardReset;
}

function find<K extends Open["capabilities"][number]["kind"]>(open: Open, kind: K) {
  type Found = Extract<Open["capabilities"][number], { kind: K }>;
  return open.capabilities.find((capability): capability is Found => capability.kind === kind);
}

function maskOf(listed: readonly GracefulRestartFamily[]): FamilyMask {
  const ids = listed.map(({ afi, safi }) => familyByCode(afi, safi)?.id);
  return familyMask(ids.filter((id): id is FamilyId => id !== undefined));
}

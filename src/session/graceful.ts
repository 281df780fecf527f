/**
 * What two OPENs agree on about restarts (RFC 4724, 8538, 9494), and what follows when the session ends: whether the
 * peer's routes stay, and whether our NOTIFICATION must be a Hard Reset so that the peer removes ours.
 */

import { CeaseCode, ErrorCode, type GracefulRestartFamily, type Notification, type Open } from "../message/mod.ts";
import { type ByFamily, familyByCode, type FamilyId, type FamilyMask, familyMask, maskHas } from "../types/mod.ts";
import type { DownReason, GracefulTerms, LongLivedTerms, Negotiated } from "./types.ts";

/** `common`: the families of the session. */
export function gracefulTerms(local: Open, remote: Open, common: FamilyMask): GracefulTerms | undefined {
  const [ours, theirs] = [find(local, "gracefulRestart"), find(remote, "gracefulRestart")];
  // RFC 9494 §4.5: without the capability of RFC 4724, that of LLGR is ignored.
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

/** True where the peer's routes stay after the session ended for this reason, as far as capabilities allow. */
export function isGraceful(negotiated: Negotiated, reason: DownReason): boolean {
  const terms = negotiated.graceful;
  if (terms === undefined) return false;
  switch (reason.kind) {
    case "connectionLost":
      // RFC 4724 §4.2: "detects termination of the TCP session".
      return true;
    case "notificationReceived":
    case "notificationSent":
      // RFC 4724 §4: a NOTIFICATION ends the session as in RFC 4271. RFC 8538 §4: unless both announced N and it is no
      // Hard Reset.
      return terms.notification && !isHardReset(reason.notification);
    case "holdTimerExpired":
    case "sendHoldTimerExpired":
      // RFC 8538 §4.1: the same holds when "the Hold Time expires".
      return terms.notification;
    default:
      return reason satisfies never;
  }
}

/** Cease subcodes after which the session will not return soon, or not as it was (RFC 8538 §5). */
const hardSubcodes: ReadonlySet<number> = new Set([
  CeaseCode.maximumPrefixesReached,
  CeaseCode.administrativeShutdown,
  CeaseCode.peerDeconfigured,
  CeaseCode.administrativeReset,
]);

/** The NOTIFICATION to send on this session: wrapped in a Hard Reset where the peer would otherwise keep our routes. */
export function asHardReset(notification: Notification, negotiated: Negotiated | undefined): Notification {
  const { code, subcode, data } = notification;
  if (negotiated?.graceful?.notification !== true || code !== ErrorCode.cease || !hardSubcodes.has(subcode)) {
    return notification;
  }
  // RFC 8538 §3.1: the data of a Hard Reset is the code, subcode and data of the NOTIFICATION that it replaces.
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

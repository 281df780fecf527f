/** Texts about a peer for the log and the database. */

import { formatIpv4Number } from "../../types/mod.ts";
import type { PeerConfig } from "../../config/mod.ts";
import { capabilityName, CeaseCode, describeNotification, MessageType } from "../../message/mod.ts";
import type { DownReason, Negotiated } from "../../session/mod.ts";
import type { PeerState } from "../../store/mod.ts";

/** RFC 4271 §4.1, RFC 2918 §3. Index: message type. */
export const messageNames = ["", "OPEN", "UPDATE", "NOTIFICATION", "KEEPALIVE", "ROUTE-REFRESH"];

export const faultText = {
  attributeDiscard: "attribute discarded",
  treatAsWithdraw: "UPDATE treated as withdraw",
  familyDisable: "routes of the family withdrawn, and ignored until the session is reset",
  sessionReset: "session reset",
} as const;

export function describeDown(reason: DownReason): string {
  switch (reason.kind) {
    case "notificationSent":
      return `sent ${describeNotification(reason.notification)}`;
    case "notificationReceived":
      return `received ${describeNotification(reason.notification)}`;
    case "holdTimerExpired":
      return "hold timer expired";
    case "sendHoldTimerExpired":
      return "send hold timer expired: the peer reads nothing";
    case "connectionLost":
      return reason.reason;
  }
}

/** Why nobody answered a dial. The kernel drops segments with a wrong TCP-MD5 signature silently. */
export function unanswered(address: string, { connectRetrySeconds, passwordFile }: PeerConfig): string {
  const text = `${address} did not answer within ${connectRetrySeconds} s`;
  return passwordFile === undefined
    ? text
    : `${text}: it is away, or its TCP-MD5 key is not the one in ${passwordFile}`;
}

/** What the database stores of a session that is Established. */
export function establishedState(negotiated: Negotiated, localIp: string | undefined): Partial<PeerState> {
  return {
    routerId: formatIpv4Number(negotiated.remoteRouterId),
    remoteAs: negotiated.remoteAsn,
    localIp,
    localAs: negotiated.localAsn,
    holdTimeSeconds: negotiated.holdTimeSeconds,
    families: negotiated.families,
    capabilities: [...new Set(negotiated.remoteCapabilities.map(capabilityName))].join(", "),
    remoteRole: negotiated.remoteRole ?? null,
    reason: null,
  };
}

/** The number of all messages of one direction. Index: {@link MessageType}. */
export function totalMessages(counts: Float64Array): number {
  let total = 0;
  for (let type: number = MessageType.open; type <= MessageType.routeRefresh; type++) total += counts[type]!;
  return total;
}

/** The subcode of the Cease that ends a session when the configuration changes (RFC 4486 §4). */
export function endingFor(before: { readonly enabled: boolean }, after: PeerConfig): number {
  return before.enabled && !after.enabled ? CeaseCode.administrativeShutdown : CeaseCode.otherConfigurationChange;
}

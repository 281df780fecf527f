/** Maps a peer to the JSON of the API. */

import type { FamilyTally, MessageTally, PeerView, StateTally } from "../../control/mod.ts";
import { capabilityName, encodeOpen, MessageType } from "../../message/mod.ts";
import { avsNames, avsOf, ovsNames, ovsOf } from "../../rpki/mod.ts";
import { type ByFamily, familyEntries, familyOf, formatIpv4Number, maskIds } from "../../types/mod.ts";
import type { Peer } from "./peer.ts";

export function peerView(peer: Peer, now: number): PeerView {
  const { config, counters, session } = peer;
  const negotiated = session?.negotiated;
  return {
    peer: peer.name,
    remoteIp: peer.address ?? null,
    peerAs: negotiated?.remoteAsn ?? config.remoteAsn ?? null,
    description: config.description ?? null,
    group: config.group ?? null,
    state: peer.shownState,
    enabled: peer.enabled,
    since: new Date(peer.shownSince).toISOString(),
    sinceSeconds: Math.max(0, (now - peer.shownSince) / 1000),
    lastReason: peer.lastReason ?? null,
    drainedAt: peer.drain.endsAt === undefined ? null : new Date(peer.drain.endsAt).toISOString(),
    staleUntil: peer.staleUntil === undefined ? null : new Date(peer.staleUntil).toISOString(),
    sessions: peer.sessions,
    routerId: negotiated === undefined ? null : formatIpv4Number(negotiated.remoteRouterId),
    localIp: session?.localAddress ?? config.localIp ?? null,
    localAs: config.localAsn,
    role: config.role ?? null,
    remoteRole: negotiated?.remoteRole ?? null,
    holdTimeSeconds: negotiated?.holdTimeSeconds ?? null,
    families: negotiated === undefined ? [] : maskIds(negotiated.families).map((id) => familyOf(id).name),
    capabilities: [...new Set(negotiated?.remoteCapabilities.map(capabilityName))],
    openSent: negotiated?.opens === undefined ? null : encodeOpen(negotiated.opens.sent).toHex(),
    openReceived: negotiated?.opens === undefined ? null : encodeOpen(negotiated.opens.received).toHex(),
    messagesReceived: messageTally(peer.messages.received),
    messagesSent: messageTally(peer.messages.sent),
    updatesReceived: counters?.updates ?? 0,
    routesAnnounced: counters?.announced ?? 0,
    routesWithdrawn: counters?.withdrawn ?? 0,
    treatAsWithdraw: counters?.treatAsWithdraw ?? 0,
    attributeDiscards: counters?.attributeDiscards ?? 0,
    pathsRefused: counters?.pathsRefused ?? 0,
    prefixesReceived: familyTallies(counters?.routes),
    prefixesAdvertised: familyTallies(counters?.advertised),
    originStates: stateTallies(counters?.validity, ovsNames, ovsOf),
    pathStates: stateTallies(counters?.validity, avsNames, avsOf),
  };
}

function messageTally(counts: Float64Array): MessageTally {
  return {
    open: counts[MessageType.open]!,
    update: counts[MessageType.update]!,
    notification: counts[MessageType.notification]!,
    keepalive: counts[MessageType.keepalive]!,
    routeRefresh: counts[MessageType.routeRefresh]!,
  };
}

/** How many routes have each state that has a name. */
function stateTallies(
  counts: readonly number[] = [],
  names: readonly (string | null)[],
  stateOf: (validity: number) => number,
): StateTally[] {
  return names.flatMap((state, number) => {
    const count = counts.reduce((sum, some, validity) => stateOf(validity) === number ? sum + some : sum, 0);
    return state === null || counts.length === 0 ? [] : [{ state, count }];
  });
}

function familyTallies(counts: Readonly<ByFamily<number>> = {}): FamilyTally[] {
  return familyEntries(counts).map(([id, count]) => ({ family: familyOf(id).name, count }));
}

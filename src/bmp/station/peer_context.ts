/**
 * How to read the UPDATEs of a monitored peer: what the two OPENs of its Peer Up agree on. The speakers are the router
 * and its peer; this program is neither.
 */

import type { Open, UpdateContext } from "../../message/mod.ts";
import {
  canExtendNextHop,
  familyByCode,
  type FamilyId,
  type FamilyMask,
  familyMask,
  IPV4_UNICAST,
  limits,
  type RibKind,
} from "../../types/mod.ts";

/** The router sent `sent`. Its Adj-RIB-Out goes to the peer; what the other tables hold came to the router. */
export function contextOfPeer(sent: Open, received: Open, ribKind: RibKind, twoOctetAsPath: boolean): UpdateContext {
  const out = ribKind === "adj-out" || ribKind === "adj-out-post";
  const [sender, receiver] = out ? [sent, received] : [received, sent];
  const families = announced(sender) & announced(receiver);
  return {
    // What the router made of a route is its own: it may have a LOCAL_PREF, whoever the peer is.
    internal: sent.asn === received.asn || ribKind === "adj-in-post" || ribKind === "loc",
    // RFC 7854 §4.2: the A flag, and not the OPENs, says how long the AS numbers of a path are.
    fourOctetAs: !twoOctetAsPath,
    families,
    addPathReceive: families & addPath(sender, "send") & addPath(receiver, "receive"),
    addPathSend: 0,
    extendedNextHop: families & extended(sender) & extended(receiver),
    maxMessageBytes: limits.extendedMessageBytes,
    localAsn: sent.asn,
    remoteAsn: received.asn,
  };
}

function announced({ capabilities }: Open): FamilyMask {
  const ids: FamilyId[] = [];
  for (const capability of capabilities) {
    const family = capability.kind === "multiprotocol" ? familyByCode(capability.afi, capability.safi) : undefined;
    if (family !== undefined) ids.push(family.id);
  }
  // RFC 4760 §8: without the capability, IPv4 unicast is meant.
  return capabilities.some(({ kind }) => kind === "multiprotocol") ? familyMask(ids) : familyMask([IPV4_UNICAST]);
}

function addPath({ capabilities }: Open, direction: "send" | "receive"): FamilyMask {
  const ids: FamilyId[] = [];
  for (const capability of capabilities) {
    if (capability.kind !== "addPath") continue;
    for (const entry of capability.families) {
      const family = entry[direction] ? familyByCode(entry.afi, entry.safi) : undefined;
      if (family !== undefined) ids.push(family.id);
    }
  }
  return familyMask(ids);
}

function extended({ capabilities }: Open): FamilyMask {
  const ids: FamilyId[] = [];
  for (const capability of capabilities) {
    if (capability.kind !== "extendedNextHop") continue;
    for (const { afi, safi, nextHopAfi } of capability.entries) {
      const family = nextHopAfi === 2 ? familyByCode(afi, safi) : undefined;
      if (family !== undefined && canExtendNextHop(family.id)) ids.push(family.id);
    }
  }
  return familyMask(ids);
}

/**
 * How to read the UPDATEs of a monitored peer: what the two OPENs of its Peer Up agree on. The speakers are the router
 * and its peer; this program is neither.
 */

import { addPathFamilies, type Open, type UpdateContext } from "../../message/mod.ts";
import { allFamilies, extensibleFamilies, limits, type RibKind } from "../../types/mod.ts";

/** The router sent `sent`. Its Adj-RIB-Out goes to the peer; what the other tables hold came to the router. */
export function contextOfPeer(sent: Open, received: Open, ribKind: RibKind, twoOctetAsPath: boolean): UpdateContext {
  const out = ribKind === "adj-out" || ribKind === "adj-out-post";
  const [sender, receiver] = out ? [sent, received] : [received, sent];
  return {
    // What the router made of a route is its own: it may have a LOCAL_PREF, whoever the peer is.
    internal: sent.asn === received.asn || ribKind === "adj-in-post" || ribKind === "loc",
    // RFC 7854 §4.2: the A flag, and not the OPENs, says how long the AS numbers of a path are.
    fourOctetAs: !twoOctetAsPath,
    // The OPENs of a Loc-RIB are made up, and some routers report labelled routes as unicast ones.
    families: allFamilies,
    addPathReceive: addPathFamilies(sender, "send") & addPathFamilies(receiver, "receive"),
    addPathSend: 0,
    // The length of a next hop says which kind it is, and routers report IPv6 next hops that no OPEN announces.
    extendedNextHop: extensibleFamilies,
    maxMessageBytes: limits.extendedMessageBytes,
    localAsn: sent.asn,
    remoteAsn: received.asn,
  };
}

/**
 * Why a route is withheld from a peer: the texts, and a number for each. Looking glasses show the numbers as
 * communities: append, never renumber.
 */

/** The texts that have no variable part. */
export const withheldTexts = {
  fromThisPeer: "it is from this peer",
  exportNone: 'export = "none"',
  ourAsOnly: "only routes of our own AS go to this peer",
  otc: "ONLY_TO_CUSTOMER forbids to announce it to this peer (RFC 9234 §5)",
  reflection: "it is from an internal peer, and neither of the two is a client of this reflector (RFC 4456 §6)",
  asSet: "its AS path has an AS_SET (RFC 9774 §3)",
  ownAsSet: "its AS path has an AS_SET, and the peer does not have reject_as_sets = false (RFC 9774)",
  longLivedStale: "it is long-lived stale, and the peer did not negotiate long-lived graceful restart (RFC 9494 §4.3)",
  noAdvertise: "its community NO_ADVERTISE (RFC 1997)",
  noExport: "its community NO_EXPORT (RFC 1997)",
  blackhole: "its community BLACKHOLE (RFC 7999 §3.2)",
  noExportSubconfed: "its community NO_EXPORT_SUBCONFED (RFC 1997)",
  noPeer: "its community NOPEER (RFC 3765)",
  otherPaths: "other paths of the prefix take precedence, and add_path_send allows no more",
  routeTargets: "the peer wants none of its route targets (RFC 4684)",
  everyRoute: "this speaker asks the peer for every route already (RFC 4684 §4)",
  noRoom: "its attributes leave no room for it in a message of this session",
} as const;

/** The number of a reason, and what it says in few words. */
export const withheldNumbers = [
  [1, "The route is from this peer"],
  [2, "No route of another peer goes to this peer"],
  [3, "Only routes of our own AS go to this peer"],
  [4, "ONLY_TO_CUSTOMER forbids it (RFC 9234)"],
  [5, "It is from an internal peer, and neither of the two is a reflector client (RFC 4456)"],
  [6, "The AS path has an AS_SET (RFC 9774)"],
  [7, "It is long-lived stale, and the peer did not negotiate that (RFC 9494)"],
  [8, "Its community NO_ADVERTISE (RFC 1997)"],
  [9, "Its community NO_EXPORT (RFC 1997)"],
  [10, "Its community BLACKHOLE (RFC 7999)"],
  [11, "Its community NO_EXPORT_SUBCONFED (RFC 1997)"],
  [12, "Its community NOPEER (RFC 3765)"],
  [13, "Export policy rejects it"],
  [14, "No next hop fits the session"],
  [15, "Its attributes do not fit into a message of the session"],
  [16, "Other paths of the prefix take precedence"],
  [17, "The peer does not ask for it (RFC 4684)"],
  [18, "The peer has as many routes as max_prefixes_out allows"],
  [99, "Another reason"],
] as const;

export type WithheldNumber = typeof withheldNumbers[number][0];

const byText: ReadonlyMap<string, WithheldNumber> = new Map([
  [withheldTexts.fromThisPeer, 1],
  [withheldTexts.exportNone, 2],
  [withheldTexts.ourAsOnly, 3],
  [withheldTexts.otc, 4],
  [withheldTexts.reflection, 5],
  [withheldTexts.asSet, 6],
  [withheldTexts.ownAsSet, 6],
  [withheldTexts.longLivedStale, 7],
  [withheldTexts.noAdvertise, 8],
  [withheldTexts.noExport, 9],
  [withheldTexts.blackhole, 10],
  [withheldTexts.noExportSubconfed, 11],
  [withheldTexts.noPeer, 12],
  [withheldTexts.noRoom, 15],
  [withheldTexts.otherPaths, 16],
  [withheldTexts.routeTargets, 17],
  [withheldTexts.everyRoute, 17],
]);

/** What follows a reason where the peer may get another route in the place of the best one (RFC 7947 §2.3.2). */
const instead = /, and (no other route is for this peer|another route goes in its place)$/;

/** The number of a reason that the router gives for a route. */
export function withheldNumber(text: string): WithheldNumber {
  const reason = text.replace(instead, "");
  const known = byText.get(reason);
  if (known !== undefined) return known;
  if (reason.endsWith(" rejects it")) return 13;
  if (/^(its next hop is |no IPv[46] address for next hop self)/.test(reason)) return 14;
  if (/^no message of \d+ octets holds its attributes/.test(reason)) return 15;
  if (/^max_prefixes_out = \d+ is reached/.test(reason)) return 18;
  return 99;
}

/** Words for what routers report: names of tables, reasons, statistics. */

import { BmpDownReason, type BmpPeer, BmpPeerType, type BmpStatistic, type StationPeer } from "../../bmp/mod.ts";
import { decodeNotification, describeNotification, formatRd } from "../../message/mod.ts";
import { familyByCode, formatAddress, readUint16 } from "../../types/mod.ts";

/** The peer as a column `peer` shows it: its address, behind the Route Distinguisher of its VRF; or the Loc-RIB. */
export function peerText({ up: { peer }, tableName }: StationPeer): string {
  const instance = distinguisherText(peer.distinguisher);
  if (peer.type !== BmpPeerType.locRib) return [instance, formatAddress(peer.address)].join(" ").trim();
  return ["loc-rib", instance, tableName ?? ""].filter((part) => part !== "").join(" ");
}

/** A Route Distinguisher of zero is none. */
function distinguisherText(distinguisher: BmpPeer["distinguisher"]): string {
  if (distinguisher === 0n) return "";
  const octets = new Uint8Array(8);
  new DataView(octets.buffer).setBigUint64(0, distinguisher);
  return formatRd(octets);
}

/** Why the session of a peer ended, in a sentence without its subject (RFC 7854 §4.9, RFC 9069 §5.3). */
export function downText(reason: number | undefined, data: Uint8Array, text: string): string {
  switch (reason) {
    case undefined:
      return "a new session replaced this one";
    case BmpDownReason.localNotification:
      return `the router sent a NOTIFICATION: ${describeNotification(decodeNotification(data))}`;
    case BmpDownReason.localEvent:
      return `the router closed the session without a NOTIFICATION (FSM event ${readUint16(data, 0)})`;
    case BmpDownReason.remoteNotification:
      return `the peer sent a NOTIFICATION: ${describeNotification(decodeNotification(data))}`;
    case BmpDownReason.remoteClosed:
      return "the peer closed the session without a NOTIFICATION";
    case BmpDownReason.deconfigured:
      return "the router no longer reports the peer";
    case BmpDownReason.localSystem:
      return `the router closed the table${text && `: ${text}`}`;
    default:
      return `reason ${reason}`;
  }
}

/** By type: RFC 7854 §4.8, RFC 8671 §6.2. */
const statisticNames: readonly string[] = [
  "rejected_by_policy",
  "duplicate_announcements",
  "duplicate_withdrawals",
  "cluster_list_loops",
  "as_path_loops",
  "originator_id_loops",
  "as_confed_loops",
  "adj_rib_in",
  "loc_rib",
  "adj_rib_in",
  "loc_rib",
  "updates_treated_as_withdraw",
  "prefixes_treated_as_withdraw",
  "duplicate_updates",
  "adj_rib_out",
  "adj_rib_out_post",
  "adj_rib_out",
  "adj_rib_out_post",
];

/** A JSON object: `{"adj_rib_in": 5, "adj_rib_in ipv4 unicast": 5}`. */
export function statisticsText(statistics: readonly BmpStatistic[]): string {
  return JSON.stringify(Object.fromEntries(statistics.map(({ type, afi, safi, value }) => {
    const name = statisticNames[type] ?? `type_${type}`;
    if (afi === undefined || safi === undefined) return [name, Number(value)];
    return [`${name} ${familyByCode(afi, safi)?.name ?? `${afi}/${safi}`}`, Number(value)];
  })));
}

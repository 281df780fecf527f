/** Announcements as text: which peers have the route, and why other peers do not. */

import type { AnnouncementJson } from "../../schema/announcement.ts";
import { plural } from "../text/units.ts";

/** How many peers are named for one reason. */
const mostNamed = 5;

/** The sentence that `bgpd announce` prints. */
export function announcementSentence(announcement: AnnouncementJson): string {
  const { prefix, peer, error, state, sent_to: sentTo, peers } = announcement;
  if (state === "refused") return `${prefix} is not announced: ${error}`;
  const unsent = unsentText(announcement);
  if (state === "announced") {
    const whom = peer !== null
      ? peer
      : sentTo === peers
      ? plural(peers, "peer")
      : `${sentTo} of ${plural(peers, "peer")}`;
    return `announced ${prefix} to ${whom}${unsent === "" ? "" : `; not to ${unsent}`}`;
  }
  if (peers === 0) return `${prefix} will be announced: there is no peer yet`;
  return `${prefix} is not announced${state === "pending" ? " yet" : ""}: ${unsent}`;
}

/** The column "Sent To" of a table. */
export function sentToCell({ state, sent_to: sentTo, peers, peer }: AnnouncementJson): string {
  return state === "announced" && peer === null ? `${sentTo} of ${plural(peers, "peer")}` : state;
}

/** The peers that do not have the route, by reason: `192.0.2.9, 192.0.2.10 (no session), 192.0.2.11 (…)`. */
export function unsentText({ not_sent: unsent, peers, sent_to: sentTo }: AnnouncementJson): string {
  const groups = [...Map.groupBy(unsent, ({ reason }) => reason)].map(([reason, all]) => {
    const named = all.slice(0, mostNamed).map(({ peer }) => peer).join(", ");
    return `${named}${all.length > mostNamed ? ` and ${all.length - mostNamed} more` : ""} (${reason})`;
  });
  const left = peers - sentTo - unsent.length;
  return [...groups, ...left > 0 ? [plural(left, "other peer")] : []].join(", ");
}

/** Announcements as text: which peers have the route, and why other peers do not. */

import type { AnnouncementJson } from "../../schema/announcement.ts";
import { plural } from "../text/units.ts";

/** How many peers are named for one reason. */
const mostNamed = 5;

/** What an announcement leads to, as people read it. */
export function destinationText(
  { prefix, rule, nlri, rd }: { readonly [column in "prefix" | "rule" | "nlri" | "rd"]?: string | null },
): string {
  const text = rule ?? nlri ?? prefix ?? "";
  if (rd === null || rd === undefined) return text;
  return rule === null || rule === undefined ? `${rd} ${text}` : `rd ${rd} ${text}`;
}

/** The sentence that `bgpd announce` prints. */
export function announcementSentence(announcement: AnnouncementJson): string {
  const { peer, error, state, sent_to: sentTo, peers, expires_at: expiresAt } = announcement;
  const what = destinationText(announcement);
  if (state === "refused") return `${what} is not announced: ${error}`;
  if (state === "expired") return `${what} is not announced: its time was over at ${expiresAt}`;
  const unsent = unsentText(announcement);
  if (state === "announced") {
    const whom = peer !== null
      ? peer
      : sentTo === peers
      ? plural(peers, "peer")
      : `${sentTo} of ${plural(peers, "peer")}`;
    const until = expiresAt === null ? "" : `, until ${expiresAt}`;
    return `announced ${what} to ${whom}${until}${unsent === "" ? "" : `; not to ${unsent}`}`;
  }
  if (peers === 0) return `${what} will be announced: there is no peer yet`;
  return `${what} is not announced${state === "pending" ? " yet" : ""}: ${unsent}`;
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

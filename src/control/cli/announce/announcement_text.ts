/** What became of an announcement, in words. */

import { type AnnouncementRow, shownRow } from "../../../store/mod.ts";
import type { AnnouncementJson, AnnouncementView } from "../../schema/announcement.ts";
import { plural } from "../text/units.ts";

/** A row while no daemon runs: nobody announces anything. */
export function withoutDaemon(row: AnnouncementRow): AnnouncementView {
  const state = row.error === null ? "pending" : "refused";
  return { ...shownRow(row), state, sentTo: 0, peers: 0, notSent: [] };
}

/** Peers named for one reason. */
const mostNamed = 5;

/** For whoever announced it. */
export function fateSentence(fate: AnnouncementJson): string {
  const { prefix, peer, error, state, sent_to: sentTo, peers } = fate;
  if (state === "refused") return `${prefix} is not announced: ${error}`;
  const unsent = unsentText(fate);
  if (state === "announced") {
    const whom = peer !== null
      ? peer
      : sentTo === peers
      ? plural(peers, "peer")
      : `${sentTo} of ${plural(peers, "peer")}`;
    return `announced ${prefix} to ${whom}${unsent === "" ? "" : `; not to ${unsent}`}`;
  }
  if (peers === 0) return `${prefix} is announced when there is a peer`;
  return `${prefix} is not announced${state === "pending" ? " yet" : ""}: ${unsent}`;
}

/** For a table. */
export function fateCell({ state, sent_to: sentTo, peers, peer }: AnnouncementJson): string {
  return state === "announced" && peer === null ? `${sentTo} of ${plural(peers, "peer")}` : state;
}

/** `192.0.2.9, 192.0.2.10 (it has no session), 192.0.2.11 (…)`: who does not have it, by reason. */
export function unsentText({ not_sent: unsent, peers, sent_to: sentTo }: AnnouncementJson): string {
  const groups = [...Map.groupBy(unsent, ({ reason }) => reason)].map(([reason, all]) => {
    const named = all.slice(0, mostNamed).map(({ peer }) => peer).join(", ");
    return `${named}${all.length > mostNamed ? ` and ${all.length - mostNamed} more` : ""} (${reason})`;
  });
  const left = peers - sentTo - unsent.length;
  return [...groups, ...left > 0 ? [plural(left, "other peer")] : []].join(", ");
}

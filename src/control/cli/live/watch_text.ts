/** What `bgpd watch` prints: a line for people, or JSON. Pure. */

import type { AttributeValues, RouteAttributes } from "../../../store/mod.ts";
import { destinationOf } from "../../../store/read/route_attributes.ts";
import { printable } from "../../../types/mod.ts";
import { listOf, toJson } from "../../json.ts";
import type { WatchedJson } from "../../schema/watch.ts";
import { type Colour, paint } from "../text/table.ts";
import { plural, wrap } from "../text/units.ts";
import { displayWidth, padRight } from "../text/width.ts";
import { attributesText, differencesText } from "./attribute_text.ts";
import type { Followed } from "./follower.ts";
import { sessionText } from "./session_text.ts";

/** One printed change. */
export interface WatchLine {
  readonly at: string;
  /** What happened, in a word. */
  readonly word: string;
  readonly colour: Colour;
  readonly peer: string;
  readonly text: string;
}

export interface LineLayout {
  /** The width of the column of peers. */
  readonly peerWidth: number;
  /** The width of the terminal; `undefined`: no terminal, so that each change is one line with its date. */
  readonly columns: number | undefined;
  readonly useColour: boolean;
}

/** `before`: the route that an announcement replaced. */
export function watchLine(followed: Followed, before: RouteAttributes | undefined): WatchLine {
  const { at } = followed;
  switch (followed.kind) {
    case "event":
      return { at, peer: followed.event.peer ?? "", ...sessionText(followed.event) };
    case "lost": {
      const { peer, family, routes } = followed.lost;
      const text = `session lost, and with it ${plural(routes, "route")} (${family})`;
      return { at, word: "lost", colour: "red", peer, text };
    }
    case "gap": {
      const { changes, peer } = followed.gap;
      const text = `${
        changes === 0 ? "an unknown number of changes is" : `${plural(changes, "change")} may be`
      } missing`;
      return { at, word: "gap", colour: "yellow", peer: peer ?? "", text };
    }
    case "best": {
      const { change } = followed;
      const reason = change.reason === null ? "" : ` (${change.reason})`;
      const text = `${routeName(change)}  ${attributesText(change)}${reason}`;
      return { at, word: "best", colour: "green", peer: change.peer, text };
    }
    case "noBest": {
      const { change } = followed;
      const text = `${destinationOf(change)}  has no best route any more`;
      return { at, word: "no best", colour: "red", peer: change.peer, text };
    }
    case "route":
      return routeLine(followed, before);
  }
}

function routeLine({ at, change }: Followed & { kind: "route" }, before: RouteAttributes | undefined): WatchLine {
  const { peer } = change;
  const name = routeName(change);
  if (change.kind === "withdraw") {
    const why = change.endedBy === null || change.endedBy === "withdrawn" ? "" : `${change.endedBy}, `;
    return { at, word: "withdraw", colour: "red", peer, text: `${name}  ${why}was path ${change.asPath}` };
  }
  if (before === undefined) {
    return { at, word: "announce", colour: "green", peer, text: `${name}  ${attributesText(change)}` };
  }
  const differences = differencesText(before, change);
  const text = differences === "" ? attributesText(change) : differences;
  return { at, word: "change", colour: "yellow", peer, text: `${name}  ${text}` };
}

function routeName(route: RouteAttributes): string {
  const { pathId } = route;
  return pathId === null ? destinationOf(route) : `${destinationOf(route)} [${pathId}]`;
}

/** `12:00:01.234 announce transit 192.0.2.0/24  next hop ...`, wrapped with an indent on terminals. */
export function formatLine(
  { at, word, colour, peer, text }: WatchLine,
  { peerWidth, columns, useColour }: LineLayout,
): string {
  const time = columns === undefined ? at : at.slice(11, 23);
  const head = `${time} ${word.padEnd(8)} ${padRight(printable(peer), peerWidth)} `;
  return hanging(head, printable(text), columns).replace(word, (found) => paint(found, colour, useColour));
}

/** A text after a head; on a terminal further lines are indented. */
export function hanging(head: string, text: string, columns: number | undefined): string {
  if (columns === undefined) return head + text;
  const indent = 4;
  // Characters that no line is broken at keep the place of the head.
  const place = "_".repeat(Math.min(displayWidth(head), columns - 1));
  const [first = "", ...rest] = wrap(place + text, columns);
  const continued = wrap(rest.join(" "), columns - indent).filter((line) => line !== "");
  return [head + first.slice(place.length), ...continued.map((line) => " ".repeat(indent) + line)].join("\n");
}

type Line<Kind> = Extract<WatchedJson, { kind: Kind }>;

/** The same as JSON. */
export function watchJson(followed: Followed, before: RouteAttributes | undefined): string {
  const { at } = followed;
  switch (followed.kind) {
    case "event": {
      const { kind, peer, text } = followed.event;
      return toJson<Line<"session">>({ kind: "session", at, peer, event: kind, text });
    }
    case "lost":
      return toJson<Line<"session_lost">>({ kind: "session_lost", ...followed.lost });
    case "gap":
      return toJson<Line<"gap">>({ kind: "gap", ...followed.gap });
    case "best":
      return toJson<Line<"best">>({
        kind: "best",
        at,
        family: followed.change.family,
        ...routeValues(followed.change),
        reason: followed.change.reason,
      });
    case "noBest":
      return toJson<Line<"no_best">>({
        kind: "no_best",
        at,
        family: followed.change.family,
        ...destinationValues(followed.change),
      });
    case "route": {
      const { change } = followed;
      const { family, endedBy } = change;
      if (change.kind === "withdraw") {
        return toJson<Line<"withdraw">>({ kind: "withdraw", at, family, ...routeValues(change), endedBy });
      }
      return toJson<Line<"announce" | "change">>({
        kind: before === undefined ? "announce" : "change",
        at,
        family,
        ...routeValues(change),
        before: before === undefined ? null : attributeValues(before),
      });
    }
  }
}

function routeValues(route: RouteAttributes) {
  const { peer, peerAs, pathId } = route;
  return { peer, peerAs, ...destinationValues(route), pathId, ...attributeValues(route) };
}

/** The destination as JSON has it. */
export function destinationValues({ prefix, nlri, rd }: Pick<RouteAttributes, "prefix" | "nlri" | "rd">) {
  return nlri === undefined ? { prefix } : { prefix, nlri, rd: rd ?? null };
}

/** Path attributes as JSON has them. */
export function attributeValues(route: AttributeValues) {
  const { labels, nextHop, asPath, originAs, origin, med, localPref } = route;
  return {
    ...labels === undefined ? {} : { labels: listOf(labels) },
    nextHop,
    asPath,
    originAs,
    origin,
    med,
    localPref,
    communities: listOf(route.communities),
    largeCommunities: listOf(route.largeCommunities),
    extCommunities: listOf(route.extCommunities),
  };
}

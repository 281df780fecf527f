/**
 * One row of the table `announcements`. Anyone may have written it: its texts become a route of this speaker, or one
 * sentence about what is wrong with the row.
 */

import { formatDestination } from "../../../message/mod.ts";
import type { OriginatedRoute } from "../../../rib/mod.ts";
import { familyOf, isUnicast } from "../../../types/mod.ts";
import type { SqlValue } from "../../sqlite.ts";
import { attributeCellNames, AttributeSets, cellsOfAttributes } from "./attribute_cells.ts";
import { textOf, Wrong } from "./cells.ts";
import { destinationCells, type Target, targetOf } from "./destination_cells.ts";
import { formatExpiry, parseExpiry } from "./expiry_time.ts";

/** Who wrote a row: the column `source`. "sql" is its default. */
export type AnnouncementSource = "command" | "api" | "sql" | `exabgp:${string}`;

/** Who changes the table, for `announcements_log`. */
export interface Author {
  readonly source: AnnouncementSource | "bgpd";
  /** The user of a command, or the address of a client of the API. */
  readonly client?: string | undefined;
}

/** A route to announce as people write it: the columns of the table. */
export interface AnnouncementText {
  readonly prefix: string | null;
  /** An address, or `"self"`. */
  readonly nextHop: string;
  /** Announce it to this peer only: its name, or an address or a description that no other peer has. */
  readonly peer: string | null;
  readonly asPath: string | null;
  readonly origin: string | null;
  readonly med: number | null;
  readonly localPref: number | null;
  readonly communities: string | null;
  readonly largeCommunities: string | null;
  readonly extCommunities: string | null;
  /** `null`: that of the prefix, or of the rule. */
  readonly family: string | null;
  readonly rd: string | null;
  readonly labels: string | null;
  readonly rule: string | null;
  readonly actions: string | null;
  readonly nlri: string | null;
  /** ISO 8601; `null`: the route stays until somebody withdraws it. */
  readonly expiresAt: string | null;
  readonly comment: string | null;
}

/** The columns that say what to withdraw. */
export type DestinationText = Partial<
  Pick<AnnouncementText, "prefix" | "family" | "rd" | "labels" | "rule" | "nlri" | "peer">
>;

/** Every column without a value; `next_hop` with its default. */
export const blankAnnouncement: AnnouncementText = {
  prefix: null,
  nextHop: "self",
  peer: null,
  asPath: null,
  origin: null,
  med: null,
  localPref: null,
  communities: null,
  largeCommunities: null,
  extCommunities: null,
  family: null,
  rd: null,
  labels: null,
  rule: null,
  actions: null,
  nlri: null,
  expiresAt: null,
  comment: null,
};

export interface AnnouncementRow extends AnnouncementText {
  readonly id: number;
  readonly source: string;
  readonly error: string | null;
  /** The time of the row is over. */
  readonly isExpired: boolean;
}

/** The columns that every version of the schema has. */
export const firstAnnouncementColumns =
  "prefix, next_hop, peer, as_path, origin, med, local_pref, communities, large_communities, ext_communities";

/** The columns in the order of {@link AnnouncementValues}. */
export const announcementColumns =
  `${firstAnnouncementColumns}, family, rd, labels, rule, actions, nlri, expires_at, comment`;

/** The values of these columns. SQL allows any value in any column. */
export type AnnouncementValues = readonly SqlValue[];

export type ReadAnnouncement =
  /** `peer`: as the row has it. `expiresAt`: milliseconds since 1970. */
  | {
    readonly kind: "route";
    readonly peer: string | undefined;
    readonly route: OriginatedRoute;
    readonly expiresAt: number | undefined;
  }
  | { readonly kind: "wrong"; readonly error: string };

/** The key of an announcement: the destination, and the name of the peer where it is for one peer only. */
export function announcementKey(target: Target, peer: string | undefined): string {
  const { family } = target;
  const destination = formatDestination(family, target);
  const text = isUnicast(family) ? destination : `${familyOf(family).name} ${destination}`;
  return text + (peer === undefined ? "" : ` to ${peer}`);
}

/** What a row leads to, also where other cells of it are wrong. */
export function readDestination(
  values: AnnouncementValues,
): { readonly kind: "destination"; readonly destination: Target } | ReadAnnouncement & { kind: "wrong" } {
  return orWrong(() => ({ kind: "destination", destination: targetOf(destinationIn(values)) }));
}

/** `values`: in the order of {@link announcementColumns}. Does not check that the peer exists. */
export function readAnnouncement(values: AnnouncementValues, sets = new AttributeSets()): ReadAnnouncement {
  return orWrong(() => routeOf(values, sets));
}

function orWrong<T>(read: () => T): T | ReadAnnouncement & { kind: "wrong" } {
  try {
    return read();
  } catch (error) {
    if (error instanceof Wrong) return { kind: "wrong", error: error.message };
    throw error;
  }
}

/** The values of a row, for {@link readAnnouncement} and for INSERT. */
export function announcementValues(text: AnnouncementText): AnnouncementValues {
  return [
    text.prefix,
    text.nextHop,
    text.peer,
    text.asPath,
    text.origin,
    text.med,
    text.localPref,
    text.communities,
    text.largeCommunities,
    text.extCommunities,
    text.family,
    text.rd,
    text.labels,
    text.rule,
    text.actions,
    text.nlri,
    text.expiresAt,
    text.comment,
  ];
}

/** The text of a route as bgpd writes it, in the same form as in the view `rib`. */
export function textOfRoute(
  route: OriginatedRoute,
  peer: string | null,
  { expiresAt, comment }: { expiresAt?: number | undefined; comment?: string | null } = {},
): AnnouncementText {
  const { family } = route;
  const { nlriWords, ...attributes } = cellsOfAttributes(route.attributes, family);
  const { nlri, ...destination } = destinationCells(route);
  return {
    ...blankAnnouncement,
    ...destination,
    ...attributes,
    nlri: nlri === undefined ? null : nlri + nlriWords,
    peer,
    family: familyOf(family).name,
    expiresAt: expiresAt === undefined ? null : formatExpiry(expiresAt),
    comment: comment ?? null,
  };
}

/** A row for people: in the form of {@link textOfRoute}, however it was written. A wrong row stays as it is. */
export function shownRow<Row extends Omit<AnnouncementRow, "isExpired">>(
  row: Row,
  read = readAnnouncement(announcementValues(row)),
): Row {
  if (read.kind === "wrong") return row;
  return {
    ...row,
    ...textOfRoute(read.route, row.peer, { expiresAt: read.expiresAt, comment: row.comment }),
    origin: row.origin === null ? null : row.origin.toLowerCase(),
  };
}

function routeOf(values: AnnouncementValues, sets: AttributeSets): ReadAnnouncement {
  const target = targetOf(destinationIn(values));
  const peer = textOf(values[at.peer!], "peer");
  const expiresAt = expiryOf(textOf(values[at.expires_at!], "expires_at"));
  textOf(values[at.comment!], "comment");
  const attributes = sets.find(target.family, attributePlaces.map((place) => values[place]));
  return { kind: "route", peer: peer === "" ? undefined : peer, route: { ...target, attributes }, expiresAt };
}

/** The place of each column in the values of a row. */
const at = Object.fromEntries(announcementColumns.split(", ").map((name, i) => [name, i]));
const attributePlaces = attributeCellNames.map((name) => at[name]!);

function destinationIn(values: AnnouncementValues) {
  return {
    prefix: values[at.prefix!],
    family: values[at.family!],
    rd: values[at.rd!],
    labels: values[at.labels!],
    rule: values[at.rule!],
    nlri: values[at.nlri!],
  };
}

/** The cell `expires_at` of a row. */
export function expiryCell(values: AnnouncementValues): SqlValue {
  return values[at.expires_at!] ?? null;
}

function expiryOf(text: string): number | undefined {
  if (text === "") return undefined;
  const time = parseExpiry(text);
  if (time !== undefined) return time;
  throw new Wrong(`expires_at: "${text}" is not a time; write for example "2026-12-31T18:00:00Z"`);
}

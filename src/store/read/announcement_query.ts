/** The rows of `announcements` as people wrote them, for a program that takes up what its earlier run announced. */

import type { Database } from "../sqlite.ts";
import { Columns, integer, integerOrNull, type Row, textOrNull } from "./columns.ts";

const announcementColumns = {
  id: integer("id"),
  peer: textOrNull("peer"),
  family: textOrNull("family"),
  prefix: textOrNull("prefix"),
  rule: textOrNull("rule"),
  nlri: textOrNull("nlri"),
  rd: textOrNull("rd"),
  labels: textOrNull("labels"),
  nextHop: textOrNull("next_hop"),
  asPath: textOrNull("as_path"),
  origin: textOrNull("origin"),
  med: integerOrNull("med"),
  localPref: integerOrNull("local_pref"),
  communities: textOrNull("communities"),
  largeCommunities: textOrNull("large_communities"),
  extCommunities: textOrNull("ext_communities"),
  actions: textOrNull("actions"),
};

export type WrittenAnnouncement = Row<typeof announcementColumns>;

const rows = new Columns(announcementColumns);

/** `source`: as in the column, such as `exabgp:detector`. */
export function announcementsOf(db: Database, source: string): WrittenAnnouncement[] {
  return db.prepare(`SELECT ${rows.sql} FROM announcements WHERE source = ? ORDER BY id`).all(source)
    .map((row) => rows.read(row));
}

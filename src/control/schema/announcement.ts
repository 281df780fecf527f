/** Routes of this speaker: a request to announce one, and what became of it. */

import { count, type Json, optionalNumber, optionalText, uint32, type Value, z } from "./schema.ts";

const unsentPeerSchema = z.strictObject({
  peer: z.string(),
  state: z.enum(["waiting", "withheld", "down"]).describe("down: there is no session"),
  reason: z.string(),
});

export const announcementSchema = z.strictObject({
  id: optionalNumber.describe("Row of the table announcements; null: the configuration has this route"),
  prefix: z.string(),
  next_hop: z.string(),
  peer: optionalText.describe("Announced to this peer only"),
  as_path: optionalText,
  origin: optionalText,
  med: optionalNumber,
  local_pref: optionalNumber,
  communities: optionalText.describe("Separated by spaces, as are the next two"),
  large_communities: optionalText,
  ext_communities: optionalText,
  source: z.string().describe("config, command, api or sql"),
  error: optionalText.describe("Why the announcement is refused"),
  state: z.enum(["announced", "pending", "withheld", "refused"]),
  sent_to: count.describe("Peers that have the route"),
  peers: count.describe("Peers that the route is for"),
  not_sent: z.array(unsentPeerSchema).describe("Peers that do not have the route; the first of them in a list of all"),
});

export type AnnouncementJson = Json<typeof announcementSchema>;
export type AnnouncementView = Value<typeof announcementSchema>;
export type UnsentPeer = Value<typeof unsentPeerSchema>;

/** Text separated by spaces, or a list as answers about routes have it. */
const wordList = z.union([z.string(), z.array(z.union([z.string(), z.int()])).transform((words) => words.join(" "))])
  .nullable().default(null);

export const announceSchema = z.strictObject({
  prefix: z.string(),
  next_hop: z.string().default("self"),
  peer: optionalText.default(null),
  as_path: wordList,
  origin: z.enum(["igp", "egp", "incomplete"]).nullable().default(null),
  med: uint32.nullable().default(null),
  local_pref: uint32.nullable().default(null),
  communities: wordList,
  large_communities: wordList,
  ext_communities: wordList,
  source: z.enum(["command", "api"]).default("api"),
});

export const withdrawnSchema = z.strictObject({ withdrawn: count.describe("Announcements that were withdrawn") });

export type WithdrawnJson = Json<typeof withdrawnSchema>;

/** Routes of this speaker: a request to announce one, and what became of it. */

import { count, type Json, optionalNumber, optionalText, uint32, type Value, z } from "./schema.ts";

const unsentPeerSchema = z.strictObject({
  peer: z.string().describe("Name of the peer"),
  state: z.enum(["waiting", "withheld", "down"]).describe("down: there is no session"),
  reason: z.string().describe("Why the peer does not have the route"),
});

export const announcementSchema = z.strictObject({
  id: optionalNumber.describe("Row of the table announcements; null: the configuration has this route"),
  prefix: optionalText.describe("The prefix, with its length; null: rule or nlri has the destination"),
  next_hop: z.string().describe("An address, or self"),
  peer: optionalText.describe("Announced to this peer only"),
  as_path: optionalText.describe("AS numbers after our own, separated by spaces"),
  origin: optionalText.describe("ORIGIN: igp, egp or incomplete"),
  med: optionalNumber.describe("MULTI_EXIT_DISC"),
  local_pref: optionalNumber.describe("LOCAL_PREF, for iBGP peers only"),
  communities: optionalText.describe("Communities, separated by spaces"),
  large_communities: optionalText.describe("Large communities, separated by spaces"),
  ext_communities: optionalText.describe("Extended communities, separated by spaces"),
  family: optionalText.describe("Such as ipv4 unicast; null: the row does not say it, and has an error"),
  rd: optionalText.describe("Route Distinguisher, of VPN and FlowSpec VPN routes"),
  labels: optionalText.describe("MPLS labels, separated by spaces"),
  rule: optionalText.describe("FlowSpec rule"),
  actions: optionalText.describe("Actions of the FlowSpec rule"),
  nlri: optionalText.describe("The destination of any other family"),
  expires_at: optionalText.describe("When bgpd withdraws the route by itself; null: never"),
  comment: optionalText.describe("Text for people"),
  source: z.string().describe("config, command, api, sql or exabgp:NAME"),
  error: optionalText.describe("Why the announcement is refused"),
  state: z.enum(["announced", "pending", "withheld", "refused", "expired"]).describe(
    "pending: no peer has the route yet; withheld: sessions are up, and none of them gets the route; expired: its" +
      " time is over",
  ),
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
  prefix: optionalText.default(null).describe("The prefix, with its length"),
  next_hop: z.string().default("self").describe("An address, or self"),
  peer: optionalText.default(null).describe("Announce to this peer only; null: to all peers"),
  as_path: wordList.describe("AS numbers after our own"),
  origin: z.enum(["igp", "egp", "incomplete"]).nullable().default(null).describe("ORIGIN; null: igp"),
  med: uint32.nullable().default(null).describe("MULTI_EXIT_DISC"),
  local_pref: uint32.nullable().default(null).describe("LOCAL_PREF, for iBGP peers only"),
  communities: wordList.describe("Communities: a list, or text separated by spaces"),
  large_communities: wordList.describe("Large communities, likewise"),
  ext_communities: wordList.describe("Extended communities, likewise"),
  family: optionalText.default(null).describe("Such as ipv4 multicast; null: unicast"),
  rd: optionalText.default(null).describe("Route Distinguisher"),
  labels: wordList.describe("MPLS labels"),
  rule: optionalText.default(null).describe("FlowSpec rule"),
  actions: optionalText.default(null).describe("Actions of the FlowSpec rule"),
  nlri: optionalText.default(null).describe("The destination of any other family"),
  expires_at: optionalText.default(null).describe("When bgpd withdraws the route by itself; null: never"),
  comment: optionalText.default(null).describe("Text for people"),
  source: z.union([z.enum(["command", "api"]), z.templateLiteral(["exabgp:", z.string()])]).default("api").describe(
    "Who announces it, for the column source",
  ),
});

const withdrawSchema = z.strictObject({
  prefix: optionalText.default(null).describe("The prefix, with its length"),
  peer: optionalText.default(null).describe("The peer, if the route was announced to one peer only"),
  family: optionalText.default(null).describe("The family, if it is not unicast"),
  rd: optionalText.default(null).describe("Route Distinguisher"),
  rule: optionalText.default(null).describe("FlowSpec rule"),
  nlri: optionalText.default(null).describe("The destination of any other family"),
});

export const bulkSchema = z.strictObject({
  announce: z.array(announceSchema.omit({ source: true })).default([]).describe("Routes to announce"),
  withdraw: z.array(withdrawSchema).default([]).describe("Announcements to withdraw, before the others are added"),
  source: announceSchema.shape.source,
  transaction: z.string().min(1).max(100).nullable().default(null)
    .describe(
      "All requests with this name are one change: over TCP a request holds 64 KiB, over the Unix socket 4 MiB; null:" +
        " this request is all of it",
    ),
  more: z.boolean().default(false).describe("More requests of the transaction follow: nothing is written yet"),
});

export const changedSchema = z.strictObject({
  announced: count.describe("Routes that were added; with more: routes that wait in the transaction"),
  withdrawn: count.describe("Announcements that were withdrawn; with more: withdrawals that wait"),
  first: optionalNumber.describe("The lowest id of the new rows"),
  last: optionalNumber.describe("The highest id of the new rows"),
});

export const statesSchema = z.strictObject({
  announced: count.describe("Rows that some peers have"),
  pending: count.describe("Rows that no peer has yet"),
  withheld: count.describe("Rows that no session gets"),
  refused: count.describe("Rows with a mistake"),
  expired: count.describe("Rows whose time is over"),
});

export type ChangedJson = Json<typeof changedSchema>;
export type StatesJson = Json<typeof statesSchema>;
export type StateCounts = Value<typeof statesSchema>;
export type BulkResult = Value<typeof changedSchema>;

export const withdrawnSchema = z.strictObject({ withdrawn: count.describe("Announcements that were withdrawn") });

export type WithdrawnJson = Json<typeof withdrawnSchema>;

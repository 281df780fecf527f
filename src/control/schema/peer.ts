/** A peer: as the running daemon describes it, as the database stores it, and what requests about peers contain. */

import { peerStates } from "../../session/mod.ts";
import {
  count,
  type Json,
  optionalAsn,
  optionalNumber,
  optionalText,
  optionalTime,
  time,
  type Value,
  z,
} from "./schema.ts";

/** What both the daemon and the database say about a peer. */
const identity = {
  peer: z.string().describe("Name of the peer"),
  remote_ip: optionalText.describe("Address; a link-local one with its zone; null: not known yet"),
  peer_as: optionalAsn.describe("AS of the peer; null: not known yet"),
  description: optionalText.describe("Text of the configuration"),
  group: optionalText.describe("Groups of the configuration, separated by commas"),
  router_id: optionalText.describe("BGP Identifier of the peer; null: there was no session yet"),
  local_ip: optionalText.describe("Our address of the session"),
  role: optionalText.describe("Our role towards the peer (RFC 9234)"),
  remote_role: optionalText.describe("Role that the peer announces; null: none"),
  hold_time_seconds: optionalNumber.describe("Negotiated hold time"),
  capabilities: z.array(z.string()).describe("Capabilities that the peer announced"),
  stale_until: optionalTime.describe("Stale routes of the last session are kept until then (RFC 4724, RFC 9494)"),
};

/** Counters of this session, or of the last one. */
const sessionCounters = {
  updates_received: count.describe("UPDATEs received in the session"),
  routes_announced: count.describe("Routes announced in the session"),
  routes_withdrawn: count.describe("Routes withdrawn in the session"),
  treat_as_withdraw: count.describe("Malformed UPDATEs treated as withdraw (RFC 7606)"),
  attribute_discards: count.describe("Malformed attributes discarded (RFC 7606)"),
};

const messageTally = z.strictObject({
  open: count.describe("OPEN"),
  update: count.describe("UPDATE"),
  notification: count.describe("NOTIFICATION"),
  keepalive: count.describe("KEEPALIVE"),
  route_refresh: count.describe("ROUTE-REFRESH"),
});

const stateTally = z.strictObject({
  state: z.string().describe("State, as ovs and avs of a route show it"),
  count: count.describe("Routes"),
});
const familyTally = z.strictObject({
  family: z.string().describe("Address family"),
  count: count.describe("Routes of the family"),
});

/** A peer of the running daemon. */
export const peerSchema = z.strictObject({
  ...identity,
  ...sessionCounters,
  state: z.enum(peerStates).describe("State of the session; Disabled; or Held: over max_prefixes"),
  enabled: z.boolean().describe("false: an operator disabled the peer"),
  since: time.describe("Start of the session, or of the time without a session"),
  since_seconds: z.number().describe("Age of the session, or of the time without a session, in seconds"),
  last_reason: optionalText.describe("Why the last session ended, or why none comes up"),
  drained_at: optionalTime.describe("End of the drain, and of the session with it (RFC 8326)"),
  sessions: count.describe("Sessions that reached Established since the start of bgpd"),
  local_as: count.describe("Our AS towards the peer"),
  families: z.array(z.string()).describe("Negotiated families"),
  open_sent: optionalText.describe("Our OPEN of the session, as hexadecimal digits"),
  open_received: optionalText.describe("The OPEN of the peer, as hexadecimal digits"),
  messages_received: messageTally.describe("Messages received, by type"),
  messages_sent: messageTally.describe("Messages sent, by type"),
  paths_refused: count.describe("Paths refused because of add_path_max_paths"),
  prefixes_received: z.array(familyTally).describe("Routes received from the peer (Adj-RIB-In), by family"),
  prefixes_advertised: z.array(familyTally)
    .describe("Routes of the peer's Adj-RIB-Out, written or about to be written, by family"),
  origin_states: z.array(stateTally)
    .describe("Received routes by the state of their origin (RFC 6811): valid, invalid, not-found"),
  path_states: z.array(stateTally).describe(
    "Received routes by the state of their path (ASPA): valid, invalid, unknown",
  ),
});

export type PeerJson = Json<typeof peerSchema>;
export type PeerView = Value<typeof peerSchema>;
export type MessageTally = Value<typeof messageTally>;
export type FamilyTally = Value<typeof familyTally>;
export type StateTally = Value<typeof stateTally>;

/** A peer in the database: a row of the view `peer_status`, as `show peers --json` prints it. */
export const storedPeerSchema = z.strictObject({
  ...identity,
  ...sessionCounters,
  state: z.enum([...peerStates, "Removed"]),
  since: optionalTime,
  local_as: optionalAsn,
  messages_received: count,
  messages_sent: count,
  routes: count.describe("Routes received from the peer"),
  accepted: count.describe("How many of them are eligible, after import policy"),
  sent: count.describe("Routes advertised to the peer"),
  eor_at: optionalTime.describe("When the last End-of-RIB arrived; null: a family waits for it"),
  lag: count.describe("Rows not yet written to the database"),
  reason: optionalText.describe("Why there is no session, or a note about the session"),
});

export type StoredPeerJson = Json<typeof storedPeerSchema>;

/** The same peer as `show peer --json` prints it. */
export const storedPeerDetailSchema = storedPeerSchema.extend({
  families: z.array(z.strictObject({
    family: z.string(),
    negotiated: z.boolean(),
    routes: count,
    accepted: count.describe("Eligible routes, after import policy"),
    sent: count.describe("Routes advertised to the peer"),
    eor_at: optionalTime,
    stale_before: optionalTime.describe("Routes received before are stale"),
  })),
  events: z.array(z.strictObject({ at: time, kind: z.string(), text: z.string(), hex: optionalText }))
    .describe("The newest first; hex: the message"),
});

export type StoredPeerDetailJson = Json<typeof storedPeerDetailSchema>;

const message = z.string().max(255).optional().describe("Text for the peer's operator (RFC 9003)");

export const disableSchema = z.strictObject({
  message,
  drain_seconds: z.number().int().min(0).max(86_400).optional()
    .describe("Seconds for which our routes carry GRACEFUL_SHUTDOWN before the session ends (RFC 8326)"),
});

export const resetSchema = z.strictObject({
  message,
  graceful: z.boolean().default(false).describe(
    "Both sides keep each other's routes until the session is up again (RFC 8538)",
  ),
  subcode: z.number().int().min(0).max(255).default(4).describe(
    "Subcode of the Cease (RFC 4486); a message goes out with 2 and 4 only",
  ),
});

export const refreshSchema = z.strictObject({
  direction: z.enum(["in", "out", "both"]).default("both")
    .describe("in: the peer sends its routes again; out: our routes are sent again"),
});

export type DisableOptions = Partial<Value<typeof disableSchema>>;
export type ResetOptions = Partial<Value<typeof resetSchema>>;
export type RefreshDirection = Json<typeof refreshSchema>["direction"];

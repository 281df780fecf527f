/** Routes: received ones, those of the past, and those written to a peer. */

import { type Json, optionalAsn, optionalNumber, optionalText, optionalTime, time, type Value, z } from "./schema.ts";

const attributes = {
  next_hop: optionalText.describe("NEXT_HOP"),
  as_path: z.string().describe("AS_PATH, separated by spaces; an AS_SET is {65001,65002}"),
  origin: optionalText.describe("ORIGIN: igp, egp or incomplete"),
  med: optionalNumber.describe("MULTI_EXIT_DISC"),
  local_pref: optionalNumber.describe("LOCAL_PREF"),
  communities: z.array(z.string()).describe("Communities, such as 65000:99"),
  large_communities: z.array(z.string()).describe("Large communities, such as 65000:1:2"),
  ext_communities: z.array(z.string()).describe("Extended communities, such as rt:65000:100"),
};

/** What paths have whose family is neither unicast nor multicast. */
const destination = {
  nlri: z.string().optional().describe("The destination as text; only of families beside unicast and multicast"),
  rd: optionalText.optional().describe("Route Distinguisher, such as 65000:1"),
  labels: z.array(z.string()).optional().describe("MPLS labels or VNIs"),
};

/** A path and its attributes. */
const path = {
  prefix: optionalText.describe("The prefix, with its length; null: the destination has none"),
  ...destination,
  path_id: optionalNumber.describe("Path identifier (RFC 7911)"),
  ...attributes,
};

/** A path and its peer. */
const received = {
  peer: z.string().describe("Name of the peer; local: a route of this speaker"),
  peer_as: optionalAsn.describe("AS of the peer"),
  ...path,
  origin_as: optionalAsn.describe("The last AS of the AS path"),
};

/** A route written to a peer's session, or kept from it. */
export const advertisedSchema = z.strictObject({
  ...path,
  state: z.enum(["advertised", "waiting", "withheld"]).describe("advertised: written to the session"),
  reason: optionalText.describe(
    "Why the route is waiting or withheld. A waiting withdraw and a route that cannot be encoded have no attributes",
  ),
});

export type AdvertisedJson = Json<typeof advertisedSchema>;
export type AdvertisedView = Value<typeof advertisedSchema>;

/** A received route: the columns of the view `rib`, with lists instead of text that is separated by spaces. */
export const routeSchema = z.strictObject({
  ...received,
  best: z.boolean().describe("true: the best route of its prefix"),
  stale: z.boolean().describe("From an earlier session (RFC 4724)"),
  received_at: time.describe("When the route was received in this form"),
  best_reason: optionalText.describe("The step of the decision process that selected this route"),
  ineligible: optionalText.describe("Why this route cannot be the best route"),
  multipath: z.boolean().describe("Ties with the best route up to the router ID"),
  family: z.string().describe("Address family"),
  ovs: z.enum(["valid", "invalid", "not-found"]).nullable().optional().describe(
    "State of the origin (RFC 6811); null: there are no RPKI data; only of unicast and multicast families",
  ),
  avs: z.enum(["valid", "invalid", "unknown"]).nullable().optional().describe("State of the path by ASPAs; likewise"),
  esi: optionalText.optional().describe("Ethernet Segment Identifier (RFC 7432)"),
  gateway: optionalText.optional().describe("Gateway address of an IP prefix route (RFC 9136)"),
  actions: optionalText.optional().describe("What FlowSpec does with the packets (RFC 8955)"),
  fields: z.record(z.string(), z.union([z.string(), z.number()])).nullable().optional().describe(
    "The other fields of the destination by name",
  ),
});

export type RouteJson = Json<typeof routeSchema>;
export type RouteView = Value<typeof routeSchema>;

const changedByPolicy = z.strictObject(attributes).partial();

/** A route of one prefix and the result of its decision: `show routes PREFIX --json`. */
export const explainedRouteSchema = routeSchema.extend({
  verdict: z.enum(["best", "lost", "ineligible"]),
  step: optionalText.describe("The deciding step"),
  value: optionalText.describe("The value of this route in that step"),
  against: optionalText.describe("The value of the other route"),
  explanation: z.string(),
  best_since: optionalTime,
  received: changedByPolicy.nullable().describe("The received values of attributes that import policy changed"),
  rpki: z.strictObject({
    vrps: z.array(z.strictObject({
      prefix: z.string(),
      max_length: z.number(),
      asn: z.number(),
      since: time,
      reason: z.enum(["matches", "other AS", "too long", "AS 0"]).describe("What the VRP says of the route"),
    })).describe("The VRPs that cover the prefix"),
    path: optionalText.describe("Why the path is invalid or unknown by ASPAs"),
  }).nullable().describe("Why the route has its states; null: there are no RPKI data"),
});

export type ExplainedRouteJson = Json<typeof explainedRouteSchema>;

/** A state of a route, from its announcement to the next change: `show history --json`, `show routes --at --json`. */
export const routeStateSchema = z.strictObject({
  ...received,
  valid_from: time,
  valid_to: optionalTime.describe("null: the route is still in this state"),
  ended_by: optionalText,
  family: z.string().describe("Address family"),
});

export type RouteStateJson = Json<typeof routeStateSchema>;

/** An announcement or a withdraw: `show history --changes --json`. */
export const routeChangeSchema = z.strictObject({
  ...received,
  at: time,
  kind: z.enum(["announce", "withdraw"]).describe("withdraw: with the attributes of the route that was withdrawn"),
  family: z.string().describe("Address family"),
});

export type RouteChangeJson = Json<typeof routeChangeSchema>;

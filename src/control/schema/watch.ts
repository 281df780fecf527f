/** What `watch --json` and `diff --json` print: one object on each line. */

import { count, type Json, optionalAsn, optionalNumber, optionalText, time, z } from "./schema.ts";

const destination = {
  prefix: optionalText.describe("null: the destination has none"),
  nlri: z.string().optional().describe("The destination as text; only of families beside unicast and multicast"),
  rd: optionalText.optional().describe("Route Distinguisher; only of families beside unicast and multicast"),
};

const attributes = {
  labels: z.array(z.string()).optional().describe("MPLS labels or VNIs"),
  next_hop: optionalText,
  as_path: z.string(),
  origin_as: optionalAsn.describe("The last AS of the AS path"),
  origin: optionalText,
  med: optionalNumber,
  local_pref: optionalNumber,
  communities: z.array(z.string()),
  large_communities: z.array(z.string()),
  ext_communities: z.array(z.string()),
};

const attributeSet = z.strictObject(attributes);

const name = {
  peer: z.string().describe("Name of the peer; local: a route of this speaker"),
  peer_as: optionalAsn,
  ...destination,
  path_id: optionalNumber.describe("Path identifier (RFC 7911)"),
};

const route = { at: time, family: z.string(), ...name, ...attributes };

export const watchedSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.enum(["announce", "change"]), ...route, before: attributeSet.nullable() })
    .describe("before: the attributes of the route that was replaced"),
  z.strictObject({ kind: z.literal("withdraw"), ...route, ended_by: optionalText })
    .describe("The attributes are those of the route that ended"),
  z.strictObject({ kind: z.literal("best"), ...route, reason: optionalText })
    .describe("reason: the step of the decision process"),
  z.strictObject({ kind: z.literal("no_best"), at: time, family: z.string(), ...destination }),
  z.strictObject({ kind: z.literal("session"), at: time, peer: optionalText, event: z.string(), text: z.string() }),
  z.strictObject({ kind: z.literal("session_lost"), at: time, peer: z.string(), family: z.string(), routes: count }),
  z.strictObject({ kind: z.literal("gap"), from: time, to: time, changes: count, peer: optionalText })
    .describe("changes: how many are missing; 0: unknown"),
]);

export type WatchedJson = Json<typeof watchedSchema>;

export const differenceSchema = z.strictObject({
  change: z.enum(["added", "gone", "changed"]),
  family: z.string(),
  ...name,
  before: attributeSet.nullable().describe("The attributes at the first time; null: there was no such route"),
  after: attributeSet.nullable().describe("The attributes at the second time; null: there was no such route"),
});

export type DifferenceJson = Json<typeof differenceSchema>;

/** The shapes of JSON in requests and answers. The only file that knows zod; OpenAPI's schemas are made from these. */

import { z } from "zod";
import { nearest } from "../../config/mod.ts";
import { peerStates } from "../../session/mod.ts";

export type { z };

const time = z.iso.datetime();
const optionalText = z.string().nullable();
const optionalNumber = z.int().nullable();
const count = z.int().nonnegative();
const uint32 = z.int().min(0).max(0xffff_ffff);

const familyTally = z.strictObject({ family: z.string(), count });

const messageTally = z.strictObject({
  open: count,
  update: count,
  notification: count,
  keepalive: count,
  route_refresh: count,
});

export const statusSchema = z.strictObject({
  version: z.string(),
  pid: count,
  router_id: z.string(),
  database: z.string(),
  configuration: z.string(),
  started_at: time,
  uptime_seconds: z.number(),
  ready: z.boolean(),
  backlog_rows: optionalNumber,
  peers: count,
  established: count,
});

export const peerSchema = z.strictObject({
  peer: z.string(),
  remote_ip: optionalText,
  peer_as: optionalNumber,
  description: optionalText,
  group: optionalText,
  state: z.enum(peerStates),
  enabled: z.boolean(),
  since: time,
  since_seconds: z.number(),
  last_reason: optionalText,
  stale_until: optionalText,
  drained_at: optionalText,
  sessions: count,
  router_id: optionalText,
  local_ip: optionalText,
  local_as: count,
  role: optionalText,
  remote_role: optionalText,
  hold_time_seconds: optionalNumber,
  families: z.array(z.string()),
  capabilities: z.array(z.string()),
  messages_received: messageTally,
  messages_sent: messageTally,
  updates_received: count,
  routes_announced: count,
  routes_withdrawn: count,
  treat_as_withdraw: count,
  attribute_discards: count,
  paths_refused: count,
  prefixes_received: z.array(familyTally),
  prefixes_advertised: z.array(familyTally),
});

export const configuredPeerSchema = z.strictObject({
  peer: z.string(),
  remote_ip: optionalText,
  peer_as: optionalNumber,
  description: optionalText,
  group: optionalText,
  source: z.enum(["file", "command"]),
  toml: optionalText,
  error: optionalText,
});

/** The keys of `[[peers]]`, judged by the reader of the configuration. */
export const addPeerSchema = z.looseObject({ remote_ip: z.string().optional(), interface: z.string().optional() })
  .refine((keys) => keys.remote_ip !== undefined || keys.interface !== undefined, "remote_ip is missing, or interface");

/** Path attributes as the table `announcements` has them; lists are text with spaces between. */
const attributes = {
  next_hop: z.string(),
  peer: optionalText,
  as_path: optionalText,
  origin: optionalText,
  med: optionalNumber,
  local_pref: optionalNumber,
  communities: optionalText,
  large_communities: optionalText,
  ext_communities: optionalText,
};

/** `peers`: how many it is for; `not_sent`: those that do not have it, in a list of all announcements the first of them. */
export const announcementSchema = z.strictObject({
  id: optionalNumber,
  prefix: z.string(),
  ...attributes,
  source: z.string(),
  error: optionalText,
  state: z.enum(["announced", "pending", "withheld", "refused"]),
  sent_to: count,
  peers: count,
  not_sent: z.array(z.strictObject({
    peer: z.string(),
    state: z.enum(["waiting", "withheld", "down"]),
    reason: z.string(),
  })),
});

/** Text with spaces between, or a list as answers about routes have it. */
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

export const withdrawnSchema = z.strictObject({ withdrawn: count });

const route = {
  prefix: z.string(),
  path_id: optionalNumber,
  next_hop: optionalText,
  as_path: z.string(),
  origin: optionalText,
  med: optionalNumber,
  local_pref: optionalNumber,
  communities: z.array(z.string()),
  large_communities: z.array(z.string()),
  ext_communities: z.array(z.string()),
};

/** `reason`: why it waits or is withheld. */
export const advertisedSchema = z.strictObject({
  ...route,
  state: z.enum(["advertised", "waiting", "withheld"]),
  reason: optionalText,
});

/** As `show routes --json` has it. */
export const routeSchema = z.strictObject({
  peer: z.string(),
  peer_as: optionalNumber,
  ...route,
  origin_as: optionalNumber,
  best: z.boolean(),
  stale: z.boolean(),
  received_at: time,
  best_reason: optionalText,
  ineligible: optionalText,
  multipath: z.boolean(),
  family: z.string(),
});

/** RFC 9003: what the peer's operator reads. */
export const communicationSchema = z.strictObject({ message: z.string().max(255).optional() });

export const disableSchema = communicationSchema.extend({
  /** RFC 8326: for so long the peer is told that our routes are about to go. */
  drain_seconds: z.number().int().min(0).max(86_400).optional(),
});

/** `graceful`: routes stay on both sides meanwhile (RFC 8538). */
export const resetSchema = communicationSchema.extend({ graceful: z.boolean().default(false) });

export const refreshSchema = z.strictObject({ direction: z.enum(["in", "out", "both"]).default("both") });

export const restartSchema = z.strictObject({
  pid: count,
  started_at: time,
  sessions: z.array(z.strictObject({ peer: z.string(), keeps_routes: z.boolean() })),
});

export const reloadSchema = z.strictObject({ changes: z.array(z.string()) });

export const errorSchema = z.strictObject({ error: z.string() });

export function listOf(schema: z.ZodType): z.ZodType {
  return z.array(schema);
}

/** The value with its defaults, or one sentence on what is wrong with it. */
export function parseBody(
  schema: z.ZodType,
  value: unknown,
): { kind: "value"; value: unknown } | { kind: "wrong"; reason: string } {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return { kind: "value", value: result.data };
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return { kind: "wrong", reason: result.error.issues.map((issue) => sentence(issue, known)).join("; ") };
}

/** What values are called. */
const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

/** As the reader of the configuration would say it. */
function sentence(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const name = issue.path.length === 0 ? "the body" : issue.path.join(".");
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => {
        const near = nearest(key, known);
        return `unknown key "${key}"${near === undefined ? "" : `; did you mean ${near}?`}`;
      }).join("; ");
    case "invalid_type":
      if (issue.input === undefined) return `${name} is missing`;
      return `${name} must be ${kinds[issue.expected] ?? issue.expected}, not ${JSON.stringify(issue.input)}`;
    case "invalid_value":
      return `${name} must be ${orList(issue.values.map(String))}, not ${JSON.stringify(issue.input)}`;
    case "invalid_union":
      return `${name} must be text or a list of words, not ${JSON.stringify(issue.input)}`;
    case "too_big":
      return `${name} must be ${issue.maximum} ${issue.origin === "string" ? "characters " : ""}at most`;
    case "too_small":
      return `${name} must be ${issue.minimum} ${issue.origin === "string" ? "characters " : ""}at least`;
    default:
      return `${name}: ${issue.message}`;
  }
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** As OpenAPI 3.1 wants it. `io`: defaults may be left out of requests, but stand in answers. */
export function jsonSchema(schema: z.ZodType, io: "input" | "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

/** The shapes of the answers of the read API: the OpenAPI document and the tests derive from them. */

import { storedPeerDetailSchema, storedPeerSchema } from "../../control/schema/peer.ts";
import { explainedRouteSchema, routeChangeSchema, routeSchema, routeStateSchema } from "../../control/schema/route.ts";
import { count, optionalNumber, optionalText, optionalTime, time, z } from "../../control/schema/schema.ts";

const notice = optionalText.describe("What the answer does not show, in a sentence");
const next = optionalText.describe("The parameter cursor of the next answer; null: nothing follows");
const asn = z.int().min(0).max(0xffff_ffff);

const familyCount = z.strictObject({ family: z.string(), prefixes: count });
const neighbours = z.array(z.strictObject({ asn, routes: count }));
const vrp = z.strictObject({ prefix: z.string(), max_length: count, asn, since: time });

const event = z.strictObject({
  id: count,
  at: time,
  peer: optionalText,
  kind: z.string(),
  text: z.string(),
  hex: optionalText.describe("The whole message that the event is about"),
});

const router = z.strictObject({
  router: z.string(),
  address: z.string(),
  sys_name: z.string(),
  description: z.string(),
  state: z.enum(["up", "down"]),
  since: time,
  reason: optionalText,
  peers: count,
  routes: count,
  lag: count,
});

const routerTable = z.strictObject({
  router: z.string(),
  peer: z.string(),
  rib_kind: z.string(),
  peer_as: asn,
  bgp_id: z.string(),
  state: z.enum(["up", "down"]),
  since: time,
  reason: optionalText,
  routes: count,
  eor_at: optionalTime,
  lag: count,
  statistics: optionalText.describe("A JSON object"),
});

const rpkiSource = z.strictObject({
  name: z.string(),
  kind: z.enum(["cache", "file", "exceptions"]),
  address: z.string(),
  state: z.string(),
  version: optionalNumber,
  session_id: optionalNumber,
  serial: optionalNumber,
  vrps: count,
  aspas: count,
  in_use: z.boolean(),
  refreshed_at: optionalTime,
  expires_at: optionalTime,
  error: optionalText,
  error_at: optionalTime,
});

const alert = z.strictObject({
  id: z.union([z.string(), count]),
  name: z.string().describe("Name of the alert in the configuration"),
  kind: z.string(),
  severity: z.string(),
  subject: z.string().describe("What the alert is about: a prefix, a peer, an AS"),
  text: z.string().describe("What is wrong, in a sentence"),
  since: time,
  fired_at: time,
  until: optionalTime.describe("null: it still fires"),
  prefix: optionalText,
  peer: optionalText,
  peers: z.array(z.string()),
  origin_as: optionalNumber,
  as_path: optionalText,
  link: z.string().describe("The page at that moment; without url in [web], a path of this server"),
  deliveries: z.strictObject({ delivered: count, failed: count, waiting: count, error: optionalText }),
});

export const shapes = {
  status: z.strictObject({
    version: z.string().describe("Version of bgpd web"),
    title: z.string(),
    now: time,
    router: z.strictObject({
      state: z.enum(["running", "stopped"]),
      version: optionalText,
      router_id: optionalText,
      started_at: optionalTime,
      ended_at: optionalTime.describe("When the last run was alive for certain, if none runs now"),
    }),
    written_to: optionalTime.describe("Every change until then is in the database"),
    age_seconds: z.number().nullable(),
    schema: count,
    history_from: optionalTime.describe("Older history is deleted"),
    database_bytes: count,
    log_bytes: count,
    peers: z.strictObject({ total: count, established: count }),
    families: z.array(z.strictObject({ family: z.string(), routes: count, accepted: count })),
    backlog_rows: count,
    notice,
  }),
  peers: z.strictObject({ peers: z.array(storedPeerSchema), notice }),
  peer: z.strictObject({ peer: storedPeerDetailSchema, notice }),
  routers: z.strictObject({ routers: z.array(router), notice }),
  router: z.strictObject({
    router,
    tables: z.array(routerTable),
    events: z.array(z.strictObject({ at: time, peer: optionalText, kind: z.string(), text: z.string() })),
    notice,
  }),
  rpki: z.strictObject({
    sources: z.array(rpkiSource),
    vrps: count,
    aspas: count,
    routes: z.array(
      z.strictObject({ peer: z.string(), ovs: optionalText, avs: optionalText, routes: count }),
    ),
    notice,
  }),
  vrps: z.strictObject({
    vrps: z.array(vrp).describe("Those that cover the prefix, or those of the AS"),
    inside: z.array(vrp).optional().describe("Those of prefixes inside it"),
    notice,
  }),
  events: z.strictObject({ events: z.array(event), next: optionalNumber.describe("The parameter before"), notice }),
  routes: z.strictObject({
    routes: z.array(z.union([routeSchema, routeStateSchema])).describe("With at: the states of that time"),
    next,
    at: optionalTime,
    notice,
  }),
  explain: z.strictObject({
    target: z.string(),
    prefixes: z.array(z.strictObject({
      prefix: optionalText,
      family: z.string(),
      routes: z.array(explainedRouteSchema),
      settled: z.boolean().describe("false: routes have changed since the stored decision"),
    })),
    notice,
  }),
  history: z.strictObject({
    states: z.array(routeStateSchema),
    changes: z.array(routeChangeSchema),
    gaps: z.array(z.strictObject({ from: time, to: time, changes: count, peer: optionalText })),
    begins: optionalTime,
    notice,
  }),
  changes: z.strictObject({
    changes: z.array(routeChangeSchema.extend({ ended_by: optionalText })),
    next: z.string().describe("The parameter after of the next question"),
    complete: z.boolean().describe("false: more changes follow at once"),
    notice,
  }),
  search: z.strictObject({
    q: z.string(),
    kind: z.enum(["address", "prefix", "as", "community", "as_path", "text"]).describe("How q was read"),
    results: z.array(z.strictObject({
      kind: z.enum(["prefix", "as", "peer", "router", "route"]),
      title: z.string(),
      detail: z.string(),
      target: z.string().describe("The prefix, the number of the AS, or the name"),
    })),
    next,
    notice,
  }),
  as: z.strictObject({
    asn,
    originates: z.strictObject({
      count,
      by_family: z.array(familyCount),
      prefixes: z.array(z.strictObject({ prefix: z.string(), family: z.string() })),
    }),
    upstreams: neighbours.describe("ASes before it, where it is the origin"),
    transit_upstreams: neighbours.describe("ASes before it, where it is not"),
    downstreams: neighbours.describe("ASes after it"),
    peers: z.array(z.strictObject({ peer: z.string(), routes: count })),
    own_peers: z.array(z.strictObject({ name: z.string(), state: z.string() })),
    vrps: z.array(vrp),
    notice,
  }),
  map: z.strictObject({
    computed_at: time,
    lengths: z.array(z.strictObject({ family: z.string(), length: count, prefixes: count })),
    origins: z.array(z.strictObject({ asn, prefixes: count })),
    origin_count: count,
    path_lengths: z.array(z.strictObject({ length: count, routes: count })),
    moas: z.strictObject({
      count,
      prefixes: z.array(z.strictObject({ prefix: z.string(), origins: z.array(asn) })),
    }),
    invalid: z.strictObject({
      count,
      prefixes: z.array(z.strictObject({ prefix: z.string(), origin: optionalNumber })),
    }),
    notice,
  }),
  alerts: z.strictObject({
    active: z.array(alert),
    ended: z.array(alert).describe("The last ones that ended, the newest first"),
    problems: z.array(z.strictObject({ name: z.string(), text: z.string(), since: time }))
      .describe("Alerts that cannot be looked at, and why"),
    notice,
  }),
} as const;

export type ShapeName = keyof typeof shapes;

export const problemShape = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: count,
  detail: z.string().describe("What is wrong, in a sentence"),
});

/** The speaker as a whole: its status, and the results of reload and restart. */

import { count, type Json, optionalNumber, time, type Value, z } from "./schema.ts";

export const statusSchema = z.strictObject({
  version: z.string(),
  pid: count,
  router_id: z.string(),
  database: z.string(),
  configuration: z.string().describe("The configuration file, as an absolute path"),
  started_at: time,
  uptime_seconds: z.number(),
  ready: z.boolean().describe(
    "false: the routes of the last run are still being loaded, and bgpd does not read from peers yet",
  ),
  backlog_rows: optionalNumber.describe("Rows not yet written to the database; null: not known"),
  peers: count,
  established: count,
});

export type StatusJson = Json<typeof statusSchema>;
export type SpeakerStatus = Value<typeof statusSchema>;

export const reloadSchema = z.strictObject({ changes: z.array(z.string()).describe("One line for each change") });

export type ReloadReport = Value<typeof reloadSchema>;

export const restartSchema = z.strictObject({
  pid: count,
  started_at: time.describe("Start of the run that ends"),
  sessions: z.array(z.strictObject({ peer: z.string(), keeps_routes: z.boolean() }))
    .describe("Closed sessions; keeps_routes: the peer keeps our routes until bgpd is back"),
});

export type RestartJson = Json<typeof restartSchema>;
export type RestartReport = Value<typeof restartSchema>;

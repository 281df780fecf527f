/** The speaker as a whole: its status, and the results of reload and restart. */

import { count, type Json, optionalNumber, optionalText, time, type Value, z } from "./schema.ts";

export const statusSchema = z.strictObject({
  version: z.string().describe("Version of bgpd"),
  pid: count.describe("Process id"),
  router_id: z.string().describe("Our BGP Identifier"),
  database: z.string().describe("The database file"),
  configuration: z.string().describe("The configuration file, as an absolute path"),
  started_at: time.describe("Start of this run"),
  uptime_seconds: z.number().describe("Seconds since the start"),
  ready: z.boolean().describe(
    "false: the routes of the last run are still being loaded, and bgpd does not read from peers yet",
  ),
  backlog_rows: optionalNumber.describe("Rows not yet written to the database; null: not known"),
  database_error: optionalText.describe("Why the database cannot be written; null: it can"),
  peers: count.describe("Peers"),
  established: count.describe("Peers with an Established session"),
});

export type StatusJson = Json<typeof statusSchema>;
export type SpeakerStatus = Value<typeof statusSchema>;

const filesRead = {
  file: z.string().describe("The configuration file, as an absolute path"),
  included_files: count.describe("How many files it includes"),
};

export const reloadSchema = z.strictObject({
  ...filesRead,
  changes: z.array(z.string()).describe("One line for each change"),
});

export type ReloadJson = Json<typeof reloadSchema>;
export type ReloadReport = Value<typeof reloadSchema>;

const keyChange = z.strictObject({
  key: z.string().describe("The key of the configuration"),
  before: optionalText.describe("TOML; null: not written, so the default holds"),
  after: optionalText.describe("As before"),
  default: z.string().describe("What holds without the key"),
  items: z.array(z.string()).describe("Of a list of tables: + NAME, - NAME, ~ NAME for added, removed, changed"),
});

const plannedChange = z.strictObject({
  text: z.string().describe("The line that a reload prints and logs"),
  peer: optionalText.describe("The peer or network; null: a key of the top level"),
  keys: z.array(keyChange).describe("The keys that differ"),
  sessions: z.array(z.strictObject({
    peer: z.string().describe("Name of the peer"),
    effect: z.enum(["resets", "ends"]).describe("What happens to the session"),
  }))
    .describe("Sessions that are up and will reset or end; all others go on"),
  routes: z.array(z.strictObject({
    peer: z.string().describe("Name of the peer"),
    effects: z.array(z.enum(["refresh", "import", "export"])).describe("What happens to its routes"),
  }))
    .describe(
      "Sessions that go on, with what happens to their routes. refresh: bgpd asks the peer for its routes; import: " +
        "the received routes are evaluated again; export: the advertised routes are, and changes are sent",
    ),
});

export const reloadPlanSchema = z.strictObject({
  ...filesRead,
  changes: z.array(plannedChange).describe("What differs"),
  warnings: z.array(z.string()).describe("Warnings about the new configuration, as check prints them"),
  established: count.describe("Sessions that are up now"),
});

export type ReloadPlanJson = Json<typeof reloadPlanSchema>;
export type ReloadPlanView = Value<typeof reloadPlanSchema>;

export const restartSchema = z.strictObject({
  pid: count.describe("Process id"),
  started_at: time.describe("Start of the run that ends"),
  sessions: z.array(z.strictObject({
    peer: z.string().describe("Name of the peer"),
    keeps_routes: z.boolean().describe("true: the peer keeps our routes until bgpd is back"),
  })).describe("Closed sessions"),
});

export type RestartJson = Json<typeof restartSchema>;
export type RestartReport = Value<typeof restartSchema>;

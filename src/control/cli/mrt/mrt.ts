/** `bgpd mrt …`: files of routing information, as RouteViews, RIPE RIS and other daemons write them. */

import type { Command } from "../command.ts";
import { mrtExportCommand } from "./export.ts";
import { mrtImportCommand } from "./import.ts";
import { mrtReplayCommand } from "./replay.ts";
import { mrtShowCommand } from "./show.ts";

export const mrtCommand: Command = {
  name: "mrt",
  summary: "read, replay, import and export MRT files (RFC 6396)",
  commands: [mrtShowCommand, mrtReplayCommand, mrtImportCommand, mrtExportCommand],
  examples: [
    ["bgpd mrt show rib.bz2", "a line for each route"],
    ["bgpd mrt replay rib.bz2 --to 127.0.0.1:1179", "announce a table to a speaker"],
    ["bgpd mrt import rib.bz2 --database rib.db", "a table as a database"],
    ["bgpd mrt export table.mrt.gz", "the database as a table that others read"],
  ],
};

/** `bgpd mrt …`: MRT files, as RouteViews, RIPE RIS and other daemons write them. */

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
    ["bgpd mrt show rib.bz2", "print a line for each route"],
    ["bgpd mrt replay rib.bz2 --to 127.0.0.1:1179", "announce a table to a BGP speaker"],
    ["bgpd mrt import rib.bz2 --database rib.db", "import a table into a database"],
    ["bgpd mrt export table.mrt.gz", "export the database as a table"],
  ],
};

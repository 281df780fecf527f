/** `bgpd show …`: what the database knows, for people and with `--json` for programs. */

import type { Command } from "./command.ts";
import { showPeerCommand, showPeersCommand } from "./show_peers.ts";
import { showRoutesCommand } from "./show_routes.ts";
import { showSummaryCommand } from "./show_summary.ts";

export const showCommand: Command = {
  name: "show",
  aliases: ["s"],
  summary: "show peers, routes or a summary",
  commands: [showSummaryCommand, showPeersCommand, showPeerCommand, showRoutesCommand],
  examples: [
    ["bgpd show summary", "daemon, database, peers and routes in numbers"],
    ["bgpd show peers", "a line for each peer"],
    ["bgpd show peer 192.0.2.1", "everything about one peer"],
    ["bgpd show routes 198.51.100.7", "the routes that hold this address"],
  ],
};

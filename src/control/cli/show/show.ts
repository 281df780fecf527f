/** `bgpd show …`: what the database knows, for people and with `--json` for programs. */

import type { Command } from "../command.ts";
import { showAdvertisedCommand } from "./advertised.ts";
import { showAnnouncementsCommand } from "./announcements.ts";
import { showHistoryCommand } from "./history.ts";
import { showPeerCommand, showPeersCommand } from "./peers.ts";
import { showRoutesCommand } from "./routes.ts";
import { showSummaryCommand } from "./summary.ts";

export const showCommand: Command = {
  name: "show",
  aliases: ["s"],
  summary: "show peers, routes, what is announced, or a summary",
  commands: [
    showSummaryCommand,
    showPeersCommand,
    showPeerCommand,
    showRoutesCommand,
    showHistoryCommand,
    showAdvertisedCommand,
    showAnnouncementsCommand,
  ],
  examples: [
    ["bgpd show summary", "daemon, database, peers and routes in numbers"],
    ["bgpd show peers", "a line for each peer"],
    ["bgpd show peer 192.0.2.1", "everything about one peer"],
    ["bgpd show routes 198.51.100.7", "the routes that hold this address"],
    ["bgpd show advertised 192.0.2.1", "what a peer is told"],
  ],
};

/** `bgpd show …`: the contents of the database, as tables and as JSON. */

import type { Command } from "../command.ts";
import { showAdvertisedCommand } from "./advertised.ts";
import { showAnnouncementsCommand } from "./announcements.ts";
import { showHistoryCommand } from "./history.ts";
import { showPeerCommand, showPeersCommand } from "./peers.ts";
import { showRoasCommand } from "./roas.ts";
import { showRouterCommand, showRoutersCommand } from "./routers.ts";
import { showRoutesCommand } from "./routes.ts";
import { showRpkiCommand } from "./rpki.ts";
import { showSummaryCommand } from "./summary.ts";

export const showCommand: Command = {
  name: "show",
  aliases: ["s"],
  summary: "show peers, routes, announcements, history, routers, RPKI data or a summary",
  commands: [
    showSummaryCommand,
    showPeersCommand,
    showPeerCommand,
    showRoutesCommand,
    showHistoryCommand,
    showAdvertisedCommand,
    showAnnouncementsCommand,
    showRoutersCommand,
    showRouterCommand,
    showRpkiCommand,
    showRoasCommand,
  ],
  examples: [
    ["bgpd show summary", "show the daemon, the database, and the number of peers and routes"],
    ["bgpd show peers", "show a line for each peer"],
    ["bgpd show peer 192.0.2.1", "show all details of one peer"],
    ["bgpd show routes 198.51.100.7", "show the routes to an address, and which is best"],
    ["bgpd show advertised 192.0.2.1", "show the routes advertised to a peer"],
  ],
};

/**
 * `bgpd announce` and `bgpd withdraw`. Both ask the daemon. Without a daemon they write the table `announcements`,
 * which the daemon reads when it starts.
 */

import { parsePrefix } from "../../../types/mod.ts";
import { snakeKeys, toJson } from "../../json.ts";
import { whyNoPrefix } from "../../prefix_error.ts";
import type { AnnouncementJson, WithdrawnJson } from "../../schema/announcement.ts";
import { type Command, CommandError, type Input, type Io, UsageError } from "../command.ts";
import { callDaemon, NotRunning } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";
import { plural } from "../text/units.ts";
import {
  announcementOf,
  announceOptions,
  attributeWords,
  flowOptions,
  withdrawalOf,
  withdrawOptions,
} from "./announce_arguments.ts";
import { announcementSentence, destinationText } from "./announcement_text.ts";
import { reportLater } from "./report_later.ts";

/** How long the daemon waits for peers that have not received the route yet. */
const waitSeconds = 1;

export const announceCommand: Command = {
  name: "announce",
  aliases: ["advertise"],
  summary: "announce a route; it stays announced over restarts until it is withdrawn",
  arguments: [{
    name: "[WORDS...]",
    doc:
      "PREFIX next-hop ADDRESS, then attributes as words; or give attributes as options; or flow RULE then ACTIONS;" +
      " or evpn DESTINATION",
    completes: attributeWords,
  }],
  options: [
    { flags: "-f, --file FILE", doc: "announce every line of a file, all or none; - is standard input" },
    ...announceOptions,
    ...flowOptions,
    ...databaseOptions,
  ],
  examples: [
    ["bgpd announce 203.0.113.0/24 next-hop 192.0.2.1", "announce to every peer whose export policy accepts it"],
    ["bgpd announce 203.0.113.0/24 next-hop self med 5 community 65000:1 65000:2", "announce with attributes"],
    ["bgpd announce 203.0.113.0/24 as-path 65000 500 peer 192.0.2.9", "announce to one peer only"],
    ["bgpd announce 203.0.113.7/32 community blackhole for 10m", "withdraw it by itself after ten minutes"],
    [
      'bgpd announce flow "destination 203.0.113.7/32 protocol =udp source-port =53" then discard --for 10m',
      "announce a FlowSpec rule",
    ],
    ["bgpd announce 10.0.0.0/8 rd 65000:1 label 100 ext-community rt:65000:1", "announce a VPN route"],
    ["bgpd announce -f routes.txt", "announce thousands of routes at once"],
  ],
  async run(input, io) {
    const file = input.text("file");
    if (file !== undefined) return await byFile(input, io, file, "announce");
    const text = announcementOf(input, io.now());
    if (text.prefix !== null) requirePrefix(text.prefix);
    const database = await databasePath(input, io);
    try {
      const body = { ...snakeKeys<object>(text), source: "command" };
      const path = `/announcements?wait=${waitSeconds}`;
      const announcement = await callDaemon<AnnouncementJson>(database, { method: "POST", path, body });
      if (input.flag("json")) io.write(JSON.stringify(announcement, undefined, 2) + "\n");
      else io.write(`${announcementSentence(announcement)}\n`);
      return announcement.state === "withheld" || announcement.state === "refused" ? 1 : 0;
    } catch (error) {
      if (!(error instanceof NotRunning)) throw error;
      const { addRow } = await import("./without_daemon.ts");
      const row = addRow(database, text);
      if (row !== undefined && input.flag("json")) io.write(toJson<AnnouncementJson>(row, 2) + "\n");
      reportLater(database, `${destinationText(text)} will be checked and announced`, io);
    }
    return 0;
  },
};

export const withdrawCommand: Command = {
  name: "withdraw",
  summary: "withdraw a route that was announced by command, API or SQL",
  arguments: [{
    name: "[WORDS...]",
    doc: "PREFIX, or flow RULE, or evpn DESTINATION; then peer PEER, if the route was announced to one peer only",
    completes: ["peer"],
  }],
  options: [
    { flags: "-f, --file FILE", doc: "withdraw every line of a file, all or none; - is standard input" },
    ...withdrawOptions,
    ...databaseOptions,
  ],
  examples: [
    ["bgpd withdraw 203.0.113.0/24", "withdraw a route from all peers"],
    ['bgpd withdraw flow "destination 203.0.113.7/32 protocol =udp source-port =53"', "withdraw a FlowSpec rule"],
  ],
  async run(input, io) {
    const file = input.text("file");
    if (file !== undefined) return await byFile(input, io, file, "withdraw");
    const what = withdrawalOf(input);
    if (typeof what.prefix === "string") requirePrefix(what.prefix);
    const database = await databasePath(input, io);
    const given = Object.entries(what).flatMap(([name, value]) => typeof value === "string" ? [[name, value]] : []);
    const query = new URLSearchParams([...given, ["source", "command"]]);
    let isDone = true;
    let withdrawn: number;
    try {
      const path = `/announcements?${query}`;
      ({ withdrawn } = await callDaemon<WithdrawnJson>(database, { method: "DELETE", path }));
    } catch (error) {
      if (!(error instanceof NotRunning)) throw error;
      isDone = false;
      const { withdrawRows } = await import("./without_daemon.ts");
      withdrawn = withdrawRows(database, what);
      if (withdrawn === 0) {
        const to = typeof what.peer === "string" ? ` to ${what.peer}` : "";
        throw new CommandError(`${destinationText(what)} is not announced${to}; bgpd show announcements lists all`);
      }
    }
    if (input.flag("json")) io.write(JSON.stringify({ withdrawn }) + "\n");
    else if (isDone) {
      io.write(`withdrawn ${destinationText(what)}${withdrawn > 1 ? ` (${plural(withdrawn, "row")})` : ""}\n`);
    }
    if (!isDone) reportLater(database, `${destinationText(what)} will be withdrawn`, io);
    return 0;
  },
};

async function byFile(input: Input, io: Io, file: string, verb: "announce" | "withdraw"): Promise<number> {
  if (input.words.length > 0) throw new UsageError(`${verb} takes words or a file, not both`);
  const { changeByFile } = await import("./announce_run.ts");
  return await changeByFile(input, io, file, verb);
}

/** Throws {@link UsageError} for a text that is not a prefix, or has no length: exit code 2, as in `show routes`. */
function requirePrefix(text: string): void {
  if (parsePrefix(text) === undefined || !text.includes("/")) throw new UsageError(whyNoPrefix(text));
}

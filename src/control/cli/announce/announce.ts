/**
 * `bgpd announce` and `bgpd withdraw`. Both ask the daemon. Without a daemon they write the table `announcements`,
 * which the daemon reads when it starts.
 */

import { lockHolder } from "../../../store/lock.ts";
import * as fileLocks from "../../../transport/file_locks.ts";
import { parsePrefix } from "../../../types/mod.ts";
import { snakeKeys, toJson } from "../../json.ts";
import { whyNoPrefix } from "../../prefix_error.ts";
import type { AnnouncementJson, WithdrawnJson } from "../../schema/announcement.ts";
import { type Command, CommandError, type Io, UsageError } from "../command.ts";
import { callDaemon, NotRunning } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";
import { plural } from "../text/units.ts";
import {
  announcementOf,
  announceOptions,
  attributeWords,
  withdrawalOf,
  withdrawPeerOption,
} from "./announce_arguments.ts";
import { announcementSentence } from "./announcement_text.ts";

/** How long the daemon waits for peers that have not received the route yet. */
const waitSeconds = 1;

export const announceCommand: Command = {
  name: "announce",
  aliases: ["advertise"],
  summary: "announce a route; it stays announced over restarts until it is withdrawn",
  arguments: [{
    name: "[WORDS...]",
    doc: "PREFIX next-hop ADDRESS, then attributes as words; or give attributes as options",
    completes: attributeWords,
  }],
  options: [...announceOptions, ...databaseOptions],
  examples: [
    ["bgpd announce 203.0.113.0/24 next-hop 192.0.2.1", "announce to every peer whose export policy accepts it"],
    ["bgpd announce 203.0.113.0/24 next-hop self med 5 community 65000:1 65000:2", "announce with attributes"],
    ["bgpd announce 203.0.113.0/24 as-path 65000 500 peer 192.0.2.9", "announce to one peer only"],
  ],
  async run(input, io) {
    const text = announcementOf(input);
    requirePrefix(text.prefix);
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
      reportLater(database, `${text.prefix} will be checked and announced`, io);
    }
    return 0;
  },
};

export const withdrawCommand: Command = {
  name: "withdraw",
  summary: "withdraw a route that was announced by command, API or SQL",
  arguments: [{
    name: "[WORDS...]",
    doc: "PREFIX; then peer PEER, if the route was announced to one peer only",
    completes: ["peer"],
  }],
  options: [withdrawPeerOption, ...databaseOptions],
  examples: [["bgpd withdraw 203.0.113.0/24", "withdraw a route from all peers"]],
  async run(input, io) {
    if (input.words.length === 0) throw new UsageError("withdraw needs a prefix, for example 203.0.113.0/24");
    const { prefix, peer } = withdrawalOf(input);
    requirePrefix(prefix);
    const database = await databasePath(input, io);
    const query = new URLSearchParams({ prefix, ...peer === null ? {} : { peer }, source: "command" });
    let isDone = true;
    let withdrawn: number;
    try {
      const path = `/announcements?${query}`;
      ({ withdrawn } = await callDaemon<WithdrawnJson>(database, { method: "DELETE", path }));
    } catch (error) {
      if (!(error instanceof NotRunning)) throw error;
      isDone = false;
      const { removeRows } = await import("./without_daemon.ts");
      withdrawn = removeRows(database, prefix, peer);
      if (withdrawn === 0) {
        const to = peer === null ? "" : ` to ${peer}`;
        throw new CommandError(`${prefix} is not announced${to}; bgpd show announcements lists all`);
      }
    }
    if (input.flag("json")) io.write(JSON.stringify({ withdrawn }) + "\n");
    else if (isDone) io.write(`withdrawn ${prefix}${withdrawn > 1 ? ` (${plural(withdrawn, "row")})` : ""}\n`);
    if (!isDone) reportLater(database, `${prefix} will be withdrawn`, io);
    return 0;
  },
};

/** Throws {@link UsageError} for a text that is not a prefix, or has no length: exit code 2, as in `show routes`. */
function requirePrefix(text: string): void {
  if (parsePrefix(text) === undefined || !text.includes("/")) throw new UsageError(whyNoPrefix(text));
}

/** No daemon answered, but the change is in the table: reports when it takes effect. */
function reportLater(database: string, what: string, io: Io): void {
  const running = lockHolder(database, fileLocks) !== undefined;
  io.message(
    running ? `${what} when bgpd next reads the table` : `no bgpd is running on ${database}: ${what} when bgpd starts`,
  );
}

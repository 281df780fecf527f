/** `bgpd announce` and `bgpd withdraw`: they write the table `announcements`, through the daemon where one runs. */

import { AnnouncementFile, lockHolder, StoreError } from "../../../store/mod.ts";
import { fileLocks } from "../../../transport/mod.ts";
import { parsePrefix } from "../../../types/mod.ts";
import { snakeKeys, toJson } from "../../json.ts";
import type { AnnouncementJson, WithdrawnJson } from "../../schema/announcement.ts";
import { whyNoPrefix } from "../../prefix_text.ts";
import { fateSentence, withoutDaemon } from "./announcement_text.ts";
import { announcementOf, announceOptions, withdrawalOf, withdrawPeerOption } from "./announce_arguments.ts";
import { type Command, CommandError, type Io, UsageError } from "../command.ts";
import { callDaemon, NotRunning } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";
import { plural } from "../text/units.ts";

/** So long for peers that have not taken the route yet. */
const waitSeconds = 1;

export const announceCommand: Command = {
  name: "announce",
  aliases: ["advertise"],
  summary: "announce a route, and say which peers have it; it stays over restarts until it is withdrawn",
  arguments: [{ name: "[WORDS...]", doc: "PREFIX next-hop X, then attributes: as words, or as options" }],
  options: [...announceOptions, ...databaseOptions],
  examples: [
    ["bgpd announce 203.0.113.0/24 next-hop 192.0.2.1", "to every peer whose export allows"],
    ["bgpd announce 203.0.113.0/24 next-hop self med 5 community 65000:1 65000:2", "with attributes"],
    ["bgpd announce 203.0.113.0/24 as-path 65000 500 peer 192.0.2.9", "to one peer only"],
  ],
  async run(input, io) {
    const text = announcementOf(input);
    requirePrefix(text.prefix);
    const database = databasePath(input, io);
    try {
      const body = { ...snakeKeys(text) as object, source: "command" };
      const path = `/announcements?wait=${waitSeconds}`;
      const fate = await callDaemon<AnnouncementJson>(database, { method: "POST", path, body });
      if (input.flag("json")) io.write(JSON.stringify(fate, undefined, 2) + "\n");
      else io.write(`${fateSentence(fate)}\n`);
      return fate.state === "withheld" || fate.state === "refused" ? 1 : 0;
    } catch (error) {
      if (!(error instanceof NotRunning)) throw error;
      withFile(database, (file) => {
        const id = file.add(text, "command");
        if (input.flag("json")) {
          io.write(toJson<AnnouncementJson>(withoutDaemon(file.list().find((row) => row.id === id)!), 2) + "\n");
        }
      });
      sayLater(database, `${text.prefix} is checked and announced`, io);
    }
    return 0;
  },
};

export const withdrawCommand: Command = {
  name: "withdraw",
  summary: "withdraw what was announced by command, API or SQL",
  arguments: [{ name: "[WORDS...]", doc: "PREFIX, and peer X where it was announced to one peer only" }],
  options: [withdrawPeerOption, ...databaseOptions],
  examples: [["bgpd withdraw 203.0.113.0/24", "take a route back"]],
  async run(input, io) {
    if (input.words.length === 0) throw new UsageError("withdraw what? A prefix, as 203.0.113.0/24");
    const { prefix, peer } = withdrawalOf(input);
    requirePrefix(prefix);
    const database = databasePath(input, io);
    const query = new URLSearchParams({ prefix, ...peer === null ? {} : { peer } });
    let withdrawn: number;
    try {
      const path = `/announcements?${query}`;
      ({ withdrawn } = await callDaemon<WithdrawnJson>(database, { method: "DELETE", path }));
    } catch (error) {
      if (!(error instanceof NotRunning)) throw error;
      withdrawn = withFile(database, (file) => file.remove(prefix, peer));
      if (withdrawn === 0) throw new CommandError(`${prefix} is not announced${peer === null ? "" : ` to ${peer}`}`);
      if (input.flag("json")) io.write(JSON.stringify({ withdrawn }) + "\n");
      sayLater(database, `${prefix} is withdrawn`, io);
      return 0;
    }
    if (input.flag("json")) io.write(JSON.stringify({ withdrawn }) + "\n");
    else io.write(`withdrawn ${prefix}${withdrawn > 1 ? ` (${plural(withdrawn, "row")})` : ""}\n`);
    return 0;
  },
};

/** What is no prefix is wrong usage here as in `show routes`, whoever would notice it later; so is one without a length. */
function requirePrefix(text: string): void {
  if (parsePrefix(text) === undefined || !text.includes("/")) throw new UsageError(whyNoPrefix(text));
}

/** Nobody answered: the row is in the table all the same. */
function sayLater(database: string, what: string, io: Io): void {
  const running = lockHolder(database, fileLocks) !== undefined;
  io.message(
    running
      ? `${what} as soon as bgpd looks at the table`
      : `no bgpd is running on ${database}: ${what} when it starts`,
  );
}

function withFile<T>(database: string, work: (file: AnnouncementFile) => T): T {
  let file: AnnouncementFile | undefined;
  try {
    file = new AnnouncementFile(database);
    return work(file);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const isNew = file === undefined && error.cause instanceof Deno.errors.NotFound;
    throw new CommandError(
      isNew
        ? `there is no database ${database} to write it into: start bgpd once, or name it with --database or --config`
        : error.message,
    );
  } finally {
    file?.close();
  }
}

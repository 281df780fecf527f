/** `bgpd restart`: the daemon starts again in its process, and its peers keep our routes meanwhile (RFC 4724). */

import type { RestartJson, StatusJson } from "../../schema/speaker.ts";
import { type Command, CommandError, type Io } from "../command.ts";
import { callDaemon, NotRunning, refuseOtherConfiguration } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";

/** How long the command waits until bgpd is back, and how often it asks. */
const defaultWaitSeconds = 60;
const pollMs = 100;

export const restartCommand: Command = {
  name: "restart",
  summary: "restart bgpd in the same process; peers with graceful_restart = full keep our routes during the restart",
  options: [
    { flags: "--wait SECONDS", doc: `how long to wait until bgpd is back (default ${defaultWaitSeconds})` },
    ...databaseOptions,
  ],
  examples: [["bgpd restart", "restart with the current configuration file; refused if the file has errors"]],
  async run(input, io) {
    const database = await databasePath(input, io);
    const waitMs = 1000 * (input.number("wait", 1, 3600) ?? defaultWaitSeconds);
    await refuseOtherConfiguration(input, database);
    const report = await callDaemon<RestartJson>(database, { method: "POST", path: "/restart" });
    const seconds = await untilBack(database, report.started_at, waitMs, io);
    if (input.flag("json")) {
      io.write(JSON.stringify({ ...report, seconds }, undefined, 2) + "\n");
      return 0;
    }
    for (const { peer, keeps_routes: keeps } of report.sessions) {
      io.write(`${peer}: session closed, ${keeps ? "the peer keeps our routes" : "the peer removes our routes"}\n`);
    }
    io.write(`bgpd is back after ${seconds.toFixed(1)} s (pid ${report.pid})\n`);
    return 0;
  },
};

/** Waits until the next run of the daemon answers. Returns the seconds it took. */
async function untilBack(database: string, before: string, waitMs: number, io: Io): Promise<number> {
  const start = io.now();
  while (io.now() - start < waitMs) {
    try {
      const status = await callDaemon<StatusJson>(database, { path: "/status" });
      if (status.started_at !== before) return (io.now() - start) / 1000;
    } catch (error) {
      // Between two runs no daemon answers, and the lock of the database is free for a moment.
      if (!(error instanceof NotRunning || error instanceof CommandError)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new CommandError(`bgpd is not back after ${waitMs / 1000} s; see its log for the reason`);
}

/** `bgpd reload`: as SIGHUP, but it says what came of it. */

import type { ReloadReport } from "../../target.ts";
import type { Command } from "../command.ts";
import { callDaemon, refuseOtherConfiguration } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";

export const reloadCommand: Command = {
  name: "reload",
  summary: "have the configuration read again; sessions that need not reset go on",
  options: databaseOptions,
  examples: [["bgpd reload", "peers come, go and change; with mistakes nothing does"]],
  async run(input, io) {
    const database = databasePath(input, io);
    await refuseOtherConfiguration(input, database);
    const { changes } = await callDaemon<ReloadReport>(database, { method: "POST", path: "/reload" });
    if (input.flag("json")) io.write(JSON.stringify({ changes }, undefined, 2) + "\n");
    else if (changes.length === 0) io.write("nothing changed\n");
    else for (const change of changes) io.write(`${change}\n`);
    return 0;
  },
};

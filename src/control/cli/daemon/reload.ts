/** `bgpd reload`: as SIGHUP, and prints what changed. */

import type { ReloadReport } from "../../target.ts";
import type { Command } from "../command.ts";
import { callDaemon, refuseOtherConfiguration } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";

export const reloadCommand: Command = {
  name: "reload",
  summary: "read the configuration again; a session is reset only if a change requires it",
  options: databaseOptions,
  examples: [["bgpd reload", "apply the changes of the file; if it has errors, nothing changes"]],
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

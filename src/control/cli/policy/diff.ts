/** `bgpd policy diff NEW.toml`: what another configuration does to the routes of the database, import and export. */

import type { Command } from "../command.ts";
import { wideOption } from "../text/table.ts";

const defaultExamples = 5;

export const policyDiffCommand: Command = {
  name: "diff",
  summary: "list the routes that a new configuration would accept, reject, advertise, withdraw or change",
  arguments: [{ name: "<NEW>", doc: "new configuration file (TOML); bgpd does not load it" }],
  options: [
    { flags: "--peer PEER", doc: "only routes from this peer and routes to it (name, address or description)" },
    { flags: "--limit N", doc: `print at most N examples of each kind per peer (default ${defaultExamples})` },
    { flags: "-c, --config OLD", doc: "compare export with this configuration (default: the one that bgpd uses)" },
    { flags: "-d, --database FILE", doc: "database file (default: the one that the configuration names)" },
    { flags: "--json", doc: "print JSON" },
    wideOption,
  ],
  examples: [
    ["bgpd policy diff new.toml", "show the effect of a new configuration on all routes"],
    [
      "bgpd policy diff new.toml --peer 192.0.2.1 --limit 1000 --json",
      "show the effect on the routes of one peer, as JSON",
    ],
  ],
  async run(input, io) {
    const limit = input.number("limit", 0, 1_000_000_000) ?? defaultExamples;
    const { runDiff } = await import("./diff_run.ts");
    return await runDiff(input, limit, io);
  },
};

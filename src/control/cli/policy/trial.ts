/** `bgpd policy test PREFIX --peer PEER`: the effect of policies on one route, rule by rule. */

import { announceOptions, attributeWords } from "../announce/announce_arguments.ts";
import type { Command } from "../command.ts";
import { configDefault } from "../database_file.ts";

export const policyTestCommand: Command = {
  name: "test",
  summary: "show what the policies of a peer do to a route, rule by rule",
  arguments: [
    { name: "<PREFIX>", doc: "prefix of the route" },
    {
      name: "[ATTRIBUTES...]",
      doc: "attributes as in announce: `as-path 65001 65010 community 65001:7` (default: the route of the database)",
      completes: attributeWords,
    },
  ],
  options: [
    ...announceOptions.filter(({ flags }) => !/^--(peer|for|until|comment|rd|label|family) /.test(flags)),
    {
      flags: "--peer PEER",
      doc: "the peer that announces the route, or receives it with --export (name, address or description)",
    },
    { flags: "--export", doc: "test export of the best route, or of the given attributes" },
    {
      flags: "--from PEER",
      doc: "with --export and attributes: the peer that announced the route (default: it is our own route)",
    },
    {
      flags: "--with-vrps FILE",
      doc: "validate the route with the VRPs of this file (JSON of rpki-client, Routinator or StayRTR)",
    },
    { flags: "-c, --config FILE", doc: `configuration file with the policies (default: ${configDefault})` },
    { flags: "-d, --database FILE", doc: "database file (default: the one that the configuration names)" },
    { flags: "--json", doc: "print JSON" },
  ],
  examples: [
    ["bgpd policy test 192.0.2.0/24 --peer 127.0.0.2", "test import of a received route"],
    [
      "bgpd policy test 192.0.2.0/24 --peer 127.0.0.2 -c new.toml as-path 65001 65010 community 65001:7",
      "test import of another route with another configuration",
    ],
    [
      "bgpd policy test 192.0.2.0/24 --peer 127.0.0.2 --with-vrps vrps.json as-path 65001 65010",
      "test what becomes of a route with the VRPs of a file",
    ],
    [
      "bgpd policy test 192.0.2.0/24 --peer 127.0.0.3 --export",
      "test whether, and with which attributes, the best route is announced",
    ],
  ],
  async run(input, io) {
    const { runTest } = await import("./trial_run.ts");
    return await runTest(input, io);
  },
};

/** `bgpd policy effect`: what the import policies of routers did, by what they report by BMP. */

import { toJson } from "../../json.ts";
import type { Command } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { routerNamed } from "../router_name.ts";
import { printJsonList } from "../text/rows.ts";
import { outputFor, printTable, wideOption } from "../text/table.ts";

export const policyEffectCommand: Command = {
  name: "effect",
  summary: "show how many routes the import policy of each router's peers changed and dropped (BMP)",
  options: [
    { flags: "--router ROUTER", doc: "only this router (name or address)" },
    { flags: "--peer PEER", doc: "only this peer of the routers, as bgpd show router prints it" },
    ...databaseOptions,
    wideOption,
  ],
  examples: [
    ["bgpd policy effect", "compare adj-in and adj-in-post of every peer of every router"],
    ["bgpd policy effect --router edge1 --json", "print JSON"],
    [
      `bgpd sql "SELECT prefix, as_path FROM policy_effect WHERE effect = 'dropped'"`,
      "show which routes were dropped",
    ],
  ],
  run(input, plain) {
    const io = outputFor(input, plain);
    return withDatabase(input, io, async (reader) => {
      const wanted = input.text("router");
      const router = wanted === undefined ? undefined : (await routerNamed(reader, wanted)).router;
      const effects = await reader.policyEffects(router, input.text("peer"));
      if (input.flag("json")) printJsonList(effects.map((effect) => toJson(effect)), io);
      else if (effects.length === 0) io.message("no router reports the adj-in and the adj-in-post of such a peer");
      else {
        printTable(
          [
            { title: "Router", fit: "address" },
            { title: "Peer", fit: "address" },
            { title: "AS", fit: "whole" },
            { title: "Unchanged", align: "right" },
            { title: "Changed", align: "right" },
            { title: "Dropped", align: "right" },
          ],
          effects.map(({ router, peer, peerAs, ...counts }) => ({
            cells: [router, peer, peerAs, counts.unchanged, counts.changed, counts.dropped].map(String),
          })),
          io,
        );
      }
      return 0;
    });
  },
};

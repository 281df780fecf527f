/** `bgpd watch`: prints changes of routes and sessions as they happen. */

import type { Command } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { peerName } from "../peer_name.ts";
import { parseTime, timeForms } from "../text/time.ts";
import { conditionOptions, prefixArgument, readConditions, readNlri } from "./route_filter.ts";

/** A terminal shows so many changes of a poll; more of them nobody can read. */
const terminalLines = 200;

export const watchCommand: Command = {
  name: "watch",
  summary: "print changes of routes and sessions as they happen",
  arguments: [prefixArgument],
  options: [
    ...conditionOptions,
    { flags: "--best", doc: "only changes of best routes, as they are after import policy" },
    { flags: "--since TIME", doc: `start in the past: ${timeForms}` },
    { flags: "--count N", doc: "end after N changes" },
    {
      flags: "--all",
      doc: `print every change; without it, a terminal shows ${terminalLines} at a time and the number of the others`,
    },
    ...databaseOptions,
  ],
  examples: [
    ["bgpd watch", "print every change, and sessions that come up or go down"],
    ["bgpd watch 192.0.2.0/24 --longer", "watch a prefix and all inside it"],
    ["bgpd watch destination 192.0.2.0/24 protocol =udp", "watch a flow rule"],
    ["bgpd watch --peer transit1 --since -10m", "print the changes of a peer in the last ten minutes, and from now on"],
    ["bgpd watch --best --as 64500", "watch best routes through an AS"],
    ["bgpd watch --json | jq -c 'select(.kind == \"withdraw\")'", "give the changes to a program, one object a line"],
  ],
  run(input, io) {
    const word = input.text("since");
    const since = word === undefined ? undefined : parseTime(word, io.now());
    const count = input.number("count", 1, Number.MAX_SAFE_INTEGER) ?? Infinity;
    return withDatabase(input, io, async (reader) => {
      const asJson = input.flag("json");
      const sumsUp = io.outputIsTerminal && !asJson && !input.flag("all");
      const options = {
        conditions: readConditions(input, (word) => peerName(reader, word), await readNlri(input)),
        best: input.flag("best"),
        since,
        count,
        most: sumsUp ? terminalLines : Infinity,
        asJson,
      };
      // Other commands have no need of what follows changes.
      const { runWatch } = await import("./watch_run.ts");
      return await runWatch(reader, options, io);
    });
  },
};

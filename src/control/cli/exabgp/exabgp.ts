/** `bgpd exabgp`: the process API of ExaBGP, for programs that drive ExaBGP. */

import { type Command, UsageError } from "../command.ts";
import { databaseOptions } from "../database_file.ts";

export const exabgpCommand: Command = {
  name: "exabgp",
  summary: "speak the process API of ExaBGP: read commands, write messages",
  options: [
    { flags: "--pipe FILE", doc: "read commands from this named pipe, which is made if it does not exist" },
    { flags: "--name NAME", doc: "name of the program; the source of its routes is exabgp:NAME (default: script)" },
    { flags: "--encoder WORD", doc: "messages as text (default) or json", completes: ["text", "json"] },
    { flags: "--api-version N", doc: "4 (default) or 5: the version of ExaBGP's API", completes: ["4", "5"] },
    {
      flags: "--events LIST",
      doc:
        "what to report, with commas: update, neighbor-changes, open, negotiated, notification, fsm (default: nothing)",
      completes: ["update", "neighbor-changes", "open", "negotiated", "notification", "fsm"],
    },
    { flags: "--peer PEER", doc: "the program deals with this peer only; may be given several times", isList: true },
    { flags: "--first FILE", doc: "carry out the commands of this file first" },
    { flags: "--silence-ack", doc: "do not answer commands with done or error" },
    { flags: "--withdraw", doc: "withdraw the routes of the program when it ends" },
    ...databaseOptions.filter(({ flags }) => flags !== "--json"),
  ],
  examples: [
    ["socat EXEC:./script.py EXEC:'bgpd exabgp --name script'", "run a script for ExaBGP with bgpd"],
    ["bgpd exabgp --pipe /run/exabgp.cmd --name fastnetmon", "take the commands of FastNetMon"],
    ["bgpd exabgp --encoder json --events update,neighbor-changes", "report routes and sessions as JSON"],
  ],
  async run(input, io) {
    if (input.words.length > 0) throw new UsageError("exabgp takes options only");
    const { runExabgp } = await import("./exabgp_run.ts");
    return await runExabgp(input, io);
  },
};

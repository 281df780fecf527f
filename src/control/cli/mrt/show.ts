/** `bgpd mrt show`: the contents of an MRT file, a line for each route. */

import type { Command } from "../command.ts";

export const mrtShowCommand: Command = {
  name: "show",
  summary: "print a line for each route and UPDATE, as bgpdump -m does",
  arguments: [{ name: "<FILE>", doc: "MRT file, or - for standard input; uncompressed, gzip or bzip2" }],
  options: [
    {
      flags: "--peer PEER",
      doc: "only this peer of the file, by number or address (default: all)",
      completes: "nothing",
    },
    { flags: "--peers", doc: "list the peers of the file and their numbers instead" },
  ],
  examples: [
    ["bgpd mrt show rib.20260601.0000.bz2 | head", "print the first routes of a table"],
    ["bgpd mrt show updates.gz --peer 192.0.2.1", "print the messages of one peer"],
    ["bgpd mrt show rib.bz2 --peers", "list the peers of a file"],
  ],
  async run(input, io) {
    const { runShow } = await import("./show_run.ts");
    return await runShow(input, io);
  },
};

/** `bgpd mrt replay`: the routes of an MRT file, announced to a BGP speaker. */

import type { Command } from "../command.ts";

export const mrtReplayCommand: Command = {
  name: "replay",
  summary: "announce the table and the updates of a file to a BGP speaker",
  arguments: [{
    name: "<FILE>",
    doc: "MRT file, or - for standard input; uncompressed, gzip or bzip2; tables are sent before updates",
  }],
  options: [
    { flags: "--to ADDRESS", doc: "address of the speaker: 192.0.2.1, 192.0.2.1:1179 or [2001:db8::1]:1179" },
    {
      flags: "--from ADDRESS",
      doc: "local address of the session: the address that the speaker has configured for us",
    },
    {
      flags: "--peer PEER",
      completes: "nothing",
      doc: "send the routes of this peer: a number or address of mrt show --peers, or all (default: the peer with the" +
        " most routes)",
    },
    {
      flags: "--as ASN",
      doc:
        "our AS (default: the AS of the peer in the file); a different AS is prepended to AS paths for an eBGP speaker",
    },
    { flags: "--router-id ID", doc: "our BGP Identifier (default: that of the peer in the file)" },
    { flags: "--rate N", doc: "send at most N UPDATEs a second (default: as fast as the speaker reads)" },
    { flags: "--realtime", doc: "send updates at the intervals of the file" },
    { flags: "--hold SECONDS", doc: "proposed hold time (default: 90)" },
    { flags: "--stay", doc: "keep the session until Ctrl-C (default: end the session when everything is sent)" },
  ],
  examples: [
    ["bgpd mrt replay rib.bz2 --to 127.0.0.1:1179 --as 65001 --stay", "announce a full table until Ctrl-C"],
    [
      "bgpd mrt replay updates.gz --to 127.0.0.1 --from 127.0.0.2 --realtime",
      "send updates at their original intervals",
    ],
    ["bgpd mrt replay updates.gz --to 127.0.0.1 --peer all --as 65001", "send the updates of all peers at full speed"],
  ],
  async run(input, io) {
    const { runReplay } = await import("./replay_run.ts");
    return await runReplay(input, io);
  },
};

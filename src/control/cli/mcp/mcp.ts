/** `bgpd mcp`: the Model Context Protocol, for assistants that answer questions about the routing table. */

import { type Command, UsageError } from "../command.ts";
import { databaseOptions } from "../database_file.ts";

export function mcpCommand(version: string): Command {
  return {
    name: "mcp",
    summary: "answer the questions of an assistant (Model Context Protocol) on standard input and output; read-only",
    options: [
      ...databaseOptions.filter(({ flags }) => flags !== "--json"),
      { flags: "--seconds N", doc: "how long a question may take (default: 10)" },
      { flags: "--rows N", doc: "how many rows or routes an answer may have (default: 500)" },
    ],
    examples: [
      ["bgpd mcp -c /etc/bgpd/bgpd.toml", "what an assistant starts; docs/mcp.md has the lines for its configuration"],
      ["ssh router bgpd mcp -c /etc/bgpd/bgpd.toml", "the same, for a router elsewhere"],
    ],
    async run(input, io) {
      if (input.words.length > 0) throw new UsageError("mcp takes options only");
      const { runMcp } = await import("./mcp_run.ts");
      return await runMcp(input, io, version);
    },
  };
}

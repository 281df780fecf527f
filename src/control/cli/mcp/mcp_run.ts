/** Runs `bgpd mcp`: reads messages from standard input until it ends, and writes answers. */

import { type Input, type Io, OutputClosed } from "../command.ts";
import { databasePath } from "../database_file.ts";
import { McpServer } from "./mcp_server.ts";
import { ToolRunner } from "./tool_runner.ts";
import { startToolWorker } from "./tool_thread.ts";
import { toolsFor } from "./tools.ts";

/**
 * A query that goes on for so long after its limit does not end by itself, and keeps the router from emptying its log.
 * Nothing ends a query of SQLite here but the end of its process.
 */
const stuckMs = 60_000;

export async function runMcp(input: Input, io: Io, version: string): Promise<number> {
  const seconds = input.number("seconds", 1, 600) ?? 10;
  const rows = input.number("rows", 1, 10_000) ?? 500;
  const database = await databasePath(input, io);
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const runner = new ToolRunner({
    start: (onOutcome, onFailure) => startToolWorker({ database, rows }, onOutcome, onFailure),
    limitMs: seconds * 1_000,
    stuckMs,
    onStuck() {
      io.message("bgpd mcp: a query does not end, and keeps the router from emptying its log: ending with it");
      end(1);
    },
    onBug: (text) => io.message(`bgpd mcp: ${text}`),
  });
  const server = new McpServer({
    version,
    tools: toolsFor(rows),
    run: (tool, given, signal) => runner.run(tool, given, signal),
    send(text) {
      try {
        io.write(`${text}\n`);
        io.flush();
      } catch (error) {
        if (!(error instanceof OutputClosed)) throw error;
        end(0);
      }
    },
  });
  if (io.inputIsTerminal) io.message("bgpd mcp: waiting for the messages of an assistant; see docs/mcp.md");
  const reading = (async () => {
    for await (const line of io.lines()) server.receive(line);
    await server.answered();
    return 0;
  })();
  try {
    return await Promise.race([reading, ended]);
  } finally {
    runner.close();
  }
}

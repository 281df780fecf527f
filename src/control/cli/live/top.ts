/** `bgpd top`: the daemon and its peers on the whole screen; without a terminal, once as text. */

import { type Command, type Input, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";

const defaultSeconds = 2;

export const topCommand: Command = {
  name: "top",
  summary: "show the daemon, its peers, alerts and rates on the whole screen",
  options: [
    { flags: "--interval SECONDS", doc: `time between two looks at the database (default: ${defaultSeconds})` },
    { flags: "--once", doc: "print the state once as text and end; so does bgpd top without a terminal" },
    ...databaseOptions.filter(({ flags }) => flags !== "--json"),
  ],
  examples: [
    ["bgpd top", "watch peers; what is wrong comes first; ? shows the keys"],
    ["bgpd top --once", "print the same as text, for example for a mail"],
  ],
  run(input, io) {
    const intervalMs = readInterval(input) * 1_000;
    return withDatabase(input, io, async (reader) => {
      // Other commands have no need of the screen.
      const { runTop } = await import("./top_run.ts");
      return await runTop(reader, { intervalMs, isOnce: input.flag("once") }, io);
    });
  },
};

function readInterval(input: Input): number {
  const text = input.text("interval");
  if (text === undefined) return defaultSeconds;
  const seconds = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
  if (seconds >= 0.2 && seconds <= 3_600) return seconds;
  throw new UsageError(`--interval takes seconds from 0.2 to 3600, not "${text}"`);
}

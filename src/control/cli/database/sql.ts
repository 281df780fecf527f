/** `bgpd sql`: read-only SQL with the address functions of the store; one query, or a shell. */

import { type Command, CommandError, type Input, type Io, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { type RowFormat, rowFormats } from "../text/rows.ts";
import { wideOption } from "../text/table.ts";
import { SqlShell } from "./sql_shell.ts";
import { isBlank, splitStatements } from "./statements.ts";

export const sqlCommand: Command = {
  name: "sql",
  summary: "run read-only SQL; without a query, start a shell",
  arguments: [{
    name: "[QUERY]",
    doc: "one or more SQL statements; ip(), contains(), path_matches() and lpm() are available",
  }],
  options: [
    ...databaseOptions,
    {
      flags: "--mode MODE",
      doc: `print ${rowFormats.join(", ")}; default: table on a terminal, otherwise list`,
      completes: rowFormats,
    },
    { flags: "--header", doc: "print the names of the columns first, in the modes list and csv" },
    wideOption,
  ],
  examples: [
    ['bgpd sql "SELECT prefix, next_hop, as_path FROM rib LIMIT 10"', "run one query"],
    ["bgpd sql \"SELECT * FROM rib WHERE prefix = lpm('192.0.2.7')\"", "find the routes to an address"],
    [
      "bgpd sql \"SELECT prefix FROM loc_rib WHERE contains('198.51.0.0/16', prefix)\"",
      "find the prefixes inside a prefix",
    ],
    ['bgpd sql --json "SELECT * FROM peer_status"', "print JSON"],
    ['bgpd sql --mode csv --header "SELECT * FROM peer_status"', "print a file for a spreadsheet"],
    ["echo 'SELECT count(*) FROM rib;' | bgpd sql", "read queries from a file or a program"],
    ["bgpd sql", "start a shell"],
  ],
  run(input, io) {
    const options = { format: formatOf(input, io), headers: input.flag("header"), wide: input.flag("wide") };
    return withDatabase(input, io, (reader) => {
      const query = input.words[0];
      const shell = new SqlShell(reader, options, io);
      return query === undefined ? shell.run() : once(query, shell);
    });
  },
};

function once(query: string, shell: SqlShell): number {
  const { whole, rest } = splitStatements(query);
  const statements = [...whole, ...isBlank(rest) ? [] : [rest]];
  if (statements.length === 0) throw new CommandError("the query has no SQL statement");
  for (const statement of statements) shell.statement(statement);
  return 0;
}

function formatOf(input: Input, io: Io): RowFormat {
  const mode = input.text("mode");
  if (mode === undefined) return input.flag("json") ? "json" : io.outputIsTerminal ? "table" : "list";
  const format = rowFormats.find((each) => each === mode);
  if (format === undefined) throw new UsageError(`--mode takes ${rowFormats.join(", ")}, not "${mode}"`);
  if (input.flag("json") && format !== "json") throw new UsageError(`--json and --mode ${mode} exclude each other`);
  return format;
}

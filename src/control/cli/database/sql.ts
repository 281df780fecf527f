/** `bgpd sql`: read-only SQL with the address functions of the store; one query, or a shell. */

import { StoreError, type StoreReader, StoreRefusal } from "../../../store/mod.ts";
import { type Command, CommandError, type Input, type Io } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { printRows, type RowFormat } from "../text/rows.ts";
import { isBlank, splitStatements } from "./statements.ts";

const prompt = "bgpd> ", continued = "  ...> ";

const shellHelp = `Type SQL and end it with a semicolon. Views: rib, loc_rib, peer_status, rib_history, updates.
  .tables        list all tables and views
  .schema NAME   the definition of a table or view
  .quit          leave the shell (or Ctrl-D)`;

export const sqlCommand: Command = {
  name: "sql",
  summary: "run read-only SQL; without a query, start a shell",
  arguments: [{
    name: "[QUERY]",
    doc: "one or more SQL statements; ip(), contains(), path_matches() and lpm() are available",
  }],
  options: databaseOptions,
  examples: [
    ['bgpd sql "SELECT prefix, next_hop, as_path FROM rib LIMIT 10"', "run one query"],
    ["bgpd sql \"SELECT * FROM rib WHERE prefix = lpm('192.0.2.7')\"", "find the routes to an address"],
    [
      "bgpd sql \"SELECT prefix FROM loc_rib WHERE contains('198.51.0.0/16', prefix)\"",
      "find the prefixes inside a prefix",
    ],
    ['bgpd sql --json "SELECT * FROM peer_status"', "print JSON"],
    ["echo 'SELECT count(*) FROM rib;' | bgpd sql", "read queries from a file or a program"],
    ["bgpd sql", "start a shell"],
  ],
  run(input, io) {
    return withDatabase(input, io, (reader) => {
      const query = input.words[0];
      return query === undefined ? shell(reader, input, io) : once(reader, query, input, io);
    });
  },
};

function once(reader: StoreReader, query: string, input: Input, io: Io): number {
  const { whole, rest } = splitStatements(query);
  const statements = [...whole, ...isBlank(rest) ? [] : [rest]];
  if (statements.length === 0) throw new CommandError("the query has no SQL statement");
  for (const statement of statements) runStatement(reader, statement, input, io);
  return 0;
}

async function shell(reader: StoreReader, input: Input, io: Io): Promise<number> {
  const isPerson = io.inputIsTerminal && io.outputIsTerminal;
  let failed = false;
  const attempt = (statement: string) => {
    try {
      runStatement(reader, statement, input, io);
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof CommandError)) throw error;
      io.message(`bgpd: ${error.message}`);
      failed = true;
    }
  };
  if (isPerson) io.write(`${shellHelp}\n${prompt}`);
  let pending = "";
  for await (const line of io.lines()) {
    if (pending === "" && line.trim().startsWith(".")) {
      const word = line.trim();
      if (word === ".quit" || word === ".exit") return 0;
      const query = dotCommand(word);
      if (query === undefined) io.message(shellHelp);
      else attempt(query);
    } else {
      const { whole, rest } = splitStatements(pending + line + "\n");
      for (const statement of whole) attempt(statement);
      pending = isBlank(rest) ? "" : rest;
    }
    if (isPerson) io.write(pending === "" ? prompt : continued);
  }
  if (pending.trim() !== "") attempt(pending);
  if (isPerson) io.write("\n");
  return failed && !isPerson ? 1 : 0;
}

function runStatement(reader: StoreReader, statement: string, input: Input, io: Io): void {
  const format: RowFormat = input.flag("json") ? "json" : io.outputIsTerminal ? "table" : "list";
  try {
    const result = reader.sql(statement);
    // ATTACH, VACUUM INTO and similar statements have no columns. SQLite would run them on a read-only database, too.
    if (result.columns.length === 0) throw new CommandError("only queries are allowed; the database is open read-only");
    printRows(result, format, io);
  } catch (error) {
    // The user wrote the statement, so the error is in the statement.
    throw error instanceof StoreRefusal ? new CommandError(`in the query: ${error.reason}`) : error;
  }
}

/** The query that answers a dot command. */
function dotCommand(line: string): string | undefined {
  const [word, name] = line.split(/\s+/);
  const visible = "name NOT LIKE 'sqlite_%'";
  if (word === ".tables") return `SELECT name, type FROM sqlite_schema WHERE type IN ('table','view') AND ${visible}`;
  if (word !== ".schema") return undefined;
  const filter = name === undefined ? visible : `name = '${name.replaceAll("'", "''")}'`;
  return `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND ${filter}`;
}

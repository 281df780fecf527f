/** The shell of `bgpd sql`: statements and dot commands, from a terminal or a pipe. */

import { nearest } from "../../../config/toml/errors.ts";
import { StoreError } from "../../../store/errors.ts";
import type { StoreReader } from "../../../store/mod.ts";
import { CommandError, type Io } from "../command.ts";
import { printRows, type RowFormat, rowFormats } from "../text/rows.ts";
import { paint, wideOutput } from "../text/table.ts";
import { caretLines, placeText, type SqlNames, sqlProblem } from "./sql_error.ts";
import { isBlank, splitStatements } from "./statements.ts";

const prompt = "bgpd> ", continued = "  ...> ";

const greeting = "Type SQL and end it with a semicolon; .help lists the other commands.";

const help = `  .tables          list the views, and the tables under them
  .schema [NAME]   show the definition of everything, or of one table or view
  .mode [MODE]     print rows as ${rowFormats.join(", ")}
  .headers on|off  print the names of the columns first (list, csv)
  .wide on|off     print whole cells, also where they do not fit the terminal
  .help            show this help
  .quit            leave the shell (or Ctrl-D)

Views: rib (received routes), loc_rib (best routes), adj_rib_in (before import
policy), rib_history, updates, peer_status, announcement_status.
Functions: ip(), contains(), path_matches(), lpm().
Keys: Tab completes a name. Up and down show earlier lines, Ctrl-R searches
them. Ctrl-A and Ctrl-E go to the start and the end, Ctrl-W deletes a word,
Ctrl-C drops the line.`;

const isRelation = "type IN ('table', 'view')";
const dotCommands = [".tables", ".schema", ".mode", ".headers", ".wide", ".help", ".quit", ".exit"];

export interface ShellOptions {
  readonly format: RowFormat;
  readonly headers: boolean;
  /** Whole cells on a terminal, too. */
  readonly wide: boolean;
}

function isOn(command: string, argument: string): boolean {
  if (argument === "on" || argument === "off") return argument === "on";
  throw new CommandError(`write ${command} on or ${command} off`);
}

export class SqlShell {
  readonly #reader: StoreReader;
  readonly #io: Io;
  #format: RowFormat;
  #headers: boolean;
  #wide: boolean;
  #failed = false;

  constructor(reader: StoreReader, options: ShellOptions, io: Io) {
    this.#reader = reader;
    this.#io = io;
    this.#format = options.format;
    this.#headers = options.headers;
    this.#wide = options.wide;
  }

  /** Reads statements until the end of the input. Returns the exit code. */
  async run(): Promise<number> {
    const isPerson = this.#io.inputIsTerminal && this.#io.outputIsTerminal;
    if (isPerson) await this.#fromTerminal();
    else await this.#fromPipe();
    return this.#failed && !isPerson ? 1 : 0;
  }

  /** Runs one statement. Throws {@link CommandError} with the place of an error. */
  statement(text: string): void {
    try {
      const result = this.#reader.sql(text);
      // ATTACH, VACUUM INTO and similar statements have no columns. SQLite would run them on a read-only database, too.
      if (result.columns.length === 0) {
        throw new CommandError("only queries are allowed; the database is open read-only");
      }
      const io = this.#wide ? wideOutput(this.#io) : this.#io;
      printRows(result, { format: this.#format, headers: this.#headers }, io);
    } catch (error) {
      throw this.#explained(text, error);
    }
  }

  async #fromPipe(): Promise<void> {
    let pending = "";
    for await (const line of this.#io.lines()) {
      const next = this.#line(pending, line);
      if (next === undefined) return;
      pending = next;
    }
    if (!isBlank(pending)) this.#attempt(() => this.statement(pending));
  }

  async #fromTerminal(): Promise<void> {
    // Other commands have no need of the line editor.
    const { LineReader } = await import("./line_reader.ts");
    const keywords = "SELECT FROM WHERE GROUP BY ORDER LIMIT DISTINCT JOIN LEFT COUNT LIKE BETWEEN".split(" ");
    const lines = new LineReader(this.#io, () => {
      const { tables, columns } = this.#names();
      return [...new Set([...dotCommands, ...tables, ...columns, ...keywords])].sort();
    });
    this.#io.write(`${paint(greeting, "dim", true)}\n`);
    let pending = "";
    for (;;) {
      const line = await lines.read(pending === "" ? prompt : continued);
      if (line === undefined) return;
      const next = line === "drop" ? "" : this.#line(pending, line.text);
      if (next === undefined) return;
      pending = next;
    }
  }

  /** Takes a line after the lines of an unfinished statement. Returns the unfinished rest; `undefined`: quit. */
  #line(pending: string, line: string): string | undefined {
    const typed = line.trim();
    // No statement begins with these words; other shells have them without the dot.
    const word = /^(exit|quit|help);?$/i.test(typed) ? `.${typed.replace(/;$/, "").toLowerCase()}` : typed;
    if (pending === "" && word.startsWith(".")) {
      if (word === ".quit" || word === ".exit") return undefined;
      this.#attempt(() => this.#dotCommand(word));
      return "";
    }
    const { whole, rest } = splitStatements(pending + line + "\n");
    for (const statement of whole) this.#attempt(() => this.statement(statement));
    return isBlank(rest) ? "" : rest;
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof CommandError)) throw error;
      this.#io.message(`bgpd: ${error.message}`);
      this.#failed = true;
    }
  }

  #dotCommand(line: string): void {
    const [word = "", ...rest] = line.split(/\s+/);
    const argument = rest.join(" ").replace(/;$/, "");
    switch (word) {
      case ".help":
        return this.#io.write(`${help}\n`);
      case ".tables":
        return this.statement(
          `SELECT name, type FROM sqlite_schema WHERE ${isRelation} AND name NOT LIKE 'sqlite_%'` +
            " ORDER BY type DESC, name",
        );
      case ".schema":
        return this.#schema(argument);
      case ".mode":
        return this.#mode(argument);
      case ".headers":
      case ".header":
        this.#headers = isOn(".headers", argument);
        return;
      case ".wide":
        this.#wide = isOn(word, argument);
        return;
      default: {
        const near = nearest(word, dotCommands);
        throw new CommandError(
          `unknown command "${word}"; ${near === undefined ? ".help lists the commands" : `did you mean ${near}?`}`,
        );
      }
    }
  }

  #schema(name: string): void {
    const rows = [
      ...this.#reader.sql(
        "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
      ).rows,
    ].filter(([each]) => name === "" || each === name);
    if (rows.length === 0) {
      const near = nearest(name, [...this.#names().tables]);
      throw new CommandError(
        `there is no table or view ${name}; ${near === undefined ? ".tables lists all" : `did you mean ${near}?`}`,
      );
    }
    for (const [, sql] of rows) this.#io.write(`${sql};\n`);
  }

  #mode(text: string): void {
    if (text === "") return this.#io.write(`${this.#format}\n`);
    const format = rowFormats.find((each) => each === text);
    if (format === undefined) throw new CommandError(`unknown mode "${text}"; the modes are ${rowFormats.join(", ")}`);
    this.#format = format;
  }

  #names(): SqlNames {
    const column = (sql: string) => [...this.#reader.sql(sql).rows].map(([name]) => String(name));
    return {
      tables: column(`SELECT name FROM sqlite_schema WHERE ${isRelation}`),
      columns: column(
        `SELECT DISTINCT c.name FROM sqlite_schema s JOIN pragma_table_info(s.name) c WHERE s.${isRelation}`,
      ),
    };
  }

  /** The user wrote the statement, so an error of SQLite is in the statement. */
  #explained(statement: string, error: unknown): unknown {
    const prepare = (text: string) => {
      try {
        void this.#reader.sql(text);
        return undefined;
      } catch (failure) {
        return failure instanceof StoreError && failure.cause instanceof Error ? failure.cause.message : undefined;
      }
    };
    const problem = sqlProblem(statement, error, prepare, () => this.#names());
    if (problem === undefined) return error;
    const { text, at } = problem;
    const sentence = `in the query${placeText(statement, at)}: ${text}`;
    if (at === undefined || !this.#io.messagesAreTerminal) return new CommandError(sentence);
    return new CommandError([sentence, ...caretLines(statement, at, this.#io.columns)].join("\n"));
  }
}

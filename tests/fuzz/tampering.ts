/** What another program may do to the database of a daemon, by kind. Each kind was seen or tried. */
import { DatabaseSync } from "node:sqlite";
import { findProgram } from "../support/process.ts";
import type { Random } from "./random.ts";

export interface Tampering {
  readonly name: string;
  readonly run: (path: string, random: Random) => void;
  /** What a start cannot know any more. A run knows its announcements whatever happens. */
  readonly losesAnnouncements?: true;
  /** A value that a run does not read: views may be empty until the next start, which finds it. */
  readonly hidesRoutes?: true;
  /**
   * Pages that a run has in its memory and therefore does not read again: queries may fail until the next start, which
   * finds the damage.
   */
  readonly isFoundLater?: true;
  /** What no start can be made over: it says why. */
  readonly refusesStart?: true;
}

const tables = [
  "peers",
  "peer_families",
  "routes",
  "prefixes",
  "attributes",
  "best",
  "history",
  "peer_events",
  "daemon",
];
const writtenTables = ["announcements", "configured_peers"];
/** Columns that hold numbers, by table. */
const numbers: Readonly<Record<string, readonly string[]>> = {
  peers: ["state_since", "hold_time", "messages_received"],
  peer_families: ["flushed_at", "routes", "stale_before", "cleaned_at"],
  routes: ["attribute_id", "received_at", "ineligible"],
  prefixes: ["hi", "len", "family"],
  attributes: ["origin_as", "med", "retired_at"],
  best: ["peer_id", "step", "since"],
  history: ["valid_from", "prefix_id"],
  peer_events: ["id", "at"],
  daemon: ["value"],
};

function sql(path: string, text: string): void {
  const db = new DatabaseSync(path, { timeout: 5000 });
  try {
    db.exec(text);
  } finally {
    db.close();
  }
}

function columnsOf(path: string, table: string): string[] {
  return namesOf(path, `SELECT name FROM pragma_table_info('${table}')`);
}

function namesOf(path: string, query: string): string[] {
  const db = new DatabaseSync(path, { timeout: 5000 });
  try {
    return db.prepare(query).all().map((row) => String(row["name"]));
  } finally {
    db.close();
  }
}

function overwrite(path: string, from: number, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(from, Deno.SeekMode.Start);
  file.writeSync(bytes);
}

export const tamperings: readonly Tampering[] = [
  {
    name: "a trigger that raises",
    run: (path, random) => {
      const table = random.pick([...tables, ...writtenTables]);
      const what = random.pick(["INSERT", "UPDATE", "DELETE"]);
      sql(path, `CREATE TRIGGER nasty BEFORE ${what} ON ${table} BEGIN SELECT RAISE(ABORT, 'no'); END`);
    },
  },
  {
    name: "a trigger that deletes",
    run: (path) =>
      sql(
        path,
        "CREATE TRIGGER quiet AFTER INSERT ON routes BEGIN DELETE FROM routes WHERE prefix_id = NEW.prefix_id; END",
      ),
  },
  {
    name: "a renamed column",
    run: (path, random) => {
      const table = random.pick([...tables, ...writtenTables]);
      // No view is in the way of who knows how.
      sql(
        path,
        `PRAGMA legacy_alter_table = ON; ALTER TABLE ${table} RENAME COLUMN ${
          random.pick(columnsOf(path, table))
        } TO other`,
      );
    },
  },
  {
    name: "a dropped column",
    losesAnnouncements: true,
    run: (path, random) => {
      const [table, column] = random.pick([
        ["announcements", "next_hop"],
        ["announcements", "communities"],
        ["announcements", "source"],
        ["attributes", "med"],
        ["routes", "ineligible"],
        ["peers", "state"],
        ["daemon", "value"],
      ]);
      // One transaction: a running daemon creates the views again as soon as it sees that one is missing.
      const drops = ["view", "trigger"].flatMap((type) =>
        namesOf(path, `SELECT name FROM sqlite_schema WHERE type = '${type}'`).map((name) => `DROP ${type} ${name}; `)
      ).join("");
      sql(path, `BEGIN IMMEDIATE; ${drops}ALTER TABLE ${table} DROP COLUMN ${column}; COMMIT`);
    },
  },
  {
    name: "a dropped table",
    losesAnnouncements: true,
    run: (path, random) =>
      sql(path, `DROP TABLE ${random.pick([...tables, ...writtenTables, "words", "families", "flushes"])}`),
  },
  {
    name: "a table of that name with other columns",
    losesAnnouncements: true,
    run: (path, random) => {
      const table = random.pick([...tables, ...writtenTables]);
      sql(path, `DROP TABLE ${table}; CREATE TABLE ${table}(a, b CHECK(b > 5)); INSERT INTO ${table} VALUES(1, 7)`);
    },
  },
  {
    name: "huge integers",
    hidesRoutes: true,
    run: (path, random) => {
      const table = random.pick(Object.keys(numbers));
      const value = random.pick(["9223372036854775807", "-9223372036854775808", "9007199254740993"]);
      sql(path, `UPDATE OR IGNORE ${table} SET ${random.pick(numbers[table]!)} = ${value}`);
    },
  },
  {
    name: "a huge id in every table",
    run: (path) =>
      sql(
        path,
        "INSERT INTO announcements(id, prefix) VALUES(9223372036854775807, '203.0.113.0/24');" +
          "INSERT INTO peer_events(id, at, kind, text) VALUES(9223372036854775807, 1, 'state', 'x');" +
          "INSERT INTO attributes(id, wire) VALUES(9223372036854775807, x'00');" +
          "INSERT INTO history VALUES(9223372036854775807, 9223372036854775807, 1, 1, 1, -1, 1, 0)",
      ),
  },
  {
    name: "wrong types",
    hidesRoutes: true,
    run: (path, random) => {
      const table = random.pick(Object.keys(numbers));
      const value = random.pick(["'ten'", "x'00ff'", "1.5", "''", "1e300"]);
      sql(path, `UPDATE OR IGNORE ${table} SET ${random.pick(numbers[table]!)} = ${value}`);
    },
  },
  {
    name: "NULLs",
    run: (path, random) => {
      const [table, column] = random.pick([
        ["daemon", "value"],
        ["peers", "state_since"],
        ["peers", "remote_as"],
        ["attributes", "as_path"],
        ["attributes", "origin_as"],
        ["peer_families", "eor_at"],
      ]);
      sql(path, `UPDATE ${table} SET ${column} = NULL`);
    },
  },
  {
    name: "a view that says something else",
    run: (path, random) => {
      const view = random.pick(["rib", "loc_rib", "peer_status", "rib_history"]);
      sql(path, `DROP VIEW ${view}; CREATE VIEW ${view} AS SELECT 'nonsense' AS prefix`);
    },
  },
  { name: "a table in the place of a view", run: (path) => sql(path, "DROP VIEW rib; CREATE TABLE rib(prefix)") },
  {
    name: "a view in the place of a table",
    losesAnnouncements: true,
    run: (path, random) => {
      const table = random.pick(["best", "announcements", "daemon", "configured_peers"]);
      sql(
        path,
        `DROP TABLE ${table}; CREATE VIEW ${table} AS` +
          " WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id FROM n",
      );
    },
  },
  {
    name: "a unique index",
    run: (path) =>
      sql(path, "CREATE UNIQUE INDEX one_each ON routes(peer_id, ineligible, prefix_id % 2) WHERE peer_id > 5"),
  },
  {
    name: "an index that is another",
    run: (path) =>
      sql(path, "DROP INDEX IF EXISTS prefixes_key; CREATE UNIQUE INDEX prefixes_key ON prefixes(id, family)"),
  },
  {
    name: "an index that is gone",
    run: (path) => sql(path, "DROP INDEX attributes_retired; DROP INDEX IF EXISTS prefixes_text"),
  },
  {
    name: "a schema that cannot be read",
    losesAnnouncements: true,
    run: (path) => {
      // The driver of the tests does not allow it; whoever has no sqlite3 has a file of noise instead.
      if (findProgram("sqlite3") === undefined) return Deno.writeTextFileSync(path, "noise");
      const text = "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE' WHERE name = 'best'";
      new Deno.Command("sqlite3", { args: ["-cmd", ".dbconfig defensive off", path, text] }).outputSync();
    },
  },
  {
    name: "rows that are gone",
    hidesRoutes: true,
    run: (path, random) => sql(path, `DELETE FROM ${random.pick([...tables, "words", "families"])}`),
  },
  {
    name: "statistics that make no sense",
    run: (path) => sql(path, "UPDATE sqlite_stat1 SET stat = 'x'; DELETE FROM sqlite_stat1 WHERE tbl = 'peers'"),
  },
  {
    name: "a file cut off at its begin",
    losesAnnouncements: true,
    run: (path) => Deno.truncateSync(path, 0),
  },
  {
    name: "a file cut off in the middle",
    losesAnnouncements: true,
    isFoundLater: true,
    run: (path, random) => Deno.truncateSync(path, random.below(Deno.statSync(path).size)),
  },
  {
    name: "pages overwritten",
    losesAnnouncements: true,
    // The texts of the views take many of the pages of this small database, and a run reads them once.
    isFoundLater: true,
    run: (path, random) => {
      for (let left = 1 + random.below(5); left > 0; left--) {
        overwrite(path, random.below(Deno.statSync(path).size / 4096) * 4096, random.octets(4096));
      }
    },
  },
  {
    name: "octets overwritten",
    losesAnnouncements: true,
    // The texts of the views take many of the pages of this small database, and a run reads them once.
    isFoundLater: true,
    run: (path, random) => {
      for (let left = 20; left > 0; left--) overwrite(path, random.below(Deno.statSync(path).size), random.octets(4));
    },
  },
  {
    name: "a log that is gone",
    losesAnnouncements: true,
    run: (path) => {
      for (const end of ["-wal", "-shm"]) {
        try {
          Deno.removeSync(path + end);
        } catch {
          // The daemon that stopped has taken it away.
        }
      }
    },
  },
  {
    name: "a log of noise",
    losesAnnouncements: true,
    run: (path, random) => {
      try {
        overwrite(`${path}-wal`, 0, random.octets(20_000));
      } catch {
        Deno.writeFileSync(`${path}-wal`, random.octets(20_000));
      }
    },
  },
  { name: "a file that is gone", losesAnnouncements: true, run: (path) => Deno.removeSync(path) },
  {
    name: "a folder in its place",
    refusesStart: true,
    run: (path) => {
      Deno.removeSync(path);
      Deno.mkdirSync(path);
    },
  },
];

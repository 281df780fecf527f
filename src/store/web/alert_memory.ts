/**
 * The web process's own database: which alerts fire and fired, what webhooks still get, and how many routes peers had.
 * It stands beside the router's database, which the web process never writes. It is bounded: of alerts that ended, the
 * last ones stay.
 */

import type { Millis } from "../../types/mod.ts";
import { StoreCorrupt, StoreError } from "../errors.ts";
import { defaultAccess, makeFile, setAside } from "../files.ts";
import { asInteger } from "../read/cells.ts";
import { Columns, integer, integerOrNull, type Row, text, textOrNull } from "../read/columns.ts";
import { Database, type SqlRow } from "../sqlite.ts";

/** An alert that fires or fired, about one subject. */
export interface AlertRecord extends Omit<Row<typeof recordColumns>, "peers"> {
  /** Who announces it, 10 at most. */
  readonly peers: readonly string[];
}

const recordColumns = {
  /** Stable, and never used again. */
  id: text("id"),
  /** The name of the alert in the configuration. */
  name: text("name"),
  kind: text("kind"),
  /** What it is about: a prefix and an origin, a peer. An alert has one firing record for each subject. */
  subject: text("subject"),
  /** A sentence. */
  text: text("text"),
  severity: text("severity"),
  /** Since when it is wrong, by the data of the router. */
  since: integer("since"),
  firedAt: integer("fired_at"),
  /** When it was right again; `null`: it fires. */
  until: integerOrNull("until"),
  prefix: textOrNull("prefix"),
  peers: text("peers"),
  origin: integerOrNull("origin_as"),
  asPath: textOrNull("as_path"),
  /** How many messages webhooks took, and how many could not be delivered. */
  delivered: integer("delivered"),
  failed: integer("failed"),
  /** Why a message could not be delivered. */
  error: textOrNull("error"),
};

const deliveryColumns = {
  id: integer("id"),
  alertId: text("alert_id"),
  /** Which webhook: the name of the alert, and its place among the webhooks of this alert. */
  target: text("target"),
  body: text("body"),
  at: integer("at"),
  attempts: integer("attempts"),
  nextAt: integer("next_at"),
};

/** A message that a webhook still gets. */
export type Delivery = Row<typeof deliveryColumns>;

export interface CountSample {
  readonly subject: string;
  readonly at: Millis;
  readonly routes: number;
}

const records = new Columns(recordColumns);
const deliveries = new Columns(deliveryColumns);

/** "bgwb" */
const applicationId = 0x62677762;
const version = 1;
/** So many alerts that ended stay. */
const keptEnded = 1_000;

const schema = `
CREATE TABLE alerts(
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  severity TEXT NOT NULL,
  since INTEGER NOT NULL,
  fired_at INTEGER NOT NULL,
  until INTEGER,
  prefix TEXT,
  peers TEXT NOT NULL,
  origin_as INTEGER,
  as_path TEXT,
  delivered INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  error TEXT
) WITHOUT ROWID;
CREATE INDEX alerts_until ON alerts(until);
CREATE TABLE deliveries(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  alert_id TEXT NOT NULL,
  target TEXT NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL
);
CREATE TABLE problems(name TEXT PRIMARY KEY, text TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE route_counts(
  name TEXT NOT NULL,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  routes INTEGER NOT NULL,
  PRIMARY KEY(name, subject, at)
) WITHOUT ROWID;
PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${version};
`;

/** `bgpd.db` → `bgpd.web.db`. */
export function webDatabaseOf(database: string): string {
  return /\.db$/.test(database) ? database.replace(/\.db$/, ".web.db") : `${database}.web.db`;
}

export class AlertMemory {
  readonly #db: Database;
  #isOpen = false;

  /** Throws {@link StoreError} where the file cannot be written, or belongs to another program. */
  constructor(path: string) {
    makeFile(path, defaultAccess);
    try {
      this.#db = openOwn(path);
    } catch (error) {
      if (!(error instanceof StoreCorrupt)) throw error;
      // Its content is worth less than alerts that go on.
      setAside(path, "corrupt", Date.now());
      makeFile(path, defaultAccess);
      this.#db = openOwn(path);
    }
  }

  firing(): AlertRecord[] {
    return this.#db.prepare(`SELECT ${records.sql} FROM alerts WHERE until IS NULL`).all().map(readRecord);
  }

  fire(record: AlertRecord): void {
    const { id, name, kind, subject, text, severity, since, firedAt, until, prefix, peers, origin, asPath } = record;
    this.#db.prepare(
      "INSERT INTO alerts(id, name, kind, subject, text, severity, since, fired_at, until, prefix, peers, origin_as," +
        " as_path) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(
      ...[id, name, kind, subject, text, severity, since, firedAt, until],
      ...[prefix, JSON.stringify(peers), origin, asPath],
    );
  }

  /** What is seen of an alert that goes on firing. */
  update({ id, text, peers, origin, asPath }: Pick<AlertRecord, "id" | "text" | "peers" | "origin" | "asPath">): void {
    this.#db.prepare("UPDATE alerts SET text = ?, peers = ?, origin_as = ?, as_path = ? WHERE id = ?")
      .run(text, JSON.stringify(peers), origin, asPath, id);
  }

  end(id: string, until: Millis): void {
    this.#db.prepare("UPDATE alerts SET until = ? WHERE id = ?").run(until, id);
    this.#db.prepare(
      "DELETE FROM alerts WHERE until <= (SELECT until FROM alerts WHERE until IS NOT NULL ORDER BY until DESC" +
        ` LIMIT 1 OFFSET ${keptEnded})`,
    ).run();
  }

  /** Returns the message with its number. */
  queue(message: Omit<Delivery, "id" | "attempts">): Delivery {
    const { alertId, target, body, at, nextAt } = message;
    const row = this.#db.prepare(
      `INSERT INTO deliveries(alert_id, target, body, at, next_at) VALUES(?, ?, ?, ?, ?) RETURNING ${deliveries.sql}`,
    ).get(alertId, target, body, at, nextAt);
    if (row === undefined) throw new StoreError("the message was not stored");
    return deliveries.read(row);
  }

  /** The messages that webhooks still get, in the order in which they were queued. */
  waiting(): Delivery[] {
    return this.#db.prepare(`SELECT ${deliveries.sql} FROM deliveries ORDER BY id`).all()
      .map((row) => deliveries.read(row));
  }

  delivered({ id, alertId }: Delivery): void {
    this.#together(() => {
      this.#db.prepare("DELETE FROM deliveries WHERE id = ?").run(id);
      this.#db.prepare("UPDATE alerts SET delivered = delivered + 1 WHERE id = ?").run(alertId);
    });
  }

  /** Tries the message again later. */
  retry({ id, alertId }: Delivery, attempts: number, nextAt: Millis, error: string): void {
    this.#together(() => {
      this.#db.prepare("UPDATE deliveries SET attempts = ?, next_at = ? WHERE id = ?").run(attempts, nextAt, id);
      this.#db.prepare("UPDATE alerts SET error = ? WHERE id = ?").run(error, alertId);
    });
  }

  /** Gives a message up. */
  giveUp({ id, alertId }: Delivery, error: string): void {
    this.#together(() => {
      this.#db.prepare("DELETE FROM deliveries WHERE id = ?").run(id);
      this.#db.prepare("UPDATE alerts SET failed = failed + 1, error = ? WHERE id = ?").run(error, alertId);
    });
  }

  /** How many routes each subject of an alert had, the oldest first. */
  counts(name: string): CountSample[] {
    return this.#db.prepare("SELECT subject, at, routes FROM route_counts WHERE name = ? ORDER BY at").all(name)
      .map(([subject, at, routes]) => ({
        subject: String(subject),
        at: asInteger(at),
        routes: asInteger(routes),
      }));
  }

  /** Adds numbers of routes, and forgets those before a time. */
  keepCounts(name: string, samples: readonly CountSample[], from: Millis): void {
    this.#together(() => {
      const insert = this.#db.prepare("INSERT OR REPLACE INTO route_counts(name, subject, at, routes) VALUES(?,?,?,?)");
      for (const { subject, at, routes } of samples) insert.run(name, subject, at, routes);
      this.#db.prepare("DELETE FROM route_counts WHERE name = ? AND at < ?").run(name, from);
    });
  }

  /** Forgets the numbers of alerts that are none of these. */
  keepCountsOf(names: readonly string[]): void {
    this.#db.prepare("DELETE FROM route_counts WHERE name NOT IN (SELECT value FROM json_each(?))")
      .run(JSON.stringify(names));
  }

  /** Why an alert cannot be looked at; `undefined`: it can. */
  problem(name: string, text: string | undefined, now: Millis): void {
    if (text === undefined) this.#db.prepare("DELETE FROM problems WHERE name = ?").run(name);
    else {
      this.#db.prepare(
        "INSERT INTO problems(name, text, since) VALUES(?, ?, ?) ON CONFLICT(name) DO UPDATE SET text = excluded.text",
      ).run(name, text, now);
    }
  }

  forgetProblems(): void {
    this.#db.exec("DELETE FROM problems");
  }

  /** What is written from now on stays only together; until {@link commit}. */
  begin(): void {
    this.#db.exec("BEGIN IMMEDIATE");
    this.#isOpen = true;
  }

  commit(): void {
    this.#isOpen = false;
    this.#db.exec("COMMIT");
  }

  #together(work: () => void): void {
    if (this.#isOpen) work();
    else this.#db.transaction(work);
  }

  close(): void {
    this.#db.close();
  }
}

/** What the API shows. */
export interface StoredAlerts {
  readonly active: readonly AlertRecord[];
  /** The last ones, the newest first. */
  readonly ended: readonly AlertRecord[];
  /** How many messages webhooks still get, by alert. */
  readonly waiting: ReadonlyMap<string, number>;
  /** Alerts that cannot be looked at. */
  readonly problems: readonly AlertProblem[];
}

export interface AlertProblem {
  readonly name: string;
  readonly text: string;
  readonly since: Millis;
}

/** The alerts as they are now; `undefined`: there are none, because no web process with alerts has run. */
export function storedAlerts(path: string, mostEnded: number): StoredAlerts | undefined {
  try {
    Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const db = new Database(path, { readOnly: true, busyTimeoutMs: 1_000 });
  try {
    if (Number(db.value("PRAGMA user_version")) !== version) return undefined;
    const alerts = (rest: string) => db.prepare(`SELECT ${records.sql} FROM alerts ${rest}`).all().map(readRecord);
    return {
      active: alerts("WHERE until IS NULL ORDER BY fired_at DESC, id"),
      ended: alerts(`WHERE until IS NOT NULL ORDER BY until DESC LIMIT ${mostEnded}`),
      waiting: new Map(
        db.prepare("SELECT alert_id, count(*) FROM deliveries GROUP BY alert_id").all()
          .map(([id, count]) => [String(id), asInteger(count)]),
      ),
      problems: db.prepare("SELECT name, text, since FROM problems ORDER BY since").all()
        .map(([name, text, since]) => ({ name: String(name), text: String(text), since: asInteger(since) })),
    };
  } finally {
    db.close();
  }
}

function openOwn(path: string): Database {
  const db = new Database(path, { busyTimeoutMs: 2_000 });
  try {
    const application = Number(db.value("PRAGMA application_id")), found = Number(db.value("PRAGMA user_version"));
    const isEmpty = Number(db.value("SELECT count(*) FROM sqlite_schema")) === 0;
    if (!isEmpty && application !== applicationId) throw new StoreError(`${path} is not the database of a bgpd web`);
    if (found > version) throw new StoreError(`${path} was written by a newer bgpd web`);
    // The last change may be lost where the machine loses its power; it then fires again.
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    if (isEmpty) db.transaction(() => db.exec(schema));
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function readRecord(row: SqlRow): AlertRecord {
  const record = records.read(row);
  return { ...record, peers: namesIn(record.peers) };
}

function namesIn(json: string): string[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.map(String) : [];
}

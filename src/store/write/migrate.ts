/** Creates the schema in an empty file, and migrates a database of an older version. */

import { families } from "../../types/mod.ts";
import { StoreError } from "../errors.ts";
import schema from "../schema.sql" with { type: "text" };
import { applicationId, refusalOf, schemaVersion } from "../schema_version.ts";
import { type Database, quotedName } from "../sqlite.ts";
import { seedStatistics } from "../indexes.ts";
import { migrations } from "./migrations.ts";

/**
 * Creates the schema in an empty file, or migrates an older database, one transaction for each version. Throws
 * {@link StoreError} where the file is not a bgpd database or a newer bgpd wrote it.
 */
export function migrate(db: Database, note: (text: string) => void): void {
  const version = Number(db.value("PRAGMA user_version"));
  const id = Number(db.value("PRAGMA application_id"));
  const objects = Number(db.value("SELECT count(*) FROM sqlite_schema"));
  if (objects === 0 && version === 0) return create(db);
  const refusal = refusalOf(db.path, id, version);
  if (refusal !== undefined) throw new StoreError(refusal);
  if (version === schemaVersion) return;
  const operatorViews = viewsOfOperator(db, version);
  // References in triggers and views of the operator keep the names that they have.
  db.exec("PRAGMA legacy_alter_table = ON");
  for (let from = version; from < schemaVersion; from++) {
    const step = migrations.find((migration) => migration.from === from);
    if (step === undefined) {
      throw new StoreError(`${db.path} has schema ${from}, which this bgpd cannot migrate: start an older bgpd once`);
    }
    note(`migrating ${db.path} from schema ${from} to ${from + 1}`);
    db.transaction(() => {
      // A view refers to columns that a step may change, so every view is created again after the last step.
      for (const view of viewNames(db)) db.exec(`DROP VIEW ${quotedName(view)}`);
      for (const name of dropTriggers(db)) note(`somebody altered the database ${db.path}: trigger ${name} is dropped`);
      renameTables(db, from + 1);
      step.migrate(db);
      if (from + 1 === schemaVersion) {
        for (const sql of [...triggers.values(), views, ...operatorViews]) db.exec(sql);
        if (version < 9) { for (const sql of operatorViews) noteFamily(sql, note); }
      }
      db.exec(`PRAGMA user_version = ${from + 1}`);
    });
  }
  db.exec("PRAGMA legacy_alter_table = OFF");
}

const views = schema.slice(schema.indexOf("CREATE VIEW"));

/** The triggers of the schema by name. */
const triggers = new Map([...schema.matchAll(/CREATE TRIGGER (\w+).*?\nEND;/gs)].map(([sql, name]) => [name, sql]));

/**
 * Tables and views that a version added. In older databases an operator may have given that name to a table or a view.
 */
const added = [
  { name: "lost_routes", since: 6 },
  ...[
    "nlri",
    "attribute_details",
    "nlri_rib",
    "nlri_adj_rib_in",
    "vpn",
    "labeled",
    "flowspec",
    "evpn",
    "other_routes",
    "lost_prefixes",
    "lost_nlri",
    "nlri_history",
  ]
    .map((name) => ({ name, since: 9 })),
  ...["vrp_intervals", "aspa_intervals", "rpki_sources", "vrps", "aspas", "vrp_history", "aspa_history"]
    .map((name) => ({ name, since: 10 })),
  ...["router_states", "router_peer_states", "router_routes", "router_events", "routers", "router_peers"]
    .map((name) => ({ name, since: 11 })),
  ...["monitored_rib", "monitored_nlri", "monitored_history", "policy_effect"].map((name) => ({ name, since: 11 })),
];

/** The name of such a table or view from now on. */
const freed = ({ name, since }: typeof added[number]) => `${name}_before_schema_${since}`;

/** The statements that create the views of the operator: every view that was not part of the schema. */
function viewsOfOperator(db: Database, version: number): string[] {
  return db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'view'").all().flatMap(([name, sql]) => {
    const taken = added.find((each) => each.name === String(name).toLowerCase() && version < each.since);
    if (taken !== undefined) return [String(sql).replace(/(?<=^CREATE VIEW )["'`[]?\w+["'`\]]?/, freed(taken))];
    return views.includes(`CREATE VIEW ${name} AS`) ? [] : [String(sql)];
  });
}

/** A view of the operator that compares `family` with a number finds nothing since version 9. */
function noteFamily(sql: string, note: (text: string) => void): void {
  if (!/\bfamily\b/i.test(sql)) return;
  const name = /^CREATE VIEW\s+(\S+)/i.exec(sql)?.[1] ?? "";
  note(`your view ${name} uses the column family, which is a text now; the number is in the column family_id`);
}

/** Renames tables of the operator that have the name of a table or view that this version adds. */
function renameTables(db: Database, version: number): void {
  for (const each of added) {
    if (each.since !== version) continue;
    if (db.value("SELECT 1 FROM sqlite_schema WHERE lower(name) = ? AND type = 'table'", each.name) === null) continue;
    db.exec(`ALTER TABLE ${each.name} RENAME TO ${freed(each)}`);
  }
}

/**
 * Drops the triggers on tables of the schema, as the repair of a running database does (`alterations.ts`). A trigger
 * that fails would end the migration. The triggers of the schema are created again after the last step. Returns the
 * names of the others.
 */
function dropTriggers(db: Database): string[] {
  const found = db.prepare("SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger'").all();
  const names = found.filter(([, table]) => schema.includes(`CREATE TABLE ${table}(`)).map(([name]) => String(name));
  for (const name of names) db.exec(`DROP TRIGGER ${quotedName(name)}`);
  return names.filter((name) => !triggers.has(name));
}

function viewNames(db: Database): string[] {
  return db.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'").all().map(([name]) => String(name));
}

function create(db: Database): void {
  // This pragma has to come before the first table. The history is trimmed all the time, and the file has to shrink
  // with it. It costs about a tenth of the time of writing routes.
  db.exec("PRAGMA auto_vacuum = INCREMENTAL");
  db.transaction(() => {
    db.exec(schema);
    const insert = db.prepare("INSERT INTO families(id, name) VALUES(?, ?)");
    for (const { id, name } of families) insert.run(id, name);
    seedStatistics(db);
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
  });
}

/** An AS in the table: what it originates, and its neighbours in the AS paths. In slices, as `route_slices.ts` has. */

import type { Database } from "../sqlite.ts";

export interface OriginatedPrefix {
  readonly prefix: string;
  readonly family: string;
}

/** Attribute sets of an AS that originates routes, with the numbers of routes that have them. */
export interface OriginPath {
  readonly asPath: string;
  readonly peer: string;
  readonly routes: number;
}

/** The prefixes that an AS originates, in the order in which they arrived; `limit` at most. */
export function prefixesOfOrigin(db: Database, asn: number, limit: number): OriginatedPrefix[] {
  return db.prepare(
    "SELECT DISTINCT x.prefix, n.name FROM attributes a CROSS JOIN routes r ON r.attribute_id = a.id" +
      " CROSS JOIN prefixes x ON x.id = r.prefix_id CROSS JOIN families n ON n.id = x.family" +
      " WHERE a.origin_as = ?1 LIMIT ?2",
  ).all(asn, limit).map(([prefix, family]) => ({ prefix: String(prefix), family: String(family) }));
}

/** How many prefixes an AS originates, by family. */
export function countOfOrigin(db: Database, asn: number): { family: string; prefixes: number }[] {
  return db.prepare(
    "SELECT n.name, count(DISTINCT x.id) FROM attributes a CROSS JOIN routes r ON r.attribute_id = a.id" +
      " CROSS JOIN prefixes x ON x.id = r.prefix_id CROSS JOIN families n ON n.id = x.family" +
      " WHERE a.origin_as = ?1 GROUP BY x.family ORDER BY x.family",
  ).all(asn).map(([family, prefixes]) => ({ family: String(family), prefixes: Number(prefixes) }));
}

/** The paths to an origin, by peer. */
export function pathsOfOrigin(db: Database, asn: number): OriginPath[] {
  return db.prepare(
    "SELECT a.as_path, p.name, count(*) FROM attributes a CROSS JOIN routes r ON r.attribute_id = a.id" +
      " CROSS JOIN peers p ON p.id = r.peer_id WHERE a.origin_as = ?1 GROUP BY a.as_path, p.id",
  ).all(asn).map(([asPath, peer, routes]) => ({ asPath: String(asPath), peer: String(peer), routes: Number(routes) }));
}

/** Attribute sets of one slice. */
const setsScanned = 20_000;

/** The AS paths that contain an AS, some at a time, with the numbers of routes that have them. */
export function* pathsThrough(db: Database, asn: number): Generator<{ asPath: string; routes: number }[]> {
  const last = Number(db.value("SELECT max(id) FROM attributes") ?? 0);
  const find = db.prepare(
    "SELECT a.as_path, (SELECT count(*) FROM routes r WHERE r.attribute_id = a.id) FROM attributes a" +
      " WHERE a.id > ?1 AND a.id <= ?2 AND instr(' ' || a.as_path || ' ', ?3)",
  );
  for (let after = 0; after < last; after += setsScanned) {
    yield find.all(after, after + setsScanned, ` ${asn} `)
      .map(([asPath, routes]) => ({ asPath: String(asPath), routes: Number(routes) }))
      .filter(({ routes }) => routes > 0);
  }
}

/** What a word of people can mean: peers, groups and routers by name, address or description. */

import type { Database } from "../sqlite.ts";
import { asTextOrNull } from "./cells.ts";

export interface NamedThing {
  readonly kind: "peer" | "router";
  readonly name: string;
  readonly description: string | null;
  readonly address: string | null;
  readonly asn: number | null;
  readonly state: string;
}

/** Peers and routers one of whose texts contains a word; those whose name begins with it come first. */
export function thingsNamed(db: Database, word: string, limit: number): NamedThing[] {
  const escaped = word.replaceAll(/[\\%_]/g, (letter) => `\\${letter}`);
  return db.prepare(
    "SELECT kind, name, description, address, asn, state FROM (" +
      "SELECT 'peer' AS kind, name, description, remote_ip AS address, remote_as AS asn, state, peer_group AS more" +
      " FROM peers WHERE id <> 0 AND state <> 'Removed' UNION ALL" +
      " SELECT 'router', router, description, address, NULL, state, sys_name FROM routers)" +
      " WHERE name LIKE ?1 ESCAPE '\\' OR description LIKE ?1 ESCAPE '\\' OR address LIKE ?1 ESCAPE '\\'" +
      " OR more LIKE ?1 ESCAPE '\\' ORDER BY name NOT LIKE ?2 ESCAPE '\\', name LIMIT ?3",
  ).all(`%${escaped}%`, `${escaped}%`, limit).map(([kind, name, description, address, asn, state]) => ({
    kind: kind === "router" ? "router" : "peer",
    name: String(name),
    description: asTextOrNull(description),
    address: asTextOrNull(address),
    asn: asn === null ? null : Number(asn),
    state: String(state),
  }));
}

/** The peers of an AS. */
export function peersOfAs(db: Database, asn: number): { name: string; state: string }[] {
  return db.prepare("SELECT name, state FROM peers WHERE remote_as = ? AND id <> 0 AND state <> 'Removed'").all(asn)
    .map(([name, state]) => ({ name: String(name), state: String(state) }));
}

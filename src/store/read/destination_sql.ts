/**
 * SQL for rows that name their destination by its id alone: a plain prefix is a row x of `prefixes`, any other
 * destination a row n of `nlri`.
 */

/** The joins to both tables. `setId`: an expression for the id of the attribute set. */
export function destinationJoins(setId: string, id = "c.prefix_id"): string {
  return `LEFT JOIN prefixes x ON x.id = ${id} LEFT JOIN nlri n ON n.id = ${id}` +
    ` LEFT JOIN attribute_details d ON n.id IS NOT NULL AND d.id = ${setId}`;
}

/** The columns prefix, nlri, rd, labels and family of these joins. */
export const destination =
  "coalesce(x.prefix, n.prefix) AS prefix, coalesce(x.prefix, n.nlri) AS nlri, n.rd, d.labels," +
  " (SELECT name FROM families WHERE id = coalesce(x.family, n.family)) AS family";

/** A query for the ids of a prefix in every family. `prefix`: its parameter. */
export function idsOfPrefix(prefix: string): string {
  return `SELECT id FROM prefixes WHERE prefix = ${prefix} UNION ALL SELECT id FROM nlri WHERE prefix = ${prefix}`;
}

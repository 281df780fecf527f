/** The family of a destination, which is a row of `prefixes` or of `nlri`. */

/** An expression of SQL for the family of the destination with this id; NULL: there is no such destination. */
export function familyOf(id: string): string {
  // The second table is read only where the first has no row.
  return `coalesce((SELECT family FROM prefixes WHERE id = ${id}), (SELECT family FROM nlri WHERE id = ${id}))`;
}

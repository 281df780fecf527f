/** Each fourth seed plays on SQLite, the others on a model of it, which is faster and stricter. */
export function onSqlite(seed: number): boolean {
  return seed % 4 === 0;
}

/** The path of the Unix socket of a daemon: beside its database, so that commands find it by the database. */
export function controlSocketPath(database: string): string {
  return `${database}.sock`;
}

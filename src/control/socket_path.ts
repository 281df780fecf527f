/** Where the Unix socket of a daemon stands: beside its database, so that whoever finds the one finds the other. */
export function controlSocketPath(database: string): string {
  return `${database}.sock`;
}

/** SQL that shows a column of milliseconds since 1970 as ISO 8601 text (UTC). */
export function isoTime(column: string): string {
  return `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`;
}

/** The column `expires_at`: when an announcement is withdrawn by itself. */

/** ISO 8601, also as SQLite's `datetime()` writes it: a blank in place of the T, and no time zone, which means UTC. */
const form = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?\s*(Z|[+-]\d\d:\d\d)?$/i;

/** Milliseconds since 1970; `undefined`: the text is no time. */
export function parseExpiry(text: string): number | undefined {
  const [, date, minutes, seconds = ":00", zone = "Z"] = form.exec(text) ?? [];
  if (date === undefined) return undefined;
  const at = Date.parse(`${date}T${minutes}${seconds}${zone.toUpperCase()}`);
  // JavaScript takes 31 February for 3 March.
  const isReal = Number.isFinite(at) && new Date(`${date}T00:00Z`).toISOString().startsWith(date);
  return isReal ? at : undefined;
}

/** The form in which bgpd writes a time into the column. */
export function formatExpiry(at: number): string {
  return new Date(at).toISOString();
}

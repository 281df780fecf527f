/** Writes values as TOML: what a command or a request says about a peer, as lines of the configuration. */

/**
 * Writes `key = value` lines. A value that TOML does not have (`null`) is written as it is, and the parser reports it.
 */
export function tomlLines(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values).map(([key, value]) => `${keyText(key)} = ${valueText(value)}\n`).join("");
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, entry]) => `${keyText(key)} = ${valueText(entry)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  // A JSON string is a TOML string, except for the one control character that JSON does not escape.
  return typeof value === "string" ? JSON.stringify(value).replaceAll("\x7f", "\\u007f") : String(value);
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : valueText(key);
}

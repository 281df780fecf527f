/** Values as TOML: what a command or a request says of a peer, in the words of the configuration. */

/** `key = value` lines. What TOML does not have (`null`, a date) is written as it is, for the parser to complain about. */
export function tomlLines(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values).map(([key, value]) => `${keyText(key)} = ${valueText(value)}\n`).join("");
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, entry]) => `${keyText(key)} = ${valueText(entry)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  // A string of JSON is one of TOML, but for the one control character that JSON leaves as it is.
  return typeof value === "string" ? JSON.stringify(value).replaceAll("\x7f", "\\u007f") : String(value);
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : valueText(key);
}

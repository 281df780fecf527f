/** Values as JSON with the names that the SQL views have: `peerAs` becomes `peer_as`. */

export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(snakeKeys(value), undefined, indent);
}

/** Blank-separated text of the database as a list. */
export function words(text: string | null): string[] {
  return text === null || text === "" ? [] : text.split(" ");
}

export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeKeys(entry),
    ]),
  );
}

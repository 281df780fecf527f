/** Values as JSON with the names that the SQL views have: `peerAs` becomes `peer_as`. */

export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(snakeKeys(value), undefined, indent);
}

/** Blank-separated text of the database as a list. */
export function words(text: string | null): string[] {
  return text === null || text === "" ? [] : text.split(" ");
}

/** Names come from our own types: there are few. */
const snakeNames = new Map<string, string>();

function snakeName(name: string): string {
  let snake = snakeNames.get(name);
  if (snake === undefined) {
    snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    // Keys that people chose, as those of a configured peer, must not fill memory.
    if (snakeNames.size < 1_000) snakeNames.set(name, snake);
  }
  return snake;
}

export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [snakeName(key), snakeKeys(entry)]));
}

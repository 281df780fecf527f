/** Keys of JSON and of TypeScript: `peer_as`, as the SQL views have it, and `peerAs`. */

type CamelKey<Key> = Key extends `${infer First}_${infer Rest}` ? `${First}${Capitalize<CamelKey<Rest>>}` : Key;

/** A JSON shape with its keys in camelCase. */
export type Camel<Json> = Json extends readonly (infer Item)[] ? readonly Camel<Item>[]
  : Json extends object ? { readonly [Key in keyof Json as CamelKey<Key>]: Camel<Json[Key]> }
  : Json;

/** `Json`: the shape that the text must have. */
export function toJson<Json = unknown>(value: Camel<NoInfer<Json>>, indent?: number): string {
  return JSON.stringify(snakeKeys<Json>(value), undefined, indent);
}

/** Keys in snake_case, at every depth. */
export function snakeKeys<Json = unknown>(value: Camel<NoInfer<Json>>): Json {
  return renamed(value, snakeName) as Json;
}

/** Keys in camelCase, at every depth. */
export function camelKeys<Json>(value: Json): Camel<Json> {
  return renamed(value, camelName) as Camel<Json>;
}

/** The items of a text that is separated by spaces. */
export function listOf(text: string | null): string[] {
  return text === null || text === "" ? [] : text.split(" ");
}

function renamed(value: unknown, nameOf: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => renamed(each, nameOf));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [nameOf(key), renamed(entry, nameOf)]));
}

/** The names come from our own types: there are few. */
const snakeNames = new Map<string, string>();

function snakeName(name: string): string {
  let snake = snakeNames.get(name);
  if (snake === undefined) {
    snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    // Keys that users choose, as those of a configured peer, must not fill memory.
    if (snakeNames.size < 1_000) snakeNames.set(name, snake);
  }
  return snake;
}

function camelName(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** JSON as ExaBGP writes it: on one line, with the spaces that simple programs search for, and with large integers. */

export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** A key whose value is `undefined` is left out. */
export function jsonText(value: Json): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return value.length === 0 ? "[ ]" : `[ ${value.map(jsonText).join(", ")} ]`;
  const entries = Object.entries(value).flatMap(([key, each]) =>
    each === undefined ? [] : [`${JSON.stringify(key)}: ${jsonText(each)}`]
  );
  return entries.length === 0 ? "{ }" : `{ ${entries.join(", ")} }`;
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}

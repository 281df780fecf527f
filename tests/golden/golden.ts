/**
 * Golden files: rows of `{ description, hex, value }`, each decoded and encoded again to the same octets.
 *
 * In `hex` white space is for the eye. In `value` octets stand as `"hex:0a0b"`, a bigint as `"bigint:5"`, and what is
 * undefined is left out. A row may name other octets that its value is encoded to (`"reencoded": "…"`), or none (`null`:
 * a fault, which nobody encodes). `deno test -A tests/golden -- --update` writes the values anew from what was decoded:
 * read the difference before you commit it.
 */
import assert from "node:assert/strict";

export interface GoldenRow {
  readonly description: string;
  readonly hex: string;
  readonly value: unknown;
  readonly reencoded?: string | null;
}

/** One codec, both directions, for whatever unit the file holds: a message, an attribute, a capability. */
export interface GoldenCodec<T> {
  decode(bytes: Uint8Array): T;
  encode?(value: T): Uint8Array;
}

/** Registers one test for each row of `tests/golden/<file>`. */
export function goldenTests<T>(file: string, codec: GoldenCodec<T>): void {
  const url = new URL(file, import.meta.url);
  const rows: GoldenRow[] = JSON.parse(Deno.readTextFileSync(url));
  if (Deno.args.includes("--update")) {
    const fresh = rows.map((row) => ({ ...row, value: toJson(codec.decode(fromHex(row.hex))) }));
    Deno.writeTextFileSync(url, JSON.stringify(fresh, null, 2) + "\n");
    rows.splice(0, rows.length, ...fresh);
  }
  for (const row of rows) {
    Deno.test(`${file}: ${row.description}`, () => {
      const bytes = fromHex(row.hex);
      assert.deepEqual(toJson(codec.decode(bytes)), row.value);
      if (codec.encode === undefined || row.reencoded === null) return;
      const encoded = codec.encode(fromJson(row.value) as T);
      assert.equal(toHex(encoded), toHex(row.reencoded === undefined ? bytes : fromHex(row.reencoded)));
    });
  }
}

/** Octets from hexadecimal digits; white space is skipped. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  assert.match(digits, /^(?:[0-9a-f]{2})*$/i, `not hexadecimal: ${text}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function toHex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** A value as a golden file writes it. */
export function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return `hex:${toHex(value)}`;
  if (typeof value === "bigint") return `bigint:${value}`;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([key, member]) => [key, toJson(member)]));
}

/** And back. */
export function fromJson(value: unknown): unknown {
  if (typeof value === "string") {
    if (value.startsWith("hex:")) return fromHex(value.slice(4));
    return value.startsWith("bigint:") ? BigInt(value.slice(7)) : value;
  }
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fromJson(member)]));
}

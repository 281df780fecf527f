/**
 * Golden files: rows of `{ description, hex, value }`. Each row is decoded and encoded again to the same octets.
 *
 * White space in `hex` has no meaning. In `value` octets stand as `"hex:0a0b"` and a bigint as `"bigint:5"`; members
 * that are undefined are left out. A row whose value is encoded to other octets names them (`"reencoded": "…"`); a row
 * that is not encoded, such as a fault, says `"reencoded": null`. A row may name the session that its message comes
 * from.
 *
 * `deno test -P tests/golden -- --update` writes the values that the decoder finds today. Read the difference before
 * you commit it.
 */
import assert from "node:assert/strict";

export interface GoldenRow {
  readonly description: string;
  /** The session, by a name that the test of the file knows. */
  readonly session?: string;
  readonly hex: string;
  readonly value: unknown;
  readonly reencoded?: string | null;
}

/** One codec, both directions, for whatever unit the file holds: a message, an attribute, a capability. */
export interface GoldenCodec<T> {
  decode(bytes: Uint8Array, session?: string): T;
  encode?(value: T, session?: string): Uint8Array;
}

/** The rows of `tests/golden/<file>`. */
export function readGolden(file: string): GoldenRow[] {
  return JSON.parse(Deno.readTextFileSync(new URL(file, import.meta.url)));
}

/** Registers one test for each row of `tests/golden/<file>`. */
export function goldenTests<T>(file: string, codec: GoldenCodec<T>): void {
  const rows = Deno.args.includes("--update") ? update(file, codec) : readGolden(file);
  if (rows.length === 0) throw new Error(`${file} has no rows`);
  for (const row of rows) {
    Deno.test(`${file}: ${row.description}`, () => {
      const bytes = fromHex(row.hex);
      assert.deepEqual(toJson(codec.decode(bytes, row.session)), row.value);
      if (codec.encode === undefined || row.reencoded === null) return;
      const encoded = codec.encode(fromJson(row.value) as T, row.session);
      assert.equal(toHex(encoded), toHex(row.reencoded === undefined ? bytes : fromHex(row.reencoded)));
    });
  }
}

/** Writes the values of a file anew, one row a line. */
function update<T>(file: string, codec: GoldenCodec<T>): GoldenRow[] {
  const rows = readGolden(file)
    .map((row) => ({ ...row, value: toJson(codec.decode(fromHex(row.hex), row.session)) }));
  const lines = rows.map((row) => `  ${JSON.stringify(row)}`);
  Deno.writeTextFileSync(new URL(file, import.meta.url), `[\n${lines.join(",\n")}\n]\n`);
  return rows;
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

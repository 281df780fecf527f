/**
 * Kinds of NLRI that this speaker does not take part in: it splits them, keeps their octets, shows them and passes them
 * on. The whole NLRI is the key, except for the label base of VPLS. The text names the type, and has the octets in
 * hexadecimal, unless a few words say all of them.
 */

import type { NlriCodec, NlriFields } from "./codec.ts";

const noValue = new Uint8Array(0);

/** The header of one of these kinds: a type and a length in front of the octets. */
interface Kind {
  /** Octets of the type, and of the length behind it. */
  readonly typeBytes: number;
  readonly lengthBytes: 1 | 2;
  /** Names by type; a type without a name is `type-9`. */
  readonly names: Readonly<Record<number, string>>;
  /** Why the octets of this type cannot be right, to follow "with ". */
  fault?(type: number, bytes: Uint8Array, at: number, end: number): string | undefined;
  fields?(type: number, bytes: Uint8Array, at: number): NlriFields;
}

/** A codec of NLRI with a type and a length, which are kept whole. */
export function typedOctets(kind: Kind): NlriCodec {
  const { typeBytes, lengthBytes, names } = kind;
  const header = typeBytes + lengthBytes;
  const typeOf = (bytes: Uint8Array, at: number) => numberAt(bytes, at, typeBytes);
  const nameOf = (type: number) => names[type] ?? `type-${type}`;
  return {
    size(bytes, at, end) {
      if (at + header > end) return -1;
      const size = header + numberAt(bytes, at + typeBytes, lengthBytes);
      return at + size <= end ? size : -1;
    },
    fault(bytes, start, end) {
      const type = typeOf(bytes, start);
      const text = kind.fault?.(type, bytes, start + header, end);
      return text === undefined ? undefined : `of type ${type} with ${text}`;
    },
    split: (bytes, start, end) => ({ key: bytes.slice(start, end), value: noValue }),
    join: (key) => key,
    format: (key) => `${nameOf(typeOf(key, 0))} 0x${key.subarray(header).toHex()}`,
    parse(text) {
      const [, name, digits] = /^(\S+)\s+0x((?:[0-9a-fA-F]{2})*)$/.exec(text.trim()) ?? [];
      const type = name === undefined ? undefined : typeNamed(names, name);
      if (type === undefined) return { error: typeError(text, names) };
      if (type >= 256 ** typeBytes || digits!.length / 2 >= 256 ** lengthBytes) {
        return { error: `"${text}" does not fit into an NLRI` };
      }
      const octets = Uint8Array.fromHex(digits!);
      const key = new Uint8Array(header + octets.length);
      writeNumber(key, 0, typeBytes, type);
      writeNumber(key, typeBytes, lengthBytes, octets.length);
      key.set(octets, header);
      const fault = kind.fault?.(type, key, header, key.length);
      return fault === undefined ? key : { error: `"${text}" is ${name} with ${fault}` };
    },
    fields: (key) => kind.fields?.(typeOf(key, 0), key, header) ?? { more: { route_type: typeOf(key, 0) } },
  };
}

function numberAt(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + bytes[at + i]!;
  return value;
}

function typeNamed(names: Readonly<Record<number, string>>, name: string): number | undefined {
  const number = /^type-(\d{1,8})$/.exec(name)?.[1];
  if (number !== undefined) return Number(number);
  const found = Object.entries(names).find(([, known]) => known === name);
  return found === undefined ? undefined : Number(found[0]);
}

function typeError(text: string, names: Readonly<Record<number, string>>): string {
  return `"${text}" is not a type (${Object.values(names).join(", ")}, type-9) with its octets, such as 0x0a0b`;
}

function writeNumber(bytes: Uint8Array, at: number, size: number, value: number): void {
  for (let i = size - 1; i >= 0; i--, value >>>= 8) bytes[at + i] = value;
}

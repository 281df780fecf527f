import { AttributeFlag } from "../message/mod.ts";

/** A path attribute as it stands. */
export interface RawAttribute {
  readonly code: number;
  /** `undefined` where the attribute is cut short; `bytes` then are all that is left. */
  readonly value: Uint8Array | undefined;
  /** Header and value. */
  readonly bytes: Uint8Array;
}

/** Walks attributes without judging them. */
export function* rawAttributes(bytes: Uint8Array): Generator<RawAttribute> {
  for (let at = 0; at < bytes.length;) {
    const extended = (bytes[at]! & AttributeFlag.extendedLength) !== 0;
    const code = bytes[at + 1] ?? 0;
    const start = at + (extended ? 4 : 3);
    const length = extended ? ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0) : bytes[at + 2] ?? 0;
    const end = start + length;
    if (end > bytes.length) {
      yield { code, value: undefined, bytes: bytes.subarray(at) };
      return;
    }
    yield { code, value: bytes.subarray(start, end), bytes: bytes.subarray(at, end) };
    at = end;
  }
}

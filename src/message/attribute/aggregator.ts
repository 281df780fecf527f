/** AGGREGATOR (RFC 4271 §5.1.7): the AS and router that formed an aggregate. */

import { readUint32, writeUint32 } from "../../types/mod.ts";
import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import { type AttributeRow, type Malformed, malformed, wrongLength } from "./row.ts";
import type { Aggregator } from "./set.ts";

export const aggregator: AttributeRow = {
  code: AttributeCode.aggregator,
  name: "AGGREGATOR",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "attributeDiscard",
  rfc: "RFC 7606 §7.7",
  check(bytes, start, end, context) {
    const width = context.fourOctetAs ? 4 : 2;
    return wrongLength(start, end, width + 4) ?? checkAggregatorAsn(bytes, start, width);
  },
  decode(bytes, start, _end, set) {
    set.aggregator = decodeAggregator(bytes, start);
  },
  encode: (set) => set.aggregator === undefined ? undefined : encodeAggregator(set.aggregator),
};

/** RFC 7607 §2: AS 0 is malformed, here with the consequence of RFC 7606 §7.7. */
export function checkAggregatorAsn(bytes: Uint8Array, start: number, width: 2 | 4): Malformed | undefined {
  for (let i = 0; i < width; i++) if (bytes[start + i] !== 0) return undefined;
  return malformed("AS 0", "RFC 7607 §2");
}

export function decodeAggregator(bytes: Uint8Array, start: number): Aggregator {
  return { asn: readUint32(bytes, start), address: readUint32(bytes, start + 4) };
}

export function encodeAggregator({ asn, address }: Aggregator): Uint8Array {
  const bytes = new Uint8Array(8);
  writeUint32(bytes, 0, asn);
  writeUint32(bytes, 4, address);
  return bytes;
}

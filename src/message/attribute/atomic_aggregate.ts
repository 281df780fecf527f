/**
 * ATOMIC_AGGREGATE (RFC 4271 §5.1.6): a speaker aggregated routes and left ASes out of the path. Its value is empty.
 */

import { AttributeCode } from "../code_points.ts";
import { WELL_KNOWN } from "./header.ts";
import { type AttributeRow, wrongLength } from "./row.ts";

export const atomicAggregate: AttributeRow = {
  code: AttributeCode.atomicAggregate,
  name: "ATOMIC_AGGREGATE",
  flags: WELL_KNOWN,
  onMalformed: "attributeDiscard",
  rfc: "RFC 7606 §7.6",
  check: (_bytes, start, end) => wrongLength(start, end, 0),
  decode(_bytes, _start, _end, set) {
    set.atomicAggregate = true;
  },
  encode: (set) => set.atomicAggregate ? new Uint8Array(0) : undefined,
};

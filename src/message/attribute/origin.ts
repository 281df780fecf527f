/** ORIGIN (RFC 4271 §5.1.1): how the originating AS learned the route. */

import { AttributeCode, UpdateError } from "../code_points.ts";
import { WELL_KNOWN } from "./header.ts";
import { type AttributeRow, wrongLength } from "./row.ts";
import type { Origin } from "./set.ts";

export const origin: AttributeRow = {
  code: AttributeCode.origin,
  name: "ORIGIN",
  flags: WELL_KNOWN,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 7606 §7.1",
  check(bytes, start, end) {
    const value = bytes[start]!;
    return wrongLength(start, end, 1) ??
      (value <= 2 ? undefined : { subcode: UpdateError.invalidOrigin, text: `value ${value} is not defined` });
  },
  decode(bytes, start, _end, set) {
    set.origin = bytes[start] as Origin;
  },
  encode: (set) => set.origin === undefined ? undefined : Uint8Array.of(set.origin),
};

/** AS4_AGGREGATOR (RFC 6793 §3): the real AGGREGATOR where that holds AS_TRANS. A canonical set has none. */

import { AttributeCode } from "../code_points.ts";
import { checkAggregatorAsn } from "./aggregator.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import { type AttributeRow, wrongLength } from "./row.ts";

export const as4Aggregator: AttributeRow = {
  code: AttributeCode.as4Aggregator,
  name: "AS4_AGGREGATOR",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "attributeDiscard",
  rfc: "RFC 6793 §6",
  check: (bytes, start, end) => wrongLength(start, end, 8) ?? checkAggregatorAsn(bytes, start, 4),
  decode() {},
  encode: () => undefined,
};

/** CLUSTER_LIST (RFC 4456 §8): the route reflection clusters a route passed, last first. */

import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_NON_TRANSITIVE } from "./header.ts";
import { type AttributeRow, wrongMultiple } from "./row.ts";
import { decodeUint32List, encodeUint32List } from "./values.ts";

export const clusterList: AttributeRow = {
  code: AttributeCode.clusterList,
  name: "CLUSTER_LIST",
  flags: OPTIONAL_NON_TRANSITIVE,
  onMalformed: "treatAsWithdraw",
  fromExternal: "discard",
  rfc: "RFC 7606 §7.10",
  check: (_bytes, start, end) => wrongMultiple(start, end, 4),
  decode(bytes, start, end, set) {
    set.clusterList = decodeUint32List(bytes, start, end);
  },
  encode: (set) => encodeUint32List(set.clusterList),
};

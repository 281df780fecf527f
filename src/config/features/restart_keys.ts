/** Keys of a peer about restarts, its own and ours. */

import type { Key, KeyTable } from "../keys/table.ts";
import * as type from "../keys/values.ts";

function key<T>(row: Key<T>): Key<T> {
  return row;
}

export const gracefulKeys = {
  graceful_restart: key({
    type: type.oneOf("helper", "full", "off"),
    doc:
      "routes of a lost session stay while the peer restarts (RFC 4724); full: and it is told that ours may; off: not announced",
    default: "helper",
  }),
  restart_time: key({
    type: type.integer(1, 4095, "seconds"),
    doc: "with full: how long bgpd takes to be back",
    default: 120,
  }),
  stale_routes_time: key({
    type: type.integer(1, 86_400, "seconds"),
    doc: "the longest time that stale routes wait for the peer, and then for its End-of-RIB or the end of a refresh",
    default: 360,
  }),
  long_lived_graceful_restart: key({
    type: type.longLived,
    doc: "families whose stale routes stay on as the last choice (RFC 9494): true, false, or a list",
    default: { kind: "all", enabled: false },
    defaultText: "false",
  }),
  llgr_stale_time: key({
    type: type.integer(1, 16_777_215, "seconds"),
    doc: "how long they do at the most, and with full how long ours may",
    default: 86_400,
  }),
} as const satisfies KeyTable;

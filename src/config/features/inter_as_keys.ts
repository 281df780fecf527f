/** Keys for what ASes do with routes between each other: several ASNs of ours, paths made up, limits, confederations. */

import type { Key, KeyTable } from "../keys/table.ts";
import * as type from "../keys/values.ts";
import { asnCount, familyChoice, perFamily } from "../keys/family_values.ts";

function key<T>(row: Key<T>): Key<T> {
  return row;
}

/** At the top level. */
export const speakerTradeKeys = {
  confederation_id: key({
    type: type.asn,
    doc: "the AS that our confederation is to others (RFC 5065); default_as is then that of our member AS",
    defaultText: "none",
  }),
  confederation_members: key({
    type: type.listOf(type.asn),
    doc: "the member ASes of the confederation, ours or not among them",
    defaultText: "none",
  }),
  multipath: key({
    type: type.integer(1, 64, "routes"),
    doc: "mark up to so many routes as good as the best one up to its router id; 1: mark none",
    default: 1,
  }),
  multipath_relax: key({
    type: type.boolean,
    doc: "paths through other ASes count as equal too, if they are as long",
    default: false,
  }),
} as const satisfies KeyTable;

/** Of peers and groups. */
export const tradeKeys = {
  local_as_no_prepend: key({
    type: type.boolean,
    doc:
      "false: routes of an eBGP peer get local_as in front, as if it were an AS between, where that is not default_as",
    default: true,
  }),
  local_as_replace_as: key({
    type: type.boolean,
    doc: "false: default_as stands behind local_as in paths to the eBGP peer, where that is another one",
    default: true,
  }),
  allowas_in: key({
    type: asnCount,
    doc: "how often our own AS may stand in an AS_PATH of the peer before it is a loop",
    default: 0,
  }),
  as_override: key({
    type: type.boolean,
    doc: "the eBGP peer's own AS is replaced by ours in paths to it: one customer AS at several places",
    default: false,
  }),
  remove_private_as: key({
    type: type.oneOf("none", "all", "replace"),
    doc: "private ASNs (RFC 6996) in paths to the eBGP peer: left, taken out, or replaced by ours",
    default: "none",
  }),
  default_originate: key({
    type: familyChoice,
    doc: "announce a default route to the peer: true for each family, or a list of families",
    default: [],
    defaultText: "false",
  }),
  reject_as_sets: key({
    type: type.boolean,
    doc: "routes with AS_SET or AS_CONFED_SET are kept out of the decision, and are not announced (RFC 9774)",
    defaultText: "true for eBGP peers",
  }),
  aigp: key({
    type: type.boolean,
    doc: "the accumulated IGP metric (RFC 7311) is accepted from the peer and sent to it",
    defaultText: "true within our AS or confederation, else false",
  }),
  max_prefixes_out: key({
    type: perFamily(type.integer(1, 4_294_967_295, "routes")),
    doc: "routes announced to the peer in a family at the most: a number, or a table family = number",
    defaultText: "none",
  }),
  max_prefixes_out_action: key({
    type: type.oneOf("warn", "stop", "shutdown"),
    doc: "what happens beyond max_prefixes_out: say so, announce no more, or end the session until somebody enables it",
    default: "stop",
  }),
} as const satisfies KeyTable;

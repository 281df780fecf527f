/**
 * Peers as BIRD's protocols. Alice-LG puts an id into a path as it is, so an id has only characters that paths have:
 * any other becomes `_`, and the number of the peer follows, which no other id has.
 */

import type { TablePeer } from "../tables/table_peers.ts";

const safe = /^[\w.:-]{1,80}$/;

export function protocolId({ id, name }: TablePeer): string {
  if (safe.test(name)) return name;
  return `${name.replaceAll(/[^\w.:-]/g, "_").slice(0, 60)}~${id}`;
}

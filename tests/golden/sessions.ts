/** The sessions that golden UPDATEs come from, by the names that `updates.json` uses. */
import assert from "node:assert/strict";
import type { UpdateContext } from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST } from "../../src/types/mod.ts";
import { testContext } from "../support/update_view.ts";

const all = testContext().families;
const external = { internal: false, remoteAsn: 64500 };

export const goldenSessions: Readonly<Record<string, UpdateContext>> = {
  "internal": testContext(),
  "external": testContext(external),
  "2-octet external": testContext({ ...external, fourOctetAs: false }),
  "ADD-PATH": testContext({ addPathReceive: all, addPathSend: all }),
  "IPv6 next hops": testContext({ extendedNextHop: familyMask([IPV4_UNICAST]) }),
  "IPv4 only": testContext({ families: familyMask([IPV4_UNICAST]) }),
};

export function goldenSession(name: string | undefined): UpdateContext {
  const session = goldenSessions[name ?? "internal"];
  assert.ok(session !== undefined, `no session ${name}`);
  return session;
}

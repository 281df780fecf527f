/** Clients of a route server, each with its own selection (RFC 7947 §2.3.2), for the tests of it. */

import type { PolicyTable } from "../../../src/policy/mod.ts";
import type { RibPeer } from "../../../src/rib/mod.ts";
import { familyMask } from "../../../src/types/mod.ts";
import { policyTable } from "./import_support.ts";
import { v4 } from "./support.ts";

/** Policies that reject routes with a community and accept all others. */
export function policiesRejecting(...rejected: [policy: string, community: string][]): PolicyTable {
  const text = rejected.map(([name, community]) =>
    `[[policies]]
name = "${name}"
[[policies.rules]]
match = { community = "${community}" }
action = "reject"
[[policies.rules]]
action = "accept"
`
  );
  return policyTable(text.join(""));
}

/** `not-1` rejects routes with the community 65000:1, `not-2` those with 65000:2. */
export const clientPolicies = policiesRejecting(["not-1", "65000:1"], ["not-2", "65000:2"]);
export const one = 0xfde80001;
export const two = 0xfde80002;
export const addPath = { addPathSend: familyMask([v4]) };

export function client(policy: string, more: Partial<RibPeer> = {}): Partial<RibPeer> {
  return { export: [policy], routeServerClient: true, exportSelection: "per-client", ...more };
}

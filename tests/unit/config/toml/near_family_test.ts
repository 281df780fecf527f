import assert from "node:assert/strict";
import { nearestFamily } from "../../../../src/config/mod.ts";

Deno.test("a misspelt family is found under our name, also where it is the word of another program", () => {
  const near: Record<string, string | undefined> = {
    "bgpls": "bgp-ls",
    "evnp": "evpn",
    "ipv4-flwospec": "ipv4 flowspec",
    "IPV6_unicats": "ipv6 unicast",
    "vnpv4": "ipv4 vpn",
    "l2vpn epvn": "evpn",
    "x": undefined,
    "bridges": undefined,
    "": undefined,
  };
  for (const [name, family] of Object.entries(near)) assert.equal(nearestFamily(name), family, name);
});

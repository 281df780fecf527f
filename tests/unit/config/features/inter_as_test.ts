/** Keys about ASes and paths: what they come to together, and what does not go together. */
import assert from "node:assert/strict";
import {
  diffConfig,
  multipathForRib,
  parseConfig,
  type PeerConfig,
  ribPeer,
  sessionConfig,
} from "../../../../src/config/mod.ts";
import { localOpen, negotiate } from "../../../../src/session/mod.ts";
import { configHead } from "../../../support/config_text.ts";

const head = configHead({ routerId: "1.1.1.1" });
const peer = (asn: number, more = "") => `[[peers]]\nremote_ip = "192.0.2.${asn % 256}"\nremote_as = ${asn}\n${more}\n`;

function parsed(text: string) {
  const result = parseConfig(head + text);
  assert(result.kind === "config", result.kind === "errors" ? result.errors.map(({ message }) => message).join() : "");
  return result.config;
}

function peerOf(keys: string, asn = 65001, top = ""): PeerConfig {
  return parsed(top + peer(asn, keys)).peers[0]!;
}

const forRib = (peer: PeerConfig) => ribPeer(1, "192.0.2.1", peer);

function complaint(text: string): string {
  const result = parseConfig(head + text);
  assert(result.kind === "errors", "it is wrong");
  return result.errors.map(({ message }) => message).join("; ");
}

const members = "confederation_id = 100\nconfederation_members = [65000, 65002]\n";

Deno.test("RFC 5065 §2: our AS is the member AS towards members, and the confederation towards others", () => {
  assert.deepEqual([65000, 65002, 65009].map((asn) => peerOf("", asn, members).localAsn), [65000, 65000, 100]);
  assert.equal(peerOf("local_as = 64900", 65009, members).localAsn, 64900);
  assert.deepEqual(forRib(peerOf("", 65002, members)).ownAsns, [100]);
  assert.equal(forRib(peerOf("", 65002, members)).memberAsn, 65000);
  assert.deepEqual(forRib(peerOf("local_as = 64900", 65009, members)).ownAsns, [100, 64900]);
  assert.equal(forRib(peerOf("")).ownAsns, undefined, "without a confederation it is the session's AS alone");
});

Deno.test("RFC 5065 §2: a session between members is neither internal nor outside", () => {
  const agreed = (asn: number) => {
    const config = sessionConfig(peerOf("", asn, members), { restarting: false, forwarding: false });
    const remote = { ...localOpen(config), asn, routerId: 7, capabilities: [{ kind: "fourOctetAs", asn } as const] };
    const outcome = negotiate(config, localOpen(config), remote);
    assert(outcome.kind === "agreed");
    return [outcome.negotiated.internal, outcome.negotiated.confederation];
  };
  assert.deepEqual([65000, 65002, 65009].map(agreed), [[true, undefined], [false, true], [false, undefined]]);
});

Deno.test("a confederation needs its number and our member AS; inside it are no roles and no route servers", () => {
  assert.match(complaint("confederation_members = [65001]"), /confederation_members needs confederation_id/);
  const withoutAs = parseConfig('router_id = "1.1.1.1"\nconfederation_id = 100\n');
  assert(withoutAs.kind === "errors");
  assert.match(withoutAs.errors[0]!.message, /confederation_id needs default_as/);
  assert.match(
    complaint(members + peer(65002, 'role = "peer"')),
    /role is for eBGP peers; AS 65002 is of our confederation/,
  );
  assert.match(complaint(members + peer(65002, "route_server_client = true")), /route_server_client is for eBGP peers/);
  assert.match(complaint(members + peer(65002, "local_as = 64900")), /local_as must be 65000, our member AS/);
  assert.match(complaint(members + peer(65002, "as_override = true")), /as_override is for eBGP peers/);
  assert.equal(peerOf('role = "peer"', 65009, members).role, "peer");
});

Deno.test("local_as appears beside default_as only if it differs and the configuration asks for it", () => {
  const inAs = (keys: string) => forRib(peerOf(keys));
  assert.deepEqual([inAs("local_as = 64900").prependsIn, inAs("local_as = 64900").prependAsn], [false, undefined]);
  const both = inAs("local_as = 64900\nlocal_as_no_prepend = false\nlocal_as_replace_as = false");
  assert.deepEqual([both.prependsIn, both.prependAsn, both.ownAsns], [true, 65000, [64900, 65000]]);
  const out = inAs("local_as = 64900\nlocal_as_replace_as = false");
  assert.deepEqual([out.prependsIn, out.prependAsn], [false, 65000]);
  assert.match(complaint(peer(65001, "local_as_no_prepend = false")), /whose local_as differs from default_as/);
  assert.match(complaint(peer(64900, "local_as = 64900\nlocal_as_replace_as = false")), /is for eBGP peers/);
});

Deno.test("keys that change paths are for eBGP peers; allowas_in and reject_as_sets are for all peers", () => {
  for (const keys of ["as_override = true", 'remove_private_as = "all"', 'remove_private_as = "replace"']) {
    assert.match(complaint(peer(65000, keys)), /is for eBGP peers; AS 65000 is our own/);
    assert.ok(peerOf(keys));
  }
  assert.equal(peerOf("allowas_in = 2", 65000).allowasIn, 2);
  const sets = ["", "reject_as_sets = true", "reject_as_sets = false"].map((keys) => peerOf(keys).rejectAsSets);
  assert.deepEqual(sets, ["external", "always", "never"]);
});

Deno.test("default_originate is a default route of each family, for this peer only", () => {
  const prefixes = (keys: string) =>
    forRib(peerOf(keys)).originated!.map((
      { family, prefix },
    ) => [family, prefix!.octets.length, prefix!.length]);
  assert.deepEqual(prefixes("default_originate = true"), [[1, 4, 0], [2, 16, 0]]);
  assert.deepEqual(prefixes('default_originate = ["ipv6 unicast"]'), [[2, 16, 0]]);
  assert.deepEqual(prefixes(""), []);
  const narrow = 'families = ["ipv4 unicast"]\ndefault_originate = ["ipv6 unicast"]';
  assert.match(complaint(peer(65001, narrow)), /names "ipv6 unicast", which is not in families/);
});

Deno.test("max_prefixes_out applies to all families, or to those that it names", () => {
  const limits = (keys: string) => forRib(peerOf(keys)).prefixesOut;
  const stop = { max: 10, action: "stop" };
  assert.deepEqual(limits("max_prefixes_out = 10"), { 1: stop, 2: stop });
  assert.deepEqual(limits('max_prefixes_out = { "ipv6 unicast" = 10 }\nmax_prefixes_out_action = "warn"'), {
    2: { max: 10, action: "warn" },
  });
  assert.deepEqual(limits(""), {});
});

Deno.test("multipath and rules for paths apply to running sessions; a change of AS numbers resets them", () => {
  const before = parsed(peer(65001));
  const change = (keys: string) => diffConfig(before, parsed(peer(65001, keys))).changed[0]!.resets;
  const live = [
    "as_override = true",
    'remove_private_as = "all"',
    "default_originate = true",
    "max_prefixes_out = 5",
    "allowas_in = 1",
    "reject_as_sets = false",
  ];
  for (const keys of live) assert.deepEqual(change(keys), [], keys);
  // Only where the peer cannot be asked for its routes again.
  assert.equal(change("aigp = true").length, 1);
  assert.deepEqual(diffConfig(before, parsed("multipath = 4\n" + peer(65001))).speaker, [
    { field: "multipath", needsRestart: false },
  ]);
  assert.deepEqual(diffConfig(before, parsed(members + peer(65001))).changed[0]!.resets.toSorted(), [
    "confederation",
    "localAsn",
  ]);
  assert.deepEqual(multipathForRib(parsed("multipath = 4\nmultipath_relax = true")), { limit: 4, relax: true });
});

Deno.test("RFC 9234 §5: no policy can remove ONLY_TO_CUSTOMER; it can remove other attributes", () => {
  const rule = (attribute: string) =>
    `[[policies]]\nname = "x"\n[[policies.rules]]\nset = { remove_attributes = ${attribute} }\naction = "accept"\n`;
  for (const attribute of ['"otc"', "35", '["aigp", "otc"]']) assert.match(complaint(rule(attribute)), /RFC 9234 §5/);
  assert.ok(parsed(rule('"aigp"')));
});

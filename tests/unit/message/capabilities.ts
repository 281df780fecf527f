/** Arbitrary capabilities, for property tests. */
import fc from "../../support/fast_check.ts";
import type { Capability } from "../../../src/message/mod.ts";

const afi = fc.integer({ min: 0, max: 0xffff });
const safi = fc.integer({ min: 0, max: 0xff });
const text = fc.string({ unit: "binary", maxLength: 25 });
const addPathMode = fc.constantFrom(
  { send: true, receive: true },
  { send: true, receive: false },
  { send: false, receive: true },
);

/** Any capability of a value that fits; known kinds only. */
export const knownCapability: fc.Arbitrary<Capability> = fc.oneof(
  fc.record({ kind: fc.constant("multiprotocol" as const), afi, safi }),
  fc.constantFrom<Capability>({ kind: "routeRefresh" }, { kind: "extendedMessage" }, { kind: "enhancedRouteRefresh" }),
  fc.record({
    kind: fc.constant("extendedNextHop" as const),
    entries: fc.array(fc.record({ afi, safi: afi, nextHopAfi: afi }), { maxLength: 42 }),
  }),
  fc.record({ kind: fc.constant("role" as const), role: safi }),
  fc.record({
    kind: fc.constant("gracefulRestart" as const),
    restarting: fc.boolean(),
    notification: fc.boolean(),
    restartSeconds: fc.integer({ min: 0, max: 4095 }),
    families: fc.array(fc.record({ afi, safi, forwarding: fc.boolean() }), { maxLength: 63 }),
  }),
  fc.record({ kind: fc.constant("fourOctetAs" as const), asn: fc.integer({ min: 1, max: 0xffffffff }) }),
  fc.record({
    kind: fc.constant("addPath" as const),
    families: fc.array(fc.tuple(fc.record({ afi, safi }), addPathMode).map(([f, m]) => ({ ...f, ...m })), {
      maxLength: 63,
    }),
  }),
  fc.record({
    kind: fc.constant("longLivedGracefulRestart" as const),
    families: fc.array(
      fc.record({ afi, safi, forwarding: fc.boolean(), staleSeconds: fc.integer({ min: 0, max: 0xffffff }) }),
      { maxLength: 36 },
    ),
  }),
  fc.record({ kind: fc.constant("fqdn" as const), host: text, domain: text }),
  fc.record({ kind: fc.constant("softwareVersion" as const), text }),
);

/** Codes that nobody decodes, with any value. */
export const unknownCapability: fc.Arbitrary<Capability> = fc.record({
  kind: fc.constant("unknown" as const),
  code: fc.integer({ min: 130, max: 255 }),
  value: fc.uint8Array({ maxLength: 255 }),
});

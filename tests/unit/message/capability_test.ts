import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  type Capability,
  CapabilityCode,
  capabilityCode,
  capabilityName,
  capabilityRegistry,
  decodeCapability,
  encodeCapability,
  mergeRepeats,
} from "../../../src/message/mod.ts";
import { toJson } from "../../golden/golden.ts";
import { knownCapability, unknownCapability } from "./capabilities.ts";

Deno.test("decode(encode(x)) = x", () => {
  fc.assert(fc.property(fc.oneof(knownCapability, unknownCapability), (capability) => {
    const bytes = encodeCapability(capability);
    assert.equal(bytes[0], capabilityCode(capability));
    assert.equal(bytes[1], bytes.length - 2);
    assert.deepEqual(toJson(decodeCapability(bytes[0]!, bytes.subarray(2))), toJson(capability));
  }));
});

Deno.test("any code with any value gives a capability, and what is encoded of it decodes to the same", () => {
  const code = fc.oneof(fc.constantFrom(...Object.values(CapabilityCode)), fc.integer({ min: 0, max: 255 }));
  fc.assert(fc.property(code, fc.uint8Array({ maxLength: 255 }), (code, value) => {
    const capability = decodeCapability(code, value);
    const bytes = encodeCapability(capability);
    assert.equal(bytes[0], code);
    assert.deepEqual(toJson(decodeCapability(code, bytes.subarray(2))), toJson(capability));
  }));
});

Deno.test("what is kept as unknown is kept to the octet, and is a copy", () => {
  const value = Uint8Array.of(1, 2, 3);
  const capability = decodeCapability(65, value);
  value.fill(0);
  assert.deepEqual(capability, { kind: "unknown", code: 65, value: Uint8Array.of(1, 2, 3) });
});

Deno.test("the registry has one row for each code and each kind", () => {
  assert.deepEqual(capabilityRegistry.map((row) => row.code).sort(), Object.values(CapabilityCode).sort());
  assert.deepEqual(
    capabilityRegistry.map((row) => row.kind).sort(),
    Object.keys(CapabilityCode).sort(),
  );
  assert.equal(new Set(capabilityRegistry.map((row) => row.name)).size, capabilityRegistry.length);
});

Deno.test("names: known, unknown, and known but broken", () => {
  assert.equal(capabilityName({ kind: "addPath", families: [] }), "ADD-PATH");
  assert.equal(capabilityName({ kind: "unknown", code: 199, value: new Uint8Array(0) }), "capability 199");
  assert.equal(capabilityName(decodeCapability(65, new Uint8Array(2))), "malformed 4-octet AS");
});

Deno.test("a capability longer than 255 octets is our own mistake, and thrown", () => {
  const families = Array.from({ length: 64 }, (_, i) => ({ afi: i, safi: 1, send: true, receive: true }));
  assert.throws(() => encodeCapability({ kind: "addPath", families }), RangeError);
  assert.equal(encodeCapability({ kind: "addPath", families: families.slice(1) }).length, 254);
  assert.throws(() => encodeCapability({ kind: "softwareVersion", text: "v".repeat(256) }), RangeError);
  assert.throws(() => encodeCapability({ kind: "softwareVersion", text: "v".repeat(255) }), RangeError);
  assert.equal(encodeCapability({ kind: "softwareVersion", text: "v".repeat(254) }).length, 257);
});

Deno.test("RFC 5492 §4: identical instances count once, others of a repeatable one each", () => {
  const ipv4: Capability = { kind: "multiprotocol", afi: 1, safi: 1 };
  const ipv6: Capability = { kind: "multiprotocol", afi: 2, safi: 1 };
  const odd = (...octets: number[]): Capability => ({ kind: "unknown", code: 199, value: Uint8Array.from(octets) });
  assert.deepEqual(mergeRepeats([ipv4, ipv6, { ...ipv4 }]), [ipv4, ipv6]);
  assert.deepEqual(mergeRepeats([odd(1), odd(1), odd(2), odd()]), [odd(1), odd(2), odd()]);
});

Deno.test("RFC 4724 §3, 7911 §4, 9494 §3: all but the last instance is ignored", () => {
  const restart = (restartSeconds: number): Capability => ({
    kind: "gracefulRestart",
    restarting: false,
    notification: false,
    restartSeconds,
    families: [],
  });
  const paths = (afi: number): Capability => ({
    kind: "addPath",
    families: [{ afi, safi: 1, send: true, receive: true }],
  });
  const stale = (staleSeconds: number): Capability => ({
    kind: "longLivedGracefulRestart",
    families: [{ afi: 1, safi: 1, forwarding: true, staleSeconds }],
  });
  assert.deepEqual(
    mergeRepeats([restart(1), paths(1), stale(1), paths(2), restart(2), stale(2)]),
    [restart(2), paths(2), stale(2)],
  );
});

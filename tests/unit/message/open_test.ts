import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  type Capability,
  checkHeader,
  decodeOpen,
  encodeOpen,
  mergeRepeats,
  type Open,
} from "../../../src/message/mod.ts";
import { fromHex, toHex, toJson } from "../../golden/golden.ts";
import { knownCapability, unknownCapability } from "./capabilities.ts";

/** An OPEN whose parts are hexadecimal; the header's length is counted. */
function openHex(
  parts: { version?: string; as?: string; hold?: string; id?: string; parameters?: string },
): Uint8Array {
  const { version = "04", as = "fde8", hold = "005a", id = "01010101", parameters = "00" } = parts;
  const body = fromHex(`01 ${version} ${as} ${hold} ${id} ${parameters}`);
  return fromHex(`${"ff".repeat(16)} ${(18 + body.length).toString(16).padStart(4, "0")} ${toHex(body)}`);
}

/** `"2/6"`, with data `"2/1 0004"`; `undefined` where it decodes. */
function fault(bytes: Uint8Array): string | undefined {
  const result = decodeOpen(bytes);
  if (result.kind === "open") return undefined;
  const { code, subcode, data } = result.notification;
  return `${code}/${subcode} ${toHex(data)}`.trimEnd();
}

function decoded(bytes: Uint8Array): Open {
  const result = decodeOpen(bytes);
  assert.ok(result.kind === "open", fault(bytes));
  return result.open;
}

Deno.test("RFC 4271 §6.2: another version than 4: the data is the largest supported one in two octets", () => {
  for (const version of ["00", "03", "05", "ff"]) assert.equal(fault(openHex({ version })), "2/1 0004");
  assert.equal(fault(openHex({ version: "04" })), undefined);
});

Deno.test("RFC 7607 §2: AS 0 is Bad Peer AS, in the field and in the capability", () => {
  assert.equal(fault(openHex({ as: "0000" })), "2/2");
  assert.equal(fault(openHex({ as: "5ba0", parameters: "08 02 06 41 04 00000000" })), "2/2");
  assert.equal(fault(openHex({ as: "0001" })), undefined);
  assert.equal(fault(openHex({ as: "5ba0", parameters: "08 02 06 41 04 00000001" })), undefined);
});

Deno.test("RFC 4271 §6.2: a hold time of one or two seconds is Unacceptable Hold Time", () => {
  for (const hold of ["0001", "0002"]) assert.equal(fault(openHex({ hold })), "2/6");
  for (const hold of ["0000", "0003", "ffff"]) assert.equal(fault(openHex({ hold })), undefined);
});

Deno.test("RFC 6286 §2.2: a BGP Identifier of 0 is bad, and any other is good", () => {
  assert.equal(fault(openHex({ id: "00000000" })), "2/3");
  // RFC 4271 wanted a host address; RFC 6286 §2.1 wants no more than "a 4-octet, unsigned, non-zero integer".
  for (const id of ["00000001", "e0000001", "7f000001", "ffffffff"]) assert.equal(fault(openHex({ id })), undefined);
});

Deno.test("RFC 4271 §6.2: an optional parameter other than capabilities is unsupported", () => {
  assert.equal(fault(openHex({ parameters: "03 01 01 00" })), "2/4", "authentication, deprecated");
  assert.equal(fault(openHex({ parameters: "07 02 02 02 00 63 01 00" })), "2/4", "behind a good one");
  assert.equal(fault(openHex({ parameters: "ff ff 0004 63 0001 00" })), "2/4", "extended");
  assert.equal(fault(openHex({ parameters: "04 02 02 02 00" })), undefined);
});

Deno.test("RFC 4271 §6.2: a parameter or capability that does not add up is Unspecific", () => {
  const rows: [string, string][] = [
    ["05 02 02 02 00", "the parameters are longer than the message"],
    ["03 02 02 02 00", "the message is longer than the parameters"],
    ["00 02 02 02 00", "octets though there are no parameters"],
    ["04 02 03 02 00", "a parameter leaves the parameters"],
    ["04 02 02 02 01", "a capability leaves its parameter"],
    ["03 02 01 02", "a capability without a length"],
    ["01 02", "a parameter without a length"],
    ["06 02 02 02 01 02 00", "a capability reaches into the next parameter"],
    ["ff ff", "extended, without a length"],
    ["ff ff 0006 02 0002 02 00", "extended, longer than the message"],
    ["ff ff 0004 02 0002 02 00", "extended, shorter than the message"],
    ["ff ff 0005 02 0003 02 00", "extended, a parameter leaves the parameters"],
    ["ff ff 0002 02 00", "extended, a parameter with half a length"],
  ];
  for (const [parameters, why] of rows) assert.equal(fault(openHex({ parameters })), "2/0", why);
  for (const parameters of ["00", "04 02 02 02 00", "ff ff 0005 02 0002 02 00", "ff ff 0000"]) {
    assert.equal(fault(openHex({ parameters })), undefined, parameters);
  }
});

Deno.test("a message too short to be an OPEN has a bad length", () => {
  assert.equal(fault(openHex({}).subarray(0, 28)), "1/2 001c");
  assert.equal(fault(new Uint8Array(0)), "1/2 0000");
});

Deno.test("RFC 6793 §4.1: the 4-octet capability says the AS", () => {
  assert.equal(decoded(openHex({ as: "5ba0", parameters: "08 02 06 41 04 00030d40" })).asn, 200000);
  assert.equal(decoded(openHex({ as: "fde8" })).asn, 65000);
  const broken = decoded(openHex({ as: "fde8", parameters: "06 02 04 41 02 0d40" }));
  assert.equal(broken.asn, 65000, "a malformed capability counts as not announced");
  assert.equal(broken.capabilities[0]?.kind, "unknown");
});

Deno.test("RFC 9234 §4.2: roles that differ are a Role Mismatch; the same one twice is one", () => {
  assert.equal(fault(openHex({ parameters: "08 02 06 09 01 03 09 01 04" })), "2/11");
  const open = decoded(openHex({ parameters: "08 02 06 09 01 03 09 01 03" }));
  assert.deepEqual(open.capabilities, [{ kind: "role", role: 3 }]);
});

Deno.test("RFC 6793 §9: an AS beyond 65535 stands as AS_TRANS", () => {
  const encode = (asn: number) =>
    encodeOpen({ version: 4, asn, holdTimeSeconds: 90, routerId: 1, capabilities: [{ kind: "fourOctetAs", asn }] });
  assert.equal(toHex(encode(65536).subarray(20, 22)), "5ba0");
  assert.equal(toHex(encode(65535).subarray(20, 22)), "ffff");
});

Deno.test("RFC 9072 §2: extended parameters where 255 octets do not do, and only there", () => {
  const withBytes = (count: number): Uint8Array => {
    // Each unknown capability has a head of two octets.
    const capabilities: Capability[] = [
      { kind: "unknown", code: 200, value: new Uint8Array(100) },
      { kind: "unknown", code: 201, value: new Uint8Array(count - 104) },
    ];
    const open = { version: 4, asn: 1, holdTimeSeconds: 0, routerId: 1, capabilities };
    const bytes = encodeOpen(open);
    assert.deepEqual(decoded(bytes), open);
    return bytes;
  };
  assert.equal(toHex(withBytes(253).subarray(28, 31)), "ff02fd", "all of one octet: 255 of parameters");
  assert.equal(toHex(withBytes(254).subarray(28, 35)), "ffff01010200fe");
});

Deno.test("an OPEN beyond 4096 octets is our own mistake, and thrown", () => {
  const capabilities = Array.from(
    { length: 16 },
    (_, i): Capability => ({ kind: "unknown", code: 200 + i, value: new Uint8Array(255) }),
  );
  const open = { version: 4, asn: 1, holdTimeSeconds: 0, routerId: 1 };
  assert.throws(() => encodeOpen({ ...open, capabilities }), RangeError);
  assert.equal(encodeOpen({ ...open, capabilities: capabilities.slice(1) }).length, 35 + 15 * 257);
});

Deno.test("decode(encode(x)) = x, and its header is sound", () => {
  const capabilities = fc.array(fc.oneof(knownCapability, unknownCapability), { maxLength: 14 }).map(mergeRepeats)
    .filter((list) => list.filter((capability) => capability.kind === "role").length < 2);
  const open = fc.record({
    version: fc.constant(4),
    asn: fc.integer({ min: 1, max: 0xffff }),
    holdTimeSeconds: fc.integer({ min: 0, max: 0xffff }).filter((seconds) => seconds !== 1 && seconds !== 2),
    routerId: fc.integer({ min: 1, max: 0xffffffff }),
    capabilities,
  });
  fc.assert(fc.property(open, (value) => {
    const asn = value.capabilities.find((capability) => capability.kind === "fourOctetAs")?.asn ?? value.asn;
    const bytes = encodeOpen({ ...value, asn });
    assert.equal(checkHeader(bytes, 0, 4096), undefined);
    assert.deepEqual(toJson(decoded(bytes)), toJson({ ...value, asn }));
  }));
});

Deno.test("no octets make it throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (tail) => {
    decodeOpen(tail);
    // Past the fixed part, where the parameters are.
    decodeOpen(Uint8Array.of(...openHex({}).subarray(0, 28), ...tail));
  }));
});

Deno.test("one octet changed anywhere gives an OPEN or a fault of the OPEN", () => {
  const bytes = openHex({
    as: "5ba0",
    parameters: "1a 02 18 01 04 00010001 40 06 8078 0001 01 80 41 04 00030d40 46 00",
  });
  for (let at = 19; at < bytes.length; at++) {
    for (let octet = 0; octet < 256; octet++) {
      const changed = bytes.slice();
      changed[at] = octet;
      assert.match(fault(changed) ?? "2/", /^2\//);
    }
  }
});

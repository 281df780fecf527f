import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { formatPrefix, isMartian, martianText, maskPrefix, parsePrefix, type Prefix } from "../../../src/types/mod.ts";

function asked({ octets, length }: Prefix): boolean {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const word = (at: number) => at < octets.length ? view.getInt32(at) : 0;
  return isMartian(octets.length === 4 ? 4 : 16, word(0), word(4), word(8), word(12), length);
}

const martians: Readonly<Record<string, string>> = {
  "0.0.0.0/8": '"this network" (RFC 1122)',
  "0.0.0.0/32": '"this network" (RFC 1122)',
  "127.0.0.0/8": "loopback",
  "127.0.0.1/32": "loopback",
  "224.0.0.0/4": "multicast",
  "239.255.255.255/32": "multicast",
  "255.255.255.255/32": "the broadcast address",
  "::/128": "the unspecified address",
  "::1/128": "loopback",
  "fe80::/10": "link-local",
  "febf::1/128": "link-local",
  "ff00::/8": "multicast",
  "ff02::1/128": "multicast",
};

Deno.test("rfc4271#6.3 prefixes that are no destination of unicast routing, and what each is", () => {
  for (const [text, kind] of Object.entries(martians)) {
    assert.equal(martianText(parsePrefix(text)!), kind, text);
    assert.equal(asked(parsePrefix(text)!), true, text);
  }
});

Deno.test("rfc4271#6.3 twin: default routes, their halves, private and reserved blocks are destinations", () => {
  const fine = [
    "0.0.0.0/0 0.0.0.0/1 128.0.0.0/1 224.0.0.0/3 1.0.0.0/8 126.0.0.0/7 10.0.0.0/8 100.64.0.0/10 169.254.0.0/16",
    "192.0.2.0/24 223.255.255.255/32 240.0.0.0/4 255.255.255.254/32 ::/0 ::/96 ::2/128 ::ffff:0:0/96 2001:db8::/32",
    "fc00::/7 fec0::/10 fe00::/9 8000::/1 f000::/4",
  ].join(" ").split(" ");
  for (const text of fine) {
    assert.equal(martianText(parsePrefix(text)!), undefined, text);
    assert.equal(asked(parsePrefix(text)!), false, text);
  }
});

Deno.test("words and octets get one answer", () => {
  const octet = fc.oneof(fc.constantFrom(0, 1, 127, 224, 239, 254, 255, 128, 191), fc.integer({ min: 0, max: 255 }));
  const address = (size: number) =>
    fc.oneof(
      fc.array(octet, { minLength: size, maxLength: size }),
      fc.integer({ min: 0, max: 3 }).map((last) => [...new Array(size - 1).fill(0), last]),
    );
  fc.assert(
    fc.property(fc.oneof(address(4), address(16)), fc.integer({ min: 0, max: 128 }), (octets, bits) => {
      const prefix = maskPrefix(Uint8Array.from(octets), Math.min(bits, octets.length * 8));
      assert.equal(asked(prefix), martianText(prefix) !== undefined, formatPrefix(prefix));
    }),
    { numRuns: 2000 },
  );
});

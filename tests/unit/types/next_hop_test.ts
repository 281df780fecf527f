import assert from "node:assert/strict";
import {
  formatAddress,
  isNextHop,
  linkLocalHop,
  type NextHopKind,
  nextHopKind,
  parseAddress,
} from "../../../src/types/mod.ts";

function octets(text: string): Uint8Array {
  return Uint8Array.from(text.split(" ").flatMap((part) => [...parseAddress(part)!]));
}

const kinds: Readonly<Record<NextHopKind, readonly string[]>> = {
  usable: [
    "192.0.2.1",
    "1.0.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.254.0.1",
    "223.255.255.255",
    "2001:db8::1",
    "::2",
    "1::",
    "fe7f::1",
    "fec0::1",
    "::ffff:192.0.2.1",
    "2001:db8::1 fe80::1",
    "2001:db8::1 ::",
    "2001:db8::1 2001:db8::2",
  ],
  linkLocal: [
    "fe80::1",
    "fe80::",
    "febf:ffff::1",
    "fe80::1 fe80::1",
    ":: fe80::1",
    "fe80::1 ::",
    "fe80::1 2001:db8::1",
  ],
  loopback: ["127.0.0.1", "127.255.255.255", "::1", "::1 fe80::1", "::ffff:127.0.0.1"],
  unspecified: ["0.0.0.0", "0.0.0.1", "0.255.255.255", "::", ":: ::", ":: 2001:db8::1", "::ffff:0.0.0.0"],
  multicast: ["224.0.0.0", "224.0.0.1", "239.255.255.255", "ff02::1", "ff00::", "ff02::1 fe80::1", "::ffff:224.0.0.1"],
  reserved: ["240.0.0.0", "240.1.1.1", "255.255.255.254", "::ffff:240.0.0.1"],
  broadcast: ["255.255.255.255", "::ffff:255.255.255.255"],
};

Deno.test("a next hop has one kind, by its address, in 4, 16 or 32 octets, wherever it stands in a message", () => {
  for (const [kind, texts] of Object.entries(kinds)) {
    for (const text of texts) {
      const bytes = octets(text);
      assert.equal(nextHopKind(bytes), kind, text);
      const framed = Uint8Array.of(255, 254, ...bytes, 224, 127);
      assert.equal(nextHopKind(framed, 2, 2 + bytes.length), kind, `${text} inside of something`);
    }
  }
});

Deno.test("a next hop equals an address where its octets do, also IPv4-mapped or followed by a link-local one", () => {
  const is = (hop: string, address: string) => {
    const bytes = Uint8Array.of(1, 2, ...octets(hop), 3);
    return isNextHop(bytes, 2, bytes.length - 1, parseAddress(address)!);
  };
  for (
    const [hop, address] of [
      ["192.0.2.1", "192.0.2.1"],
      ["2001:db8::1", "2001:db8::1"],
      ["2001:db8::1 fe80::1", "2001:db8::1"],
      ["::ffff:192.0.2.1", "192.0.2.1"],
    ] as const
  ) assert.ok(is(hop, address), `${hop} ${address}`);
  for (
    const [hop, address] of [
      ["192.0.2.1", "192.0.2.2"],
      ["192.0.2.1", "::ffff:192.0.2.1"],
      ["2001:db8::1 fe80::1", "fe80::1"],
      ["::ffff:192.0.2.1", "192.0.2.2"],
      ["::192.0.2.1", "192.0.2.1"],
    ] as const
  ) assert.ok(!is(hop, address), `${hop} ${address}`);
});

Deno.test("of a link-local next hop the link-local half counts, in the forms that BIRD and FRR give it", () => {
  for (
    const [text, used] of [
      ["fe80::1", "fe80::1"],
      [":: fe80::1", "fe80::1"],
      ["fe80::1 fe80::1", "fe80::1"],
      ["fe80::1 ::", "fe80::1"],
    ] as const
  ) assert.equal(formatAddress(linkLocalHop(octets(text))), used, text);
});

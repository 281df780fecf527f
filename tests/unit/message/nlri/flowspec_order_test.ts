/** The order of FlowSpec rules, beside the algorithm of RFC 8955 §5.1 and RFC 8956 §4 in its own words. */
import assert from "node:assert/strict";
import { nlriCodec } from "../../../../src/message/mod.ts";
import { familyByName } from "../../../../src/types/mod.ts";
import fc from "../../../support/fast_check.ts";
import { randomRule } from "./flowspec_arbitraries.ts";

const codecs = {
  ipv4: nlriCodec(familyByName("ipv4 flowspec")!.id)!,
  ipv6: nlriCodec(familyByName("ipv6 flowspec")!.id)!,
};

/** -1: `a` is applied before `b`. */
function order(a: string, b: string, version: "ipv4" | "ipv6" = "ipv4"): number {
  const [first, second] = [a, b].map((text) => {
    const key = codecs[version].parse(text);
    assert.ok(!("error" in key), text);
    return precedence(key, version);
  });
  return first! < second! ? -1 : first! > second! ? 1 : 0;
}

function precedence(key: Uint8Array, version: "ipv4" | "ipv6"): string {
  return String(codecs[version].fields(key).more!.precedence);
}

function isBefore(a: string, b: string, version: "ipv4" | "ipv6" = "ipv4"): void {
  assert.equal(order(a, b, version), -1, `${a} comes before ${b}`);
  assert.equal(order(b, a, version), 1, `${b} comes after ${a}`);
}

Deno.test("rfc8955#5.1 the rule with the lower component type comes first, and the one that has it at all", () => {
  isBefore("destination 192.0.2.0/24", "source 10.0.0.0/8");
  isBefore("source 10.0.0.0/8 protocol =tcp", "source 10.0.0.0/8 port =80");
  isBefore("protocol =tcp port =80", "protocol =tcp");
});

Deno.test("rfc8955#5.1 of two prefixes the more specific one comes first, else the lower one", () => {
  isBefore("destination 10.1.0.0/16", "destination 10.0.0.0/8");
  isBefore("destination 10.255.0.0/16", "destination 10.0.0.0/8");
  isBefore("destination 10.0.0.0/16", "destination 10.0.0.0/8");
  isBefore("destination 10.0.0.0/8", "destination 11.1.0.0/16");
  isBefore("source 10.0.0.0/8", "source 0.0.0.0/0");
});

Deno.test("rfc8955#5.1 other components compare as octets, the longer first where one begins with the other", () => {
  isBefore("port =80", "port =81");
  isBefore("port =80 =81", "port =81");
  // The end-of-list bit is part of the octets: 01 50 81 51 is before 81 50.
  isBefore("port =80 =81", "port =80");
  assert.equal(order("port =80", "port =80"), 0);
});

Deno.test("rfc8956#4 the lower offset comes first", () => {
  isBefore("destination ::1:0:0/64-96", "destination ::1:0:0/72-96", "ipv6");
  isBefore("destination ffff::/16", "destination ::1:0:0/64-96", "ipv6");
  isBefore("destination ::2:0:0/64-96", "destination ::2:0:0/64-95", "ipv6");
});

/** RFC 8955 §5.1, step by step, over octets. */
function compare(a: Uint8Array, b: Uint8Array, wide: boolean): number {
  const [first, second] = [a, b].map((key) => parts(key, wide)) as [Part[], Part[]];
  for (let i = 0;; i++) {
    const one = first[i], other = second[i];
    if (one === undefined && other === undefined) return 0;
    if (one === undefined) return 1;
    if (other === undefined) return -1;
    if (one.type !== other.type) return one.type - other.type;
    const result = one.type <= 2 ? comparePrefixes(one, other) : compareOctets(one.octets, other.octets);
    if (result !== 0) return result;
  }
}

interface Part {
  readonly type: number;
  readonly octets: Uint8Array;
  readonly length: number;
  readonly offset: number;
}

function parts(key: Uint8Array, wide: boolean): Part[] {
  const found: Part[] = [];
  for (let at = 0; at < key.length;) {
    const type = key[at++]!;
    const start = at;
    if (type <= 2) {
      const length = key[at++]!;
      const offset = wide ? key[at++]! : 0;
      const from = at;
      at += (length - offset + 7) >> 3;
      found.push({ type, octets: key.slice(from, at), length, offset });
      continue;
    }
    for (let last = false; !last;) {
      last = (key[at]! & 0x80) !== 0;
      at += 1 + (1 << ((key[at]! >> 4) & 3));
    }
    found.push({ type, octets: key.slice(start, at), length: 0, offset: 0 });
  }
  return found;
}

function comparePrefixes(a: Part, b: Part): number {
  if (a.offset !== b.offset) return a.offset - b.offset;
  const bits = (part: Part) =>
    [...part.octets].map((octet) => octet.toString(2).padStart(8, "0")).join("").slice(0, part.length - part.offset);
  const [one, other] = [bits(a), bits(b)];
  const common = Math.min(one.length, other.length);
  if (one.slice(0, common) === other.slice(0, common)) return other.length - one.length;
  return one < other ? -1 : 1;
}

function compareOctets(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return b.length - a.length;
}

Deno.test("rfc8955#5.1 the precedence of random rules sorts as the RFC's algorithm does", () => {
  for (const version of ["ipv4", "ipv6"] as const) {
    const wide = version === "ipv6";
    fc.assert(
      fc.property(randomRule, randomRule, (one, other) => {
        const [a, b] = [one, other].map((rule) => {
          const bytes = codecs[version].join(Uint8Array.from(rule(wide)), undefined);
          return codecs[version].split(bytes, 0, bytes.length, false).key;
        }) as [Uint8Array, Uint8Array];
        const [first, second] = [precedence(a, version), precedence(b, version)];
        assert.equal(Math.sign(compare(a, b, wide)), first < second ? -1 : first > second ? 1 : 0);
      }),
      { numRuns: 500 },
    );
  }
});

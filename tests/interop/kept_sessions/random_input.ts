/**
 * What anybody may make bgpd say: messages of peers, rows, policies. Most of it is nearly right, as only that gets far.
 */
import { parseAddress } from "../../../src/types/mod.ts";
import { mutate, type Pool } from "../../fuzz/mutate.ts";
import type { Random } from "../../fuzz/random.ts";
import { attribute, updateOf } from "../../support/wire.ts";

/** Addresses of each kind that a next hop can be of, and of both ends of the sessions. */
const hops4 = [
  "192.0.2.1",
  "192.0.2.10",
  "192.0.2.20",
  "192.0.2.77",
  "198.51.100.9",
  "0.0.0.0",
  "0.1.2.3",
  "127.0.0.1",
  "127.9.9.9",
  "169.254.1.1",
  "224.0.0.1",
  "239.255.255.255",
  "240.1.1.1",
  "255.255.255.255",
];
const hops6 = [
  "2001:db8::1",
  "2001:db8::77",
  "::",
  "::1",
  "::2",
  "fe80::9",
  "febf::1",
  "ff02::1",
  "fec0::1",
  "::ffff:192.0.2.1",
  "::ffff:224.0.0.1",
  "::ffff:127.0.0.1",
  "100::1",
];
const prefixes4 = [
  "198.18.0.0",
  "203.0.113.0",
  "100.64.0.0",
  "10.0.0.0",
  "224.0.0.0",
  "127.0.0.0",
  "0.0.0.0",
  "255.255.255.255",
];
const prefixes6 = ["2001:db8::", "2001:db8:ffff::", "fe80::", "ff00::", "::", "::1", "64:ff9b::", "2002::"];
const asns = [1, 100, 3356, 23456, 64496, 64512, 65000, 65001, 65535, 65551, 4_200_000_000, 4_294_967_295];

export function randomHop(random: Random, wide: boolean): string {
  return random.pick(wide ? hops6 : hops4);
}

export function randomPrefix(random: Random, wide: boolean): string {
  const octets = parseAddress(random.pick(wide ? prefixes6 : prefixes4))!.slice();
  const length = random.pick(wide ? [0, 8, 10, 32, 48, 64, 127, 128] : [0, 4, 8, 16, 22, 24, 31, 32]);
  for (let i = 1; i < octets.length; i++) if (random.chance(30)) octets[i] = random.octet();
  for (let bit = length; bit < octets.length * 8; bit++) octets[bit >> 3]! &= ~(0x80 >> (bit & 7));
  return `${wide ? groups(octets) : octets.join(".")}/${length}`;
}

/** Hexadecimal, four digits a group. */
function groups(octets: Uint8Array): string {
  return octets.toHex().match(/..../g)!.join(":");
}

const u32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const bytesOf = (text: string) => [...parseAddress(text)!];

function nlri(random: Random, wide: boolean): number[] {
  return Array.from({ length: 1 + random.below(3) }, () => {
    const [address = "", length = "0"] = randomPrefix(random, wide).split("/");
    return [Number(length), ...bytesOf(address).slice(0, Math.ceil(Number(length) / 8))];
  }).flat();
}

function path(random: Random, first: number | undefined): Uint8Array {
  const segment = (type: number, members: readonly number[]) => [type, members.length, ...members.flatMap(u32)];
  const some = (most: number) => Array.from({ length: 1 + random.below(most) }, () => random.pick(asns));
  const segments = first === undefined && random.chance(30)
    ? []
    : segment(2, [...first === undefined ? [] : [first], ...some(4)]);
  if (random.chance(10)) segments.push(...segment(1, some(3)));
  if (random.chance(5)) segments.push(...segment(random.pick([3, 4]), some(2)));
  if (random.chance(3)) segments.push(...segment(2, Array.from({ length: 255 }, () => random.pick(asns))));
  return Uint8Array.from(segments);
}

/** Attributes that are their own affair, by code; each as a rule of the length it should have. */
const others: readonly ((random: Random) => Uint8Array)[] = [
  (random) => attribute(0x80, 4, Uint8Array.from(u32(random.next()))),
  (random) => attribute(0x40, 5, Uint8Array.from(u32(random.pick([0, 100, 0xffffffff])))),
  () => attribute(0x40, 6, ""),
  (random) => attribute(0xc0, 7, Uint8Array.from([...u32(random.pick([0, ...asns])), ...u32(random.next())])),
  (random) => attribute(0xc0, 8, words(random, 1 + random.below(6), wellKnown)),
  (random) => attribute(0x80, 9, Uint8Array.from(u32(random.next()))),
  (random) => attribute(0x80, 10, words(random, 1 + random.below(3), [0, 0x0a0000fe, 0x01020304])),
  (random) => attribute(0xc0, 16, random.octets(8 * (1 + random.below(3)))),
  (random) => attribute(0xc0, 17, path(random, random.pick(asns))),
  (random) => attribute(0xc0, 18, random.octets(8)),
  (random) =>
    attribute(0xc0, 22, Uint8Array.from([random.octet(), random.below(14), ...random.octets(3 + random.below(20))])),
  (random) => attribute(0xc0, 23, tunnels(random)),
  (random) => attribute(0xc0, 25, random.octets(20 * (1 + random.below(2)))),
  (random) => attribute(0x80, 26, Uint8Array.from([1, 0, 11, ...random.octets(8)])),
  (random) => attribute(0x80, 29, random.octets(random.below(30))),
  (random) => attribute(0xc0, 32, random.octets(12 * (1 + random.below(4)))),
  (random) => attribute(0xc0, 35, Uint8Array.from(u32(random.pick(asns)))),
  (random) => attribute(0xc0, 40, prefixSid(random)),
  (random) => attribute(0xc0, 128, random.octets(4 + random.below(60))),
  (random) => attribute(random.pick([0xc0, 0xe0, 0x80]), 1 + random.below(255), random.octets(random.below(64))),
  (random) => attribute(0xc0, 99, random.octets(2_000 + random.below(1_900))),
];
const wellKnown = [
  0xffffff01,
  0xffffff02,
  0xffffff03,
  0xffffff04,
  0xffff0000,
  0xffff0006,
  0xffff0007,
  0xffff029a,
  0,
  0xffffffff,
];

/** RFC 8669 §3, RFC 9252 §2: TLVs of a length that fits. */
function prefixSid(random: Random): Uint8Array {
  return Uint8Array.from(
    Array.from({ length: 1 + random.below(2) }, () => {
      const value = random.octets(random.pick([0, 1, 2, 7, 8, 14, 19, 21, 37]));
      return [random.pick([1, 2, 3, 4, 5, 6, 7]), 0, value.length, ...value];
    }).flat(),
  );
}

/** RFC 9012 §2: tunnels, each of sub-TLVs that fit. */
function tunnels(random: Random): Uint8Array {
  return Uint8Array.from(
    Array.from({ length: 1 + random.below(2) }, () => {
      const parts = Array.from({ length: random.below(3) }, () => {
        const value = random.octets(random.pick([0, 1, 2, 4, 8, 10, 22]));
        return [random.pick([1, 2, 3, 4, 5, 6, 7, 10, 12]), value.length, ...value];
      }).flat();
      return [0, random.pick([0, 1, 2, 7, 8, 9, 11, 15, 19]), 0, parts.length, ...parts];
    }).flat(),
  );
}

function words(random: Random, count: number, values: readonly number[]): Uint8Array {
  return Uint8Array.from(
    Array.from({ length: count }, () => u32(random.chance(50) ? random.pick(values) : random.next())).flat(),
  );
}

/** An UPDATE that announces something. `asn`: of an external peer, whose path begins with it. */
function announcement(random: Random, asn: number | undefined): Uint8Array {
  const wide = random.chance(50);
  const attributes = [attribute(0x40, 1, Uint8Array.of(random.below(3))), attribute(0x40, 2, path(random, asn))];
  if (asn === undefined) attributes.push(attribute(0x40, 5, Uint8Array.from(u32(100))));
  for (let i = random.below(4); i > 0; i--) attributes.push(random.pick(others)(random));
  const codes = attributes.map((one) => one[1]);
  const unique = attributes.filter((one, i) => codes.indexOf(one[1]) === i && ![3, 14, 15].includes(one[1]!));
  if (!wide && random.chance(85)) {
    unique.push(attribute(0x40, 3, Uint8Array.from(bytesOf(randomHop(random, false)))));
    return updateOf(unique, Uint8Array.from(nlri(random, false)));
  }
  const hop = bytesOf(randomHop(random, true));
  if (random.chance(35)) {
    hop.push(...bytesOf(random.pick(["fe80::9", "::", "fe80::1", "2001:db8::2", randomHop(random, true)])));
  }
  const reach = [0, wide ? 2 : 1, 1, hop.length, ...hop, 0, ...nlri(random, wide)];
  return updateOf([...unique, attribute(0x80, 14, Uint8Array.from(reach))], "");
}

/** What a peer sends, right, wrong or broken. */
export function randomMessage(random: Random, asn: number | undefined, pool: Pool): Uint8Array {
  if (random.chance(8)) return mutate(random, random.pick(pool.messages), pool);
  const whole = announcement(random, asn);
  return random.chance(8) ? mutate(random, whole, pool) : whole;
}

export interface RandomRow {
  readonly columns: readonly string[];
  readonly values: readonly (string | number | null)[];
}

/** A row of `announcements` as somebody may write it. `peers`: whom it may be for. */
export function randomRow(random: Random, peers: readonly string[]): RandomRow {
  const wide = random.chance(50);
  const row: [string, string | number | null][] = [["prefix", randomPrefix(random, wide)]];
  if (random.chance(85)) row.push(["next_hop", randomHop(random, wide || random.chance(15))]);
  if (random.chance(25)) row.push(["peer", random.pick(peers)]);
  if (random.chance(40)) row.push(["as_path", randomPathText(random)]);
  if (random.chance(30)) {
    row.push(["communities", random.pick(["no-export", "65000:1", "0:0", "65535:65535", "65535:666"])]);
  }
  if (random.chance(20)) row.push(["large_communities", random.pick(["0:0:0", "4294967295:1:2", "65000:1:2"])]);
  if (random.chance(20)) row.push(["ext_communities", random.pick(["rt:65000:100", "soo:65000:1", "rt:4294967295:1"])]);
  if (random.chance(20)) row.push(["med", random.next()]);
  if (random.chance(20)) row.push(["local_pref", random.next()]);
  return { columns: row.map(([name]) => name), values: row.map(([, value]) => value) };
}

function randomPathText(random: Random): string {
  const one = () => String(random.pick(asns));
  const text = Array.from({ length: 1 + random.below(4) }, one);
  if (random.chance(25)) text.push(`{${one()},${one()}}`);
  if (random.chance(5)) text.push(...Array.from({ length: 300 }, one));
  return text.join(" ");
}

/** `[[policies]]` of this name: rules that set whatever can be set. */
export function randomPolicy(random: Random, name: string, use: "import" | "export"): string {
  const rules = Array.from({ length: 1 + random.below(3) }, () => {
    const set: string[] = [];
    const hop = random.chance(30)
      ? random.pick(use === "import" ? ["peer"] : ["self", "unchanged"])
      : randomHop(random, random.chance(50));
    if (random.chance(70)) set.push(`next_hop = "${hop}"`);
    if (random.chance(30)) set.push(`prepend = ${random.pick(["1", "32", "[23456, 1]", "[4294967295]"])}`);
    if (random.chance(30)) set.push(`add_communities = ["no-export", "65535:666", "1:2:3", "rt:1:1"]`);
    if (random.chance(20)) set.push(`med = ${random.pick(['"none"', "0", "4294967295"])}`);
    if (random.chance(20)) set.push(`local_pref = 4294967295`);
    if (random.chance(20)) set.push(`remove_attributes = ["aigp", 99, 128]`);
    const match = random.chance(50) ? `match = { origin_as = "${random.pick(["1-65000", "64999"])}" }\n` : "";
    return `[[policies.rules]]\n${random.chance(30) ? "" : match}set = { ${set.join(", ")} }\naction = "accept"\n`;
  });
  return `[[policies]]\nname = "${name}"\ndefault = "accept"\n${rules.join("")}`;
}

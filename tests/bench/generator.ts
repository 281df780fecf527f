/**
 * The table of the bench. It is generated with the shape of the Internet's table: 1.0M IPv4 and 0.2M IPv6 prefixes in
 * groups of 6.4 on average that share an attribute set; most prefixes of a group are neighbours. The same seed gives
 * the same table everywhere.
 *
 * Where a real list of prefixes with their origin AS is present, {@link readTable} reads it instead.
 */

import { Random } from "./random.ts";
import { type Table, TableBuilder } from "./table.ts";
import { parsePrefix, type Prefix } from "../../src/types/mod.ts";

export interface TableSize {
  readonly ipv4: number;
  readonly ipv6: number;
}

export const fullTable: TableSize = { ipv4: 1_000_000, ipv6: 200_000 };

/** Prefixes that share an attribute set, on average and at the most. */
const groupMean = 6.4;
const groupMost = 2000;
/** Of a real table, at the most; many origins have one prefix. */
const prefixesPerSet = 10;

const ipv4Lengths = [24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12] as const;
const ipv4Weights = [6200, 1040, 1080, 510, 440, 250, 140, 80, 130, 20, 12, 6, 3];
const ipv6Lengths = [48, 32, 44, 40, 36, 46, 47, 45, 42, 29, 38, 33, 34] as const;
const ipv6Weights = [4540, 1200, 1000, 910, 370, 270, 310, 160, 130, 220, 100, 200, 190];
/** First octets without special addresses. */
const firstOctets = Array.from({ length: 223 }, (_, i) => i + 1)
  .filter((octet) => ![10, 100, 127, 169, 172, 192, 198, 203].includes(octet));
const ipv6Blocks = [0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00];

export function generateTable(size: TableSize, seed = 1): Table {
  const builder = new TableBuilder(size.ipv4 + size.ipv6);
  generateFamily(builder, true, size.ipv4, seed);
  generateFamily(builder, false, size.ipv6, seed);
  return builder.finish();
}

/** P(size >= k) = k^-alpha up to `most`, with the alpha that gives this mean. */
export function zipfAlpha(mean: number, most: number): number {
  let low = 0.1, high = 8;
  for (let i = 0; i < 50; i++) {
    const alpha = (low + high) / 2;
    let sum = 0;
    for (let k = 1; k <= most; k++) sum += k ** -alpha;
    if (sum > mean) low = alpha;
    else high = alpha;
  }
  return (low + high) / 2;
}

function generateFamily(builder: TableBuilder, ipv4: boolean, wanted: number, seed: number): void {
  const random = new Random(seed, ipv4 ? 4 : 6);
  const most = Math.max(1, Math.min(groupMost, Math.floor(wanted / 20)));
  const alpha = zipfAlpha(Math.min(groupMean, most), most);
  for (let made = 0; made < wanted;) {
    const size = Math.min(wanted - made, most, Math.floor((1 - random.next()) ** (-1 / alpha)));
    builder.beginGroup(originAsn(random));
    const draw = ipv4 ? ipv4Drawer(random) : ipv6Drawer(random);
    for (let i = 0; i < size; i++) while (!draw(builder));
    made += size;
  }
}

/** Draws prefixes of a group: the next neighbour, somewhere in the group's /12, or anywhere. */
function ipv4Drawer(random: Random): (builder: TableBuilder) => boolean {
  const anywhere = () => (firstOctets[random.below(firstOctets.length)]! << 24) | random.below(1 << 24);
  const home = anywhere() & 0xfff00000;
  let last = 0, lastLength = 0, tries = 0;
  return (builder) => {
    const length = ipv4Lengths[random.weighted(ipv4Weights)]!;
    const mask = -1 << (32 - length);
    const dice = tries++ > 6 ? 99 : random.below(100);
    const word = dice < 55 && length === lastLength
      ? last + (1 << (32 - length))
      : dice < 85
      ? home | random.below(1 << 20)
      : anywhere();
    const address = word & mask;
    if (!firstOctets.includes(address >>> 24) || !builder.add(true, address, 0, length)) return false;
    last = address;
    lastLength = length;
    tries = 0;
    return true;
  };
}

function ipv6Drawer(random: Random): (builder: TableBuilder) => boolean {
  const anywhere = () => (ipv6Blocks[random.below(ipv6Blocks.length)]! << 16) | random.below(1 << 20);
  const home = anywhere();
  let tries = 0;
  return (builder) => {
    const length = ipv6Lengths[random.weighted(ipv6Weights)]!;
    const dice = tries++ > 6 ? 99 : random.below(100);
    const w0 = (dice < 85 && length > 32 ? home : anywhere()) & (length < 32 ? -1 << (32 - length) : -1);
    const w1 = length <= 32 ? 0 : (random.below(1 << (length - 32)) << (64 - length)) | 0;
    if (!builder.add(false, w0, w1, length)) return false;
    tries = 0;
    return true;
  };
}

/** Few have many prefixes, many have few. */
function originAsn(random: Random): number {
  return asnAt(Math.floor(75_000 * random.next() ** 3));
}

/** Some 75,000 public AS numbers; the first are the busiest. */
export function asnAt(index: number): number {
  const random = new Random(index, 7);
  const asn = random.chance(45) ? 300 + random.below(63_000) : 131_072 + random.below(270_000);
  return asn === 23_456 ? 23_457 : asn;
}

/**
 * A real table: lines `prefix <tab> origin AS`, IPv4 first, packed with xz. Prefixes of one origin share attribute
 * sets, some six each. `undefined` where the file or xz is not there.
 */
export async function readTable(path: string): Promise<Table | undefined> {
  let text: string;
  try {
    const { success, stdout } = await new Deno.Command("xz", { args: ["-dc", path], stderr: "null" }).output();
    if (!success) return undefined;
    text = new TextDecoder().decode(stdout);
  } catch {
    return undefined;
  }
  const byOrigin: Readonly<Record<4 | 16, Map<number, Prefix[]>>> = { 4: new Map(), 16: new Map() };
  let count = 0;
  for (const line of text.trimEnd().split("\n")) {
    const [name, origin] = line.split("\t");
    const prefix = parsePrefix(name ?? "");
    if (prefix === undefined || origin === undefined || prefix.length > 64) continue;
    const origins = byOrigin[prefix.octets.length === 4 ? 4 : 16];
    const those = origins.get(Number(origin));
    if (those === undefined) origins.set(Number(origin), [prefix]);
    else those.push(prefix);
    count++;
  }
  const builder = new TableBuilder(count);
  for (const octets of [4, 16] as const) {
    for (const [origin, prefixes] of byOrigin[octets]) {
      prefixes.forEach((prefix, i) => {
        if (i % prefixesPerSet === 0) builder.beginGroup(origin);
        const view = new DataView(prefix.octets.buffer, prefix.octets.byteOffset);
        builder.add(octets === 4, view.getInt32(0), octets === 4 ? 0 : view.getInt32(4), prefix.length);
      });
    }
  }
  return builder.finish();
}

/** The codec of every family that has one: what it splits it joins again, and its text is read back. */
import assert from "node:assert/strict";
import { type NlriCodec, nlriCodec } from "../../src/message/mod.ts";
import { families, type Family } from "../../src/types/mod.ts";
import { fromHex, toHex } from "../golden/golden.ts";
import type { Target } from "./harness.ts";
import { edit, join } from "./mutate.ts";
import type { Random } from "./random.ts";

const codecs = families.flatMap(({ id, name }) => {
  const codec = nlriCodec(id);
  return codec === undefined ? [] : [{ name, codec }];
});

export const nlriTargets: readonly Target[] = codecs.map(({ name, codec }) => ({
  name: `NLRI, ${name}`,
  run: (bytes, start, end) =>
    [false, true].map((withdrawn) => readBlock(codec, bytes, start, end, withdrawn)).join("\n"),
}));

function readBlock(codec: NlriCodec, bytes: Uint8Array, start: number, end: number, withdrawn: boolean): string {
  const said: string[] = [];
  for (let at = start; at < end;) {
    const size = codec.size(bytes, at, end);
    if (size === -1) return [...said, "no end"].join("\n");
    assert.ok(size > 0 && at + size <= end, `an NLRI of ${size} octets, of which ${end - at} are there`);
    const fault = codec.fault(bytes, at, at + size, withdrawn);
    said.push(fault ?? readOne(codec, bytes, at, at + size, withdrawn));
    at += size;
  }
  return said.join("\n");
}

function readOne(codec: NlriCodec, bytes: Uint8Array, start: number, end: number, withdrawn: boolean): string {
  const { key, value } = codec.split(bytes, start, end, withdrawn);
  if (withdrawn) assert.equal(value.length, 0, "a withdrawn route has no value");
  for (const octets of withdrawn ? [undefined] : [value, undefined]) {
    const wire = codec.join(key, octets);
    assert.equal(codec.size(wire, 0, wire.length), wire.length);
    assert.equal(codec.fault(wire, 0, wire.length, octets === undefined), undefined);
    const again = codec.split(wire, 0, wire.length, octets === undefined);
    assert.deepEqual([toHex(again.key), toHex(again.value)], [toHex(key), toHex(octets ?? new Uint8Array(0))]);
  }
  const text = codec.format(key);
  assert.match(text, /^[\x20-\x7e]*$/);
  const parsed = codec.parse(text);
  assert.ok(parsed instanceof Uint8Array, `${JSON.stringify(text)} is not read back: ${JSON.stringify(parsed)}`);
  assert.equal(toHex(parsed), toHex(key), text);
  const { rd, prefix, more } = codec.fields(key);
  return [
    toHex(key),
    toHex(value),
    text,
    rd,
    prefix && `${toHex(prefix.octets)}/${prefix.length}`,
    JSON.stringify(more),
  ]
    .join(" ");
}

/** Octets change, and blocks of different kinds come together. */
export function mutateNlri(random: Random, input: Uint8Array): Uint8Array {
  let nlri = input;
  for (let rounds = 1 + random.below(3); rounds > 0; rounds--) nlri = edit(random, nlri);
  return random.chance(5) ? join([nlri, random.pick(seeds)]) : nlri.subarray(0, 600);
}

/** One or two NLRI of every kind; the fuzzer gives each to every codec. */
export function nlriSeeds(): readonly Uint8Array[] {
  return seeds;
}

/** Valid NLRI by family, each on its own. */
export function nlriByFamily(): { readonly family: Family; readonly nlri: readonly Uint8Array[] }[] {
  return families.flatMap((family) => {
    const codec = nlriCodec(family.id);
    return codec === undefined ? [] : [{ family, nlri: seeds.flatMap((seed) => validNlri(codec, seed)) }];
  });
}

function validNlri(codec: NlriCodec, bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = codec.size(bytes, at, bytes.length);
    // Seeds are for one codec each: another one may find an end by accident.
    if (size === -1 || codec.fault(bytes, at, at + size, false) !== undefined) return [];
    found.push(bytes.slice(at, at + size));
    at += size;
  }
  return found;
}

function makeSeeds(): Uint8Array[] {
  const rd = "0000fde800000001", esi = "00112233445566778899", ipv6 = "20010db8000000000000000000000001";
  return [
    `0119 ${rd}${esi} ffffffff 000000`,
    `0228 ${rd}${esi} 00000007 30 00005e005301 20 c0000201 000064 0000c8`,
    `0221 ${rd}${esi} 00000000 30 00005e005301 00 000641 0311 ${rd} 00000064 20 c0000201`,
    `0423 ${rd}${esi} 80 ${ipv6}`,
    `0522 ${rd}${esi} 00000000 18 c6336400 00000000 000064`,
    `053a ${rd}${esi} 00000000 20 20010db8000000000000000000000000 ${ipv6} 000064`,
    "06030a0b0c ff00",
    "0011 0001c0a8c901007b 0005 0001 0008 029ce1",
    `000c ${rd} c0000201`,
    "0616 0000fde80001869f 0000fde8 20 0a63c701 20 effbffe4",
    `0312 ${rd} 00 20 effbffe4 c0000201`,
    "00010011 02 0000000000000007 0100000400000001",
    `00020011 ${rd} 03 ffffffffffffffff`,
    "0100010c 0000006400000064 18 0a0001 02000101 00",
    "60 00000001 00000064 c0000201",
    `c0 00000001 00000064 ${ipv6}`,
    `70 000641 ${rd} c63364`,
    `78 0003e8 ${rd} 20010db8`,
    `88 000640 000651 ${rd} c63364`,
    "30 000641 c63364 38 800000 20010db8",
    `60 0000fde8 0002fde800000064 00`,
    "0c 01 18 c63364 03 81 06 05 91 0c38",
    `10 ${rd} 01 18 c63364 03 81 06`,
    "0e 01 40 00 20010db800000000 03 81 11",
    `16 ${rd} 01 40 00 20010db800000000 03 81 11`,
    "25 0118c00002 02080a 030111 8106 04 0350 c55a 059501bb 0681ff 078108 088100 098112 0a940064 0b810a 0c8002",
    "f00f 01200020010db8 0268412468acf134 0da10007a120",
  ].map((hex) => fromHex(hex));
}

const seeds = makeSeeds();

import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { parsePrefixRange, PrefixClasses, type PrefixRange } from "../../../src/policy/mod.ts";
import { formatPrefix, maskPrefix, type Prefix, prefixContains } from "../../../src/types/mod.ts";

function entry(text: string): PrefixRange {
  const result = parsePrefixRange(text);
  assert.ok(result?.kind === "range", text);
  return result.range;
}

function classOf(classes: PrefixClasses, prefix: Prefix): number {
  const view = new DataView(prefix.octets.buffer);
  const word = (i: number) => 4 * i < prefix.octets.length ? view.getInt32(4 * i) : 0;
  return classes.classOf(prefix.octets.length === 4 ? 1 : 2, word(0), word(1), word(2), word(3), prefix.length);
}

/** Short prefixes of few bits, so that they cover each other. */
const octets = (size: 4 | 16) =>
  fc.array(fc.constantFrom(0, 1, 0x80, 0xff), { minLength: size, maxLength: size }).map((list) =>
    Uint8Array.from(list)
  );
const prefix = (size: 4 | 16): fc.Arbitrary<Prefix> =>
  fc.tuple(octets(size), fc.oneof(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 8 * size })))
    .map(([address, length]) => maskPrefix(address, length));
const range = (size: 4 | 16): fc.Arbitrary<PrefixRange> =>
  fc.tuple(prefix(size), fc.nat(8 * size), fc.nat(8 * size), fc.boolean()).map(([prefix, a, b, except]) => {
    const [min, max] = [a, b].map((length) => Math.max(length, prefix.length)).sort((x, y) => x - y);
    return { prefix, min: min!, max: max!, except };
  });

Deno.test("a prefix is in the sets whose most specific entry about it says so, for all prefixes and sets", () => {
  fc.assert(fc.property(
    fc.array(fc.array(fc.oneof(range(4), range(16)), { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
    fc.array(fc.oneof(prefix(4), prefix(16)), { minLength: 20, maxLength: 20 }),
    (sets, prefixes) => {
      const classes = new PrefixClasses(sets);
      const byClass = new Map<number, string>();
      for (const asked of prefixes) {
        const members = sets.map((entries) => {
          const about = entries.filter(({ prefix, min, max }) =>
            prefixContains(prefix, asked.octets, asked.length) && asked.length >= min && asked.length <= max
          );
          const longest = Math.max(...about.map(({ prefix }) => prefix.length));
          const last = about.filter(({ prefix }) => prefix.length === longest);
          return last.length > 0 && last.every(({ except }) => !except);
        });
        const found = classOf(classes, asked);
        assert.deepEqual(sets.map((_, set) => classes.has(found, set)), members, formatPrefix(asked));
        assert.equal(found === 0, !members.includes(true));
        // The same sets, the same class.
        const key = members.join();
        assert.equal(byClass.get(found) ?? key, key);
        byClass.set(found, key);
      }
      assert.equal(new Set(byClass.values()).size, byClass.size);
    },
  ));
});

Deno.test("classes are few, however many prefixes the sets name", () => {
  const entries = Array.from({ length: 4096 }, (_, i) => entry(`10.${i >> 8}.${i & 255}.0/24`));
  const classes = new PrefixClasses([entries, [entry("10.0.0.0/8 le 32")]]);
  const seen = new Set<number>();
  for (let i = 0; i < 8192; i++) seen.add(classes.classOf(1, (10 << 24) | (i << 8), 0, 0, 0, 24));
  assert.equal(seen.size, 2);
  assert.equal(classes.classOf(1, 11 << 24, 0, 0, 0, 24), 0);
});

Deno.test("multicast families share the sets of their addresses", () => {
  const classes = new PrefixClasses([[entry("10.0.0.0/8")]]);
  assert.equal(classes.classOf(3, 10 << 24, 0, 0, 0, 8), classes.classOf(1, 10 << 24, 0, 0, 0, 8));
  assert.notEqual(classes.classOf(3, 10 << 24, 0, 0, 0, 8), 0);
});

/** Strings keep their octets while chunks come and go. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { ByteArena } from "../../../../src/rib/table/byte_arena.ts";

const chunk = 2 ** 20;

Deno.test("memory of chunks without strings goes back, and serves again", () => {
  const arena = new ByteArena();
  const bytes = new Uint8Array(chunk / 4).fill(5);
  const places = Array.from({ length: 12 }, () => arena.store(bytes, 0, bytes.length));
  assert.equal(arena.bytes, 3 * chunk);
  for (const place of places.slice(1)) arena.free(place, bytes.length);
  arena.returnMemory();
  assert.equal(arena.bytes, chunk, "the first chunk has a string");
  assert.ok(arena.equals(places[0]!, bytes, bytes.length));
  bytes.fill(6);
  for (let i = 0; i < 11; i++) assert.ok(arena.equals(arena.store(bytes, 0, bytes.length), bytes, bytes.length));
  assert.equal(arena.bytes, 3 * chunk);
  bytes.fill(5);
  assert.ok(arena.equals(places[0]!, bytes, bytes.length));
  arena.free(places[0]!, bytes.length);
});

Deno.test("an arena without strings takes no memory", () => {
  const arena = new ByteArena();
  const bytes = Uint8Array.of(1, 2, 3);
  arena.free(arena.store(bytes, 0, 3), 3);
  arena.returnMemory();
  assert.equal(arena.bytes, 0);
  assert.ok(arena.equals(arena.store(bytes, 0, 3), bytes, 3));
});

Deno.test("whatever comes and goes, each string has its octets", () => {
  const step = fc.record({ what: fc.constantFrom("store", "store", "free", "return"), length: fc.nat(2 ** 18) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const arena = new ByteArena();
      const held: { place: number; bytes: Uint8Array }[] = [];
      steps.forEach(({ what, length }, i) => {
        if (what === "return") return arena.returnMemory();
        if (what === "store") {
          const bytes = new Uint8Array(length).fill(i + 1);
          held.push({ place: arena.store(bytes, 0, length), bytes });
          return;
        }
        const [gone] = held.splice(length % Math.max(1, held.length), 1);
        if (gone !== undefined) arena.free(gone.place, gone.bytes.length);
      });
      for (const { place, bytes } of held) assert.ok(arena.equals(place, bytes, bytes.length));
    }),
    { numRuns: 30 },
  );
});

/** The VRPs of June 2017 and the prefixes of a full table: states, memory and time of a real load. */
import assert from "node:assert/strict";
import { originStateNames, readRpkiFile, type Vrp, VrpTables } from "../../../src/rpki/mod.ts";
import { parsePrefix, type Prefix, readInt32 } from "../../../src/types/mod.ts";
import { hasShared, sharedPath } from "../../support/shared_data.ts";

const vrpFile = "table/vrps-2017-06-01.json.xz";
const tableFile = "table/table-1m-200k.tsv.xz";

function unpacked(path: string): string {
  const { stdout, success } = new Deno.Command("xz", { args: ["-dc", sharedPath(path)] }).outputSync();
  assert.ok(success, `xz cannot unpack ${path}`);
  return new TextDecoder().decode(stdout);
}

/** VRPs of IPv4 by prefix, found by trying each length: how a person would look them up. */
class ByLength {
  readonly #vrps = new Map<number, Vrp[]>();

  add(vrp: Vrp): void {
    const key = keyOf(readInt32(vrp.prefix.octets, 0), vrp.prefix.length);
    const there = this.#vrps.get(key);
    if (there === undefined) this.#vrps.set(key, [vrp]);
    else there.push(vrp);
  }

  state(word: number, length: number, origin: number): string {
    let state = "not-found";
    for (let shorter = 0; shorter <= length; shorter++) {
      for (const vrp of this.#vrps.get(keyOf(word, shorter)) ?? []) {
        if (vrp.asn === origin && length <= vrp.maxLength) return "valid";
        state = "invalid";
      }
    }
    return state;
  }
}

/** A number for each prefix: the address without its host bits, and the length. */
function keyOf(word: number, length: number): number {
  return Math.floor((word >>> 0) / 2 ** (32 - length)) * 64 + length;
}

if (hasShared("real VRPs against a full table", vrpFile, tableFile)) {
  const text = unpacked(vrpFile);
  const result = readRpkiFile(text, 0);
  assert.ok("value" in result);
  const { vrps } = result.value;
  const routes = unpacked(tableFile).trimEnd().split("\n").slice(0, 100_000).map((line) => {
    const [prefix, origin] = line.split("\t");
    return { prefix: parsePrefix(prefix!)!, origin: Number(origin) };
  }).filter(({ prefix }) => prefix.octets.length === 4);

  Deno.test("RFC 6811 §2: 100,000 routes of a full table have the states that a search by each length gives", () => {
    const byLength = new ByLength();
    vrps.ipv4.forEach((vrp) => byLength.add(vrp));
    const counts: Record<string, number> = { valid: 0, invalid: 0, "not-found": 0 };
    for (const { prefix, origin } of routes) {
      const state = originStateNames[vrps.validate(prefix, origin)]!;
      counts[state]!++;
      assert.equal(state, byLength.state(readInt32(prefix.octets, 0), prefix.length, origin));
    }
    // The comparison means something where each state occurs.
    for (const [state, count] of Object.entries(counts)) assert.ok(count > 100, `${count} routes are ${state}`);
  });

  Deno.test("a real file is read whole: as many VRPs as JSON.parse finds", () => {
    const { roas } = JSON.parse(text) as { roas: { prefix: string; asn: string; maxLength: number }[] };
    const wanted = new Set(roas.map(({ prefix, asn, maxLength }) => `${prefix}-${maxLength} ${asn}`));
    assert.equal(vrps.count, wanted.size);
  });

  Deno.test("500,000 VRPs take less than 40 MB, and a validation far less than what the table allows", () => {
    const large = new VrpTables();
    const words = routes.map(({ prefix }: { prefix: Prefix }) => readInt32(prefix.octets, 0));
    for (let asn = 1; large.count < 500_000; asn++) {
      for (let i = 0; i < words.length && large.count < 500_000; i++) {
        const length = routes[i]!.prefix.length;
        large.ipv4.add(words[i]!, 0, 0, 0, length, Math.min(32, length + i % 3), 70_000 * asn + i);
      }
    }
    assert.ok(large.octets < 40e6, `${large.octets} octets`);
    const started = performance.now();
    for (let i = 0; i < words.length; i++) large.ipv4.validate(words[i]!, 0, 0, 0, routes[i]!.prefix.length, i);
    // A quiet machine needs 0.1 to 0.3 µs; other tests may run at the same time.
    const microseconds = (performance.now() - started) * 1000 / words.length;
    assert.ok(microseconds < 5, `${microseconds} µs for a validation`);
  });
}

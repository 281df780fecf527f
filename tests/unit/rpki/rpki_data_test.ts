/** What counts: caches, files and exceptions together, and what each change reports and touches. */
import assert from "node:assert/strict";
import { type Aspa, AspaTable, RpkiData, Slurm, type Vrp, VrpTables } from "../../../src/rpki/mod.ts";
import { type Asn, formatPrefix, readInt32 } from "../../../src/types/mod.ts";
import fc from "../../support/fast_check.ts";
import { prefix, vrp } from "./vrp_model.ts";

/** Data with what the listener knows of them. */
class Followed {
  readonly vrps = new Set<string>();
  readonly aspas = new Map<Asn, Aspa>();
  changes = 0;
  readonly data = new RpkiData({
    vrp: (vrp, isAdded) => {
      this.changes++;
      const key = keyOf(vrp);
      assert.notEqual(this.vrps.has(key), isAdded, `${key} is reported twice`);
      if (isAdded) this.vrps.add(key);
      else this.vrps.delete(key);
    },
    aspa: (customer, aspa) => {
      this.changes++;
      assert.notDeepEqual(this.aspas.get(customer), aspa, `AS ${customer} is reported without a change`);
      if (aspa === undefined) this.aspas.delete(customer);
      else this.aspas.set(customer, aspa);
    },
  });

  cache(isAnnounced: boolean, { prefix: { octets, length }, maxLength, asn }: Vrp): void {
    const at = (i: number) => i < octets.length ? readInt32(octets, i) : 0;
    const { announce, withdraw } = this.data.caches;
    (isAnnounced ? announce : withdraw)(octets.length === 4, at(0), at(4), at(8), at(12), length, maxLength, asn);
  }
}

function keyOf({ prefix, maxLength, asn }: Vrp): string {
  return `${formatPrefix(prefix)}-${maxLength} ${asn}`;
}

function tablesOf(vrps: Iterable<string>): VrpTables {
  const tables = new VrpTables();
  for (const each of vrps) tables.add(vrp(each));
  return tables;
}

function keysOf(tables: VrpTables): string[] {
  const keys: string[] = [];
  tables.forEach((vrp) => keys.push(keyOf(vrp)));
  return keys.sort();
}

Deno.test("a VRP counts while a cache or a file has it, and is reported once", () => {
  const followed = new Followed();
  const one = vrp("10.0.0.0/8-16 1");
  followed.cache(true, one);
  followed.data.replaceFiles(tablesOf(["10.0.0.0/8-16 1"]), new AspaTable());
  assert.equal(followed.changes, 1);
  followed.cache(false, one);
  assert.deepEqual([...followed.vrps], ["10.0.0.0/8-16 1"]);
  followed.data.replaceFiles(new VrpTables(), new AspaTable());
  assert.equal(followed.changes, 2);
  assert.equal(followed.data.vrps.count, 0);
});

Deno.test("the providers of a customer are those of all sources", () => {
  const followed = new Followed();
  followed.data.caches.aspa(1, [2]);
  const file = new AspaTable();
  file.set(1, [3]);
  followed.data.replaceFiles(new VrpTables(), file);
  assert.deepEqual(followed.aspas.get(1), { customer: 1, providers: [2, 3] });
  followed.data.caches.aspa(1, undefined);
  assert.deepEqual(followed.aspas.get(1), { customer: 1, providers: [3] });
  assert.deepEqual([...followed.data.takeTouched().customers], [1]);
  followed.data.replaceFiles(new VrpTables(), file);
  assert.deepEqual([...followed.data.takeTouched().customers], []);
  followed.data.replaceFiles(new VrpTables(), new AspaTable());
  assert.equal(followed.data.aspas.count, 0);
  assert.deepEqual([...followed.data.takeTouched().customers], [1]);
});

Deno.test("a change touches the routes inside its prefix, until the RIB has taken them", () => {
  const followed = new Followed();
  followed.cache(true, vrp("10.0.0.0/8 1"));
  followed.cache(true, vrp("2001:db8::/32 1"));
  const first = followed.data.takeTouched();
  assert.deepEqual(first.ipv4.ranges().map(formatPrefix), ["10.0.0.0/8"]);
  assert.deepEqual(first.ipv6.ranges().map(formatPrefix), ["2001:db8::/32"]);
  followed.cache(true, vrp("10.0.0.0/8 1"));
  assert.ok(followed.data.takeTouched().ipv4.isEmpty);
  followed.cache(false, vrp("10.0.0.0/8 1"));
  assert.ok(!followed.data.takeTouched().ipv4.isEmpty);
});

const prefixes = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "11.0.0.0/8", "2001:db8::/32"];
const vrpTexts = fc.tuple(fc.constantFrom(...prefixes), fc.nat(2)).map(([prefix, asn]) => `${prefix} ${asn}`);
const vrpLists = fc.uniqueArray(vrpTexts);
const filters = fc.array(fc.tuple(fc.constantFrom(undefined, ...prefixes), fc.constantFrom(undefined, 0, 1, 2)));

type Step =
  | { readonly kind: "cache"; readonly isAnnounced: boolean; readonly vrp: string }
  | { readonly kind: "files"; readonly vrps: readonly string[] }
  | {
    readonly kind: "exceptions";
    readonly filters: readonly (readonly [string | undefined, number | undefined])[];
    readonly vrps: readonly string[];
  };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("cache"), isAnnounced: fc.boolean(), vrp: vrpTexts }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("files"), vrps: vrpLists }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("exceptions"), filters, vrps: vrpLists }) },
  ),
  { maxLength: 40 },
);

Deno.test("RFC 8416 §4: after any changes what counts is the sources without the filters, with the assertions", () => {
  fc.assert(fc.property(steps, (steps) => {
    const followed = new Followed();
    const cache = new Set<string>();
    let files: readonly string[] = [];
    let slurm = new Slurm();
    for (const step of steps) {
      const before = tablesOf(keysOf(followed.data.vrps));
      if (step.kind === "cache") {
        followed.cache(step.isAnnounced, vrp(step.vrp));
        if (step.isAnnounced) cache.add(step.vrp);
        else cache.delete(step.vrp);
      } else if (step.kind === "files") {
        files = step.vrps;
        followed.data.replaceFiles(tablesOf(files), new AspaTable());
      } else {
        slurm = new Slurm();
        for (const [text, asn] of step.filters) {
          if (text !== undefined || asn !== undefined) {
            slurm.addPrefixFilter(text === undefined ? undefined : prefix(text), asn);
          }
        }
        for (const each of step.vrps) slurm.addVrp(vrp(each));
        followed.data.replaceExceptions(slurm, () => cache.forEach((each) => followed.cache(true, vrp(each))));
        followed.data.replaceFiles(tablesOf(files), new AspaTable());
      }
      const kept = [...cache, ...files].map(vrp).filter((vrp) => !slurm.filtersVrp(vrp)).map(keyOf);
      const expected = [...new Set([...kept, ...keysOf(slurm.vrps)])].sort();
      assert.deepEqual(keysOf(followed.data.vrps), expected, step.kind);
      assert.deepEqual([...followed.vrps].sort(), expected, `reported: ${step.kind}`);
      assertTouched(before, followed.data);
    }
  }));
});

/** Each route whose state is another one is touched. */
function assertTouched(before: VrpTables, data: RpkiData): void {
  const touched = data.takeTouched();
  for (const route of [...prefixes, "10.1.2.128/25", "0.0.0.0/0"].map(prefix)) {
    for (const origin of [0, 1, 2]) {
      if (before.validate(route, origin) === data.vrps.validate(route, origin)) continue;
      const at = (i: number) => i < route.octets.length ? readInt32(route.octets, i) : 0;
      const family = route.octets.length === 4 ? touched.ipv4 : touched.ipv6;
      assert.ok(family.touches(at(0), at(4), at(8), at(12), route.length), formatPrefix(route));
    }
  }
}

/** Local exceptions (RFC 8416): what they take away, what they add, and where a broken file is broken. */
import assert from "node:assert/strict";
import { AspaTable, readSlurm, RpkiData, type Slurm, type Vrp, VrpTables } from "../../../src/rpki/mod.ts";
import { formatPrefix, prefixContains } from "../../../src/types/mod.ts";
import fc from "../../support/fast_check.ts";
import { vrp } from "./vrp_model.ts";

interface Parts {
  readonly version?: number;
  readonly prefixFilters?: readonly unknown[];
  readonly prefixAssertions?: readonly unknown[];
  readonly aspaFilters?: readonly unknown[];
  readonly aspaAssertions?: readonly unknown[];
}

function text({ version, prefixFilters, prefixAssertions, aspaFilters, aspaAssertions }: Parts): string {
  return JSON.stringify({
    slurmVersion: version ?? 1,
    validationOutputFilters: { prefixFilters: prefixFilters ?? [], bgpsecFilters: [], aspaFilters },
    locallyAddedAssertions: { prefixAssertions: prefixAssertions ?? [], bgpsecAssertions: [], aspaAssertions },
  });
}

function read(parts: Parts): Slurm {
  const result = readSlurm(text(parts));
  assert.ok("value" in result, JSON.stringify(result));
  return result.value;
}

function errorOf(content: string): string {
  const result = readSlurm(content);
  assert.ok("error" in result, content);
  return result.error.message;
}

/** What counts of these, with the exceptions. */
function dataOf(slurm: Slurm, vrps: VrpTables, aspas: AspaTable): RpkiData {
  const data = new RpkiData({ vrp: () => {}, aspa: () => {} });
  data.replaceExceptions(slurm, () => {});
  data.replaceFiles(vrps, aspas);
  return data;
}

/** What is left of these VRPs, as text. */
function apply(slurm: Slurm, ...texts: string[]): string[] {
  const vrps = new VrpTables();
  for (const each of texts) vrps.add(vrp(each));
  const left: string[] = [];
  dataOf(slurm, vrps, new AspaTable()).vrps.forEach(({ prefix, maxLength, asn }: Vrp) => {
    left.push(`${formatPrefix(prefix)}-${maxLength} ${asn}`);
  });
  return left;
}

const all = ["10.0.0.0/8-8 1", "10.1.0.0/16-24 2", "10.1.2.0/24-24 0", "11.0.0.0/8-8 2", "2001:db8::/32-48 2"];

Deno.test("RFC 8416 §3.3.1: a filter with a prefix takes away the VRPs at it and inside it, no wider ones", () => {
  assert.deepEqual(apply(read({ prefixFilters: [{ prefix: "10.1.0.0/16" }] }), ...all), [all[0], all[3], all[4]]);
  assert.deepEqual(apply(read({ prefixFilters: [{ prefix: "10.1.2.0/25" }] }), ...all), all);
  assert.deepEqual(apply(read({ prefixFilters: [{ prefix: "::/0" }] }), ...all), all.slice(0, 4));
});

Deno.test("RFC 8416 §3.3.1: a filter with an AS takes away its VRPs; with a prefix and an AS, what is both", () => {
  assert.deepEqual(apply(read({ prefixFilters: [{ asn: 2 }] }), ...all), [all[0], all[2]]);
  const both = { prefix: "10.0.0.0/8", asn: 2, comment: "all of it" };
  assert.deepEqual(apply(read({ prefixFilters: [both] }), ...all), [all[0], all[2], all[3], all[4]]);
  assert.deepEqual(apply(read({ prefixFilters: [{ prefix: "10.0.0.0/8", asn: 0 }] }), ...all), [
    all[0],
    all[1],
    all[3],
    all[4],
  ]);
});

Deno.test("RFC 8416 §4.1: assertions are added after the filters, and no filter takes them away", () => {
  const slurm = read({
    prefixFilters: [{ prefix: "10.0.0.0/8" }],
    prefixAssertions: [
      { asn: 9, prefix: "10.1.0.0/16", maxPrefixLength: 20, comment: "ours" },
      { asn: 9, prefix: "10.2.0.0/16" },
    ],
  });
  assert.deepEqual(apply(slurm, ...all), ["10.1.0.0/16-20 9", "10.2.0.0/16-16 9", all[3], all[4]]);
  assert.deepEqual(apply(read({}), ...all), all);
});

Deno.test("draft aspa-slurm: a filter takes away the ASPA of a customer, an assertion adds providers", () => {
  const aspas = new AspaTable();
  for (const customer of [1, 2, 3]) aspas.set(customer, [10]);
  const slurm = read({
    version: 2,
    aspaFilters: [{ customerAsn: 1 }, { customerAsn: 2, comment: "wrong" }],
    aspaAssertions: [{ customerAsn: 2, providerAsns: [12, 11] }, { customerAsn: 3, providerAsns: [11] }],
  });
  assert.deepEqual(dataOf(slurm, new VrpTables(), aspas).aspas.list(), [
    { customer: 2, providers: [11, 12] },
    { customer: 3, providers: [10, 11] },
  ]);
  assert.match(errorOf(text({ aspaFilters: [{ customerAsn: 1 }] })), /need slurmVersion 2/);
});

Deno.test("RFC 8416 §3.1: each deviation is an error, and the message names it", () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ["{}", /no member "slurmVersion"/],
    [text({ version: 3 }), /slurmVersion is 3; known are 1 and 2/],
    [text({}).replace("bgpsecFilters", "bgpFilters"), /the member "bgpFilters"; RFC 8416 knows prefixFilters/],
    [text({}).replace(`"bgpsecAssertions":[]`, `"prefixAssertions":[]`), /two members "prefixAssertions"/],
    [text({}).replace(`,"bgpsecAssertions":[]`, ""), /no member "bgpsecAssertions"/],
    [text({ prefixFilters: [{ comment: "x" }] }), /entry 1 of prefixFilters has neither a prefix nor an asn/],
    [text({ prefixFilters: [{ asn: 1 }, { asn: 1, max: 2 }] }), /entry 2 of prefixFilters has the member "max"/],
    [text({ prefixFilters: [{ asn: 1, comment: 2 }] }), /the comment of entry 1 of prefixFilters, a string/],
    [text({ prefixAssertions: [{ prefix: "10.0.0.0/8" }] }), /entry 1 of prefixAssertions has no member "asn"/],
    [text({ prefixAssertions: [{ asn: 1 }] }), /has no member "prefix"/],
    [
      text({ prefixAssertions: [{ asn: 1, prefix: "10.0.0.0/8", maxPrefixLength: 7 }] }),
      /maxPrefixLength of entry 1 of prefixAssertions is 7, but for 10.0.0.0\/8 it is 8 to 32/,
    ],
    [text({ version: 2, aspaAssertions: [{ customerAsn: 1 }] }), /has no member "providerAsns"/],
    [text({ version: 2, aspaFilters: [{}] }), /has no member "customerAsn"/],
  ];
  for (const [content, message] of rows) assert.match(errorOf(content), message);
});

Deno.test("what filters leave of any VRPs is what their definition leaves", () => {
  const prefixes = fc.constantFrom("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "::/0", "2001:db8::/32");
  const asns = fc.constantFrom(0, 1, 2);
  const filters = fc.array(
    fc.oneof(fc.record({ prefix: prefixes }), fc.record({ asn: asns }), fc.record({ prefix: prefixes, asn: asns })),
  );
  const vrps = fc.array(fc.tuple(prefixes, asns).map(([prefix, asn]) => `${prefix} ${asn}`));
  fc.assert(fc.property(filters, vrps, (filters, vrps) => {
    const slurm = read({ prefixFilters: filters });
    for (const each of vrps.map(vrp)) {
      const isFiltered = filters.some((filter: { prefix?: string; asn?: number }) =>
        (filter.asn === undefined || filter.asn === each.asn) &&
        (filter.prefix === undefined ||
          prefixContains(vrp(`${filter.prefix} 0`).prefix, each.prefix.octets, each.prefix.length))
      );
      assert.equal(slurm.filtersVrp(each), isFiltered);
    }
  }));
});

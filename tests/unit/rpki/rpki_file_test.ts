/** Files of relying parties: what each format says, and where a broken file is broken. */
import assert from "node:assert/strict";
import { readRpkiFile, type RpkiFile, type Vrp } from "../../../src/rpki/mod.ts";
import { formatPrefix } from "../../../src/types/mod.ts";
import fc from "../../support/fast_check.ts";
import { hasShared, sharedPath } from "../../support/shared_data.ts";

function read(text: string, now = 0): RpkiFile {
  const result = readRpkiFile(text, now);
  assert.ok("value" in result, JSON.stringify(result));
  return result.value;
}

function texts({ vrps }: RpkiFile): string[] {
  const found: string[] = [];
  vrps.forEach(({ prefix, maxLength, asn }: Vrp) => found.push(`${formatPrefix(prefix)}-${maxLength} ${asn}`));
  return found;
}

Deno.test("the JSON of routinator: VRPs and ASPAs, with names of ASes", () => {
  const file = read(`{
    "metadata": { "generated": 1700000000, "generatedTime": "2023-11-14T22:13:20Z" },
    "roas": [
      { "asn": "AS64496", "prefix": "192.0.2.0/24", "maxLength": 26, "ta": "ripe" },
      { "asn": "AS64497", "prefix": "2001:DB8::/32", "maxLength": 48,
        "source": [{ "type": "roa", "uri": "rsync://x/y.roa", "validity": { "notAfter": "2024-01-01T00:00:00Z" } }] }
    ],
    "routerKeys": [{ "asn": "AS64496", "SKI": "00", "routerPublicKey": "AA==", "ta": "ripe" }],
    "aspas": [{ "customer": "AS64496", "providers": ["AS64499", "AS64498"], "ta": "ripe" }]
  }`);
  assert.deepEqual(texts(file), ["192.0.2.0/24-26 64496", "2001:db8::/32-48 64497"]);
  assert.deepEqual(file.aspas.list(), [{ customer: 64496, providers: [64498, 64499] }]);
  assert.equal(file.nextExpiry, undefined);
});

Deno.test("the JSON of rpki-client and stayrtr: ASes as numbers, and entries that expire", () => {
  const text = `{
    "metadata": { "buildmachine": "x", "vrps": 3 },
    "roas": [
      { "asn": 64496, "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "ta", "expires": 1000 },
      { "asn": 64496, "prefix": "198.51.100.0/24", "maxLength": 24, "ta": "ta", "expires": 3000 },
      { "asn": 64497, "prefix": "198.51.100.0/24", "maxLength": 24, "ta": "ta", "expires": 2000 }
    ],
    "bgpsec_keys": [],
    "aspas": [
      { "customer_asid": 64496, "expires": 1500, "providers": [64498] },
      { "customer_asid": 64497, "expires": 4000, "providers": [64499, 64498] }
    ]
  }`;
  const before = read(text, 999);
  assert.equal(before.vrps.count, 3);
  assert.equal(before.aspas.count, 2);
  assert.deepEqual([before.expiredCount, before.nextExpiry], [0, 1000]);
  const after = read(text, 1500);
  assert.deepEqual(texts(after), ["198.51.100.0/24-24 64496", "198.51.100.0/24-24 64497"]);
  assert.deepEqual(after.aspas.list(), [{ customer: 64497, providers: [64498, 64499] }]);
  assert.deepEqual([after.expiredCount, after.nextExpiry], [2, 2000]);
});

Deno.test("ASPAs by family of older files, and several of one customer, are one", () => {
  const file = read(`{ "roas": [], "provider_authorizations": {
    "ipv4": [{ "customer_asid": 1, "providers": [2] }], "ipv6": [{ "customer_asid": 1, "providers": [3, 2] }],
    "other": 1 } }`);
  assert.deepEqual(file.aspas.list(), [{ customer: 1, providers: [2, 3] }]);
  const twice = read(`{ "aspas": [{ "customer": 1, "providers": [2] }, { "providers": ["AS3"], "customer": "AS1" }] }`);
  assert.deepEqual(twice.aspas.list(), [{ customer: 1, providers: [2, 3] }]);
});

Deno.test("an entry counts once, without maxLength for the prefix itself, and with its members in any order", () => {
  const entry = `{"ta":"a","maxLength":9,"prefix":"10.0.0.0/8","asn":"64496"}`;
  const file = read(`\ufeff{"roas":[${entry},${entry},{"asn":1,"prefix":"10.0.0.0\\/8"}]}`);
  assert.deepEqual(texts(file), ["10.0.0.0/8-8 1", "10.0.0.0/8-9 64496"]);
});

const good = `{"asn":1,"prefix":"10.0.0.0/8","maxLength":8}`;
const mistakes: readonly (readonly [text: string, place: string, message: RegExp])[] = [
  ["", "1:1", /the file ends too early: expected the file, an object/],
  ["[]", "1:1", /expected the file, an object; found "\["/],
  ["{}", "1:1", /neither roas nor aspas/],
  [`{"roa": [${good}]}`, "1:1", /neither roas nor aspas/],
  [`{"roas": {}}`, "1:10", /expected roas, an array/],
  [`{"roas": [\n${good},\n{"asn":1,"prefix":"10.0.0.1/8","maxLength":8}]}`, "3:19", /entry 2 of roas.*"10.0.0.0\/8"/],
  [`{"roas": [\n{"asn":1,"prefix":"10.0.0.0/33","maxLength":33}]}`, "2:19", /entry 1 of roas.*is no prefix/],
  [`{"roas": [\n{"asn":1,"prefix":"10.0.0.0","maxLength":8}]}`, "2:19", /is no prefix/],
  [`{"roas": [\n{"asn":1,"prefix":"10.0.0.0/8","maxLength":7}]}`, "2:44", /maxLength of entry 1 of roas is 7.*8 to 32/],
  [`{"roas": [\n{"asn":1,"maxLength":33,"prefix":"10.0.0.0/8"}]}`, "2:1", /maxLength of entry 1 of roas is 33/],
  [`{"roas": [\n{"asn":1,"prefix":"2001:db8::/32","maxLength":129}]}`, "2:47", /is 129/],
  [`{"roas": [\n{"asn":1,"prefix":"10.0.0.0/8","maxLength":8.5}]}`, "2:44", /is 8.5/],
  [`{"roas": [\n{"asn":1,"prefix":"10.0.0.0/8","maxLength":"8"}]}`, "2:44", /a number; found/],
  [`{"roas": [\n{"asn":"ASX","prefix":"10.0.0.0/8"}]}`, "2:8", /asn of entry 1 of roas is "ASX"/],
  [`{"roas": [\n{"asn":4294967296,"prefix":"10.0.0.0/8"}]}`, "2:8", /is 4294967296/],
  [`{"roas": [\n{"asn":-1,"prefix":"10.0.0.0/8"}]}`, "2:8", /is -1/],
  [`{"roas": [\n{"asn":null,"prefix":"10.0.0.0/8"}]}`, "2:8", /asn of entry 1 of roas, a number; found "n"/],
  [`{"roas": [\n{"prefix":"10.0.0.0/8"}]}`, "2:1", /asn of entry 1 of roas is missing/],
  [`{"roas": [\n{"asn":1}]}`, "2:1", /the prefix of entry 1 of roas is missing/],
  [`{"aspas": [\n{"customer":1}]}`, "2:1", /providers of entry 1 of aspas is missing/],
  [`{"aspas": [\n{"customer":1,"providers":[2,"x"]}]}`, "2:30", /AS 2 of providers of entry 1 of aspas is "x"/],
  [`{"roas": [\n${good}`, "2:46", /the file ends too early: expected "," or "\]" in roas/],
  [`{"roas": [\n${good},]}`, "2:47", /expected entry 2 of roas, an object; found "\]"/],
  [`{"roas": [${good}]} x`, "1:59", /expected the end of the file; found "x"/],
  [`{"roas" [${good}]}`, "1:9", /":" after the name "roas"/],
  [`{"x": "a\nb", "roas": []}`, "1:7", /control character/],
  [`{"x": "a\\q", "roas": []}`, "1:7", /escape/],
  [`{"x": "a`, "1:7", /the file ends inside/],
  [`{"x": nul, "roas": []}`, "1:7", /a value, a number; found "n"/],
  [`{"x": ${"[".repeat(100_000)}`, "1:70", /nested more than 64 deep/],
];

for (const [text, place, message] of mistakes) {
  Deno.test(`a broken file says where it is broken: ${JSON.stringify(text.slice(0, 70))}`, () => {
    const result = readRpkiFile(text, 0);
    assert.ok("error" in result);
    assert.match(result.error.message, message);
    assert.equal(`${result.error.line}:${result.error.column}`, place, result.error.message);
  });
}

Deno.test("whatever octets a file has, it is read as JSON.parse reads it, or refused", () => {
  const whole = `{"metadata":{"a":[1.5e3,true,null,"\\u00e9"]},"roas":[${good},{"asn":"AS2","prefix":"::/0"}]}`;
  const changes = fc.array(fc.tuple(fc.nat(whole.length), fc.constantFrom(...'{}[]",:\\ 0-e.tn'), fc.nat(2)));
  fc.assert(
    fc.property(changes, (changes) => {
      let text = whole;
      for (const [at, insert, remove] of changes) text = text.slice(0, at) + insert + text.slice(at + remove);
      const result = readRpkiFile(text, 0);
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      if ("value" in result) assert.ok(isJson, text);
      else assert.ok(result.error.line >= 1 && result.error.column >= 1 && result.error.message !== "");
    }),
    { numRuns: 1000 },
  );
});

const shared = ["table/vrps.json", "table/vrps.rpki-client.json", "table/stayrtr-test.rpki.json"];
if (hasShared("files of relying parties", ...shared)) {
  for (const path of shared) {
    Deno.test(`${path} is read whole: as many VRPs as JSON.parse finds`, () => {
      const text = Deno.readTextFileSync(sharedPath(path));
      const { roas } = JSON.parse(text) as { roas: { prefix: string; asn: string | number; maxLength: number }[] };
      const wanted = new Set(roas.map(({ prefix, asn, maxLength }) => `${prefix.toLowerCase()}-${maxLength} ${asn}`));
      assert.equal(read(text).vrps.count, wanted.size);
    });
  }
}

/**
 * Route maps of FRR at random, with ordered lists: the policies decide as the route map does, or reject where the
 * converter says that it left something out. The route map runs here by a plain interpreter.
 */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { askAbout } from "../../policy/support.ts";
import { frr, policiesIn } from "./support.ts";

interface Route {
  readonly prefix: string;
  readonly path: readonly number[];
  readonly communities: readonly string[];
  readonly med: number | undefined;
}

interface Entry<T> {
  readonly isPermit: boolean;
  readonly item: T;
}

const communities = ["65000:1", "65000:2", "65001:1"];
const prefixes = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.0.2.0/24", "192.0.2.128/25"];
const ranges = [
  "10.0.0.0/8",
  "10.0.0.0/8 le 32",
  "10.0.0.0/8 ge 16 le 23",
  "192.0.2.0/24 le 25",
  "0.0.0.0/0 ge 24",
  "any",
];

const route: fc.Arbitrary<Route> = fc.record({
  prefix: fc.constantFrom(...prefixes),
  path: fc.array(fc.constantFrom(65001, 65002, 65003), { minLength: 1, maxLength: 3 }),
  communities: fc.subarray(communities),
  med: fc.constantFrom(undefined, 0, 10),
});

function listOf<T>(item: fc.Arbitrary<T>): fc.Arbitrary<readonly Entry<T>[]> {
  return fc.array(fc.record({ isPermit: fc.boolean(), item }), { minLength: 1, maxLength: 4 });
}

const lists = fc.record({
  prefixes: fc.tuple(listOf(fc.constantFrom(...ranges)), listOf(fc.constantFrom(...ranges))),
  paths: fc.tuple(listOf(fc.constantFrom(65001, 65002)), listOf(fc.constantFrom(65001, 65003))),
  communities: fc.tuple(
    listOf(fc.subarray(communities, { minLength: 1, maxLength: 2 })),
    listOf(fc.subarray(communities, { minLength: 1, maxLength: 2 })),
  ),
});

interface MapEntry {
  readonly isPermit: boolean;
  readonly prefix: number | undefined;
  readonly path: number | undefined;
  readonly community: number | undefined;
  readonly metric: number | undefined;
  readonly localPref: number | undefined;
  readonly community2: { readonly text: string; readonly additive: boolean } | undefined;
  readonly prepend: number | undefined;
  readonly goesOn: boolean;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const which = maybe(fc.constantFrom(0, 1));

const mapEntry: fc.Arbitrary<MapEntry> = fc.record({
  isPermit: fc.boolean(),
  prefix: which,
  path: which,
  community: which,
  metric: maybe(fc.constantFrom(0, 10)),
  localPref: maybe(fc.constantFrom(50, 200)),
  community2: maybe(fc.record({ text: fc.constantFrom(...communities), additive: fc.boolean() })),
  prepend: maybe(fc.constantFrom(64999, 65002)),
  goesOn: fc.boolean(),
});

type Lists = typeof lists extends fc.Arbitrary<infer T> ? T : never;

function configuration(all: Lists, entries: readonly MapEntry[], filter: number | undefined): string {
  const word = ({ isPermit }: { isPermit: boolean }) => isPermit ? "permit" : "deny";
  const lines = [
    ...all.prefixes.flatMap((list, n) => list.map((one) => `ip prefix-list P${n} ${word(one)} ${one.item}`)),
    ...all.paths.flatMap((list, n) => list.map((one) => `bgp as-path access-list A${n} ${word(one)} _${one.item}_`)),
    ...all.communities.flatMap((list, n) =>
      list.map((one) => `bgp community-list standard C${n} ${word(one)} ${one.item.join(" ")}`)
    ),
    ...entries.flatMap((entry, i) => [
      `route-map M ${word(entry)} ${10 * (i + 1)}`,
      ...entry.prefix === undefined ? [] : [` match ip address prefix-list P${entry.prefix}`],
      ...entry.path === undefined ? [] : [` match as-path A${entry.path}`],
      ...entry.community === undefined ? [] : [` match community C${entry.community}`],
      ...entry.metric === undefined ? [] : [` match metric ${entry.metric}`],
      ...entry.localPref === undefined ? [] : [` set local-preference ${entry.localPref}`],
      ...entry.community2 === undefined
        ? []
        : [` set community ${entry.community2.text}${entry.community2.additive ? " additive" : ""}`],
      ...entry.prepend === undefined ? [] : [` set as-path prepend ${entry.prepend}`],
      ...entry.goesOn ? [" on-match next"] : [],
    ]),
  ];
  const filterLine = filter === undefined ? "" : " neighbor 192.0.2.2 prefix-list P0 in\n";
  return `router bgp 65000
 bgp router-id 192.0.2.1
 neighbor 192.0.2.2 remote-as 65001
 neighbor 192.0.2.2 route-map M in
${filterLine}exit
${lines.join("\n")}
`;
}

function permits<T>(list: readonly Entry<T>[], matches: (item: T) => boolean): boolean {
  return list.find(({ item }) => matches(item))?.isPermit ?? false;
}

function isInRange(prefix: string, range: string): boolean {
  const [network = "", length] = prefix.split("/");
  const isTen = network.startsWith("10.");
  const long = Number(length);
  switch (range) {
    case "10.0.0.0/8":
      return prefix === range;
    case "10.0.0.0/8 le 32":
      return isTen;
    case "10.0.0.0/8 ge 16 le 23":
      return isTen && long >= 16 && long <= 23;
    case "192.0.2.0/24 le 25":
      return !isTen && long <= 25;
    case "0.0.0.0/0 ge 24":
      return long >= 24;
  }
  return true;
}

/** `undefined`: rejected. */
function run(all: Lists, entries: readonly MapEntry[], filter: number | undefined, route: Route) {
  const now = { path: [...route.path], communities: [...route.communities], localPref: 100, med: route.med };
  const inPrefixes = (n: number) => permits(all.prefixes[n]!, (range) => isInRange(route.prefix, range));
  if (filter !== undefined && !inPrefixes(0)) return undefined;
  for (const entry of entries) {
    const { prefix, path, community, metric } = entry;
    if (prefix !== undefined && !inPrefixes(prefix)) continue;
    if (path !== undefined && !permits(all.paths[path]!, (asn) => now.path.includes(asn))) continue;
    const has = (items: readonly string[]) => items.every((item) => now.communities.includes(item));
    if (community !== undefined && !permits(all.communities[community]!, has)) continue;
    if (metric !== undefined && (now.med ?? 0) !== metric) continue;
    if (!entry.isPermit) return undefined;
    if (entry.localPref !== undefined) now.localPref = entry.localPref;
    if (entry.prepend !== undefined) now.path.unshift(entry.prepend);
    const { community2 } = entry;
    if (community2 !== undefined) {
      now.communities = [...new Set([...community2.additive ? now.communities : [], community2.text])];
    }
    if (!entry.goesOn) return now;
  }
  return undefined;
}

let translated = 0, whole = 0;

Deno.test("a route map and its policies agree, or the policies reject what the converter left out", () => {
  const maps = fc.array(mapEntry, { minLength: 1, maxLength: 4 });
  const routes = fc.array(route, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(lists, maps, maybe(fc.constant(0)), routes, (all, entries, filter, routes) => {
      const text = configuration(all, entries, filter);
      const conversion = frr(text);
      const policies = policiesIn(conversion);
      const isWhole = conversion.leftOut.length === 0;
      translated++;
      if (isWhole) whole++;
      const chain = filter === undefined ? ["M"] : ["prefix-list-P0", "M"];
      for (const one of routes) {
        const wanted = run(all, entries, filter, one);
        const { accepted, set } = askAbout(policies, chain, {
          prefix: one.prefix,
          path: one.path.join(" "),
          communities: one.communities.join(" "),
          set: one.med === undefined ? {} : { med: one.med },
        });
        if (!isWhole && !accepted) continue;
        const seen = accepted
          ? {
            path: set.asPath.flatMap(({ asns }) => asns),
            communities: set.communities.map((value) => `${value >>> 16}:${value & 0xffff}`).toSorted(),
            localPref: set.localPref ?? 100,
            med: set.med,
          }
          : undefined;
        const expected = wanted && { ...wanted, communities: wanted.communities.toSorted() };
        assert.deepEqual(seen, expected, `${text}\n${conversion.text}`);
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(whole > translated * 0.4, `only ${whole} of ${translated} route maps were translated`);
});

/**
 * Filters of BIRD at random: the policy decides as the filter does, or rejects where the converter says that it left
 * something out. The filter runs here by a plain interpreter of its tree.
 */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { askAbout } from "../../policy/support.ts";
import { bird, policiesIn } from "./support.ts";

interface Route {
  readonly prefix: string;
  readonly path: readonly number[];
  readonly communities: readonly string[];
  readonly localPref: number;
  readonly med: number | undefined;
}

type Mutable = { -readonly [key in keyof Route]: Route[key] };

/** A condition: its text, and whether a route fulfils it. */
interface Test {
  readonly text: string;
  readonly holds: (route: Route) => boolean;
}

type Verdict = "accept" | "reject" | undefined;

interface Step {
  readonly text: string;
  readonly run: (route: Mutable) => Verdict;
}

const communities = ["65000:1", "65000:2", "65001:1", "65000:1:1", "65000:1:2"];
const prefixes = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.0.2.0/24", "192.0.2.128/25"];
const lengthOf = (prefix: string) => Number(prefix.split("/")[1]);

const route: fc.Arbitrary<Route> = fc.record({
  prefix: fc.constantFrom(...prefixes),
  path: fc.array(fc.constantFrom(65001, 65002, 65003), { minLength: 1, maxLength: 3 }),
  communities: fc.subarray(communities),
  localPref: fc.constantFrom(50, 100, 200),
  med: fc.constantFrom(undefined, 0, 10),
});

const tuple = (text: string) => `(${text.split(":").join(", ")})`;
const listOf = (text: string) => text.split(":").length === 3 ? "bgp_large_community" : "bgp_community";

const simple: fc.Arbitrary<Test> = fc.oneof(
  fc.constantFrom(...communities).map((text) => ({
    text: `${tuple(text)} ~ ${listOf(text)}`,
    holds: (route: Route) => route.communities.includes(text),
  })),
  fc.constant({
    text: "bgp_community ~ [(65000, *)]",
    holds: (route: Route) => route.communities.some((text) => /^65000:\d+$/.test(text)),
  }),
  fc.constantFrom(8, 16, 24).map((length) => ({
    text: `net.len > ${length}`,
    holds: (route: Route) => lengthOf(route.prefix) > length,
  })),
  fc.constant({
    text: "net ~ [ 10.0.0.0/8{16,24}, 192.0.2.0/24+ ]",
    holds: ({ prefix }: Route) => prefix !== "10.0.0.0/8",
  }),
  fc.constant({ text: "net ~ TENS", holds: ({ prefix }: Route) => prefix.startsWith("10.") }),
  fc.constantFrom(65001, 65002).map((asn) => ({
    text: `bgp_path ~ [= * ${asn} * =]`,
    holds: ({ path }: Route) => path.includes(asn),
  })),
  fc.constantFrom(65001, 65002).map((asn) => ({
    text: `bgp_path.last = ${asn}`,
    holds: ({ path }: Route) => path.at(-1) === asn,
  })),
  fc.constant({
    text: "bgp_path ~ [= 65001 ? * =]",
    holds: ({ path }: Route) => path[0] === 65001 && path.length > 1,
  }),
  fc.constantFrom(50, 100, 200).map((value) => ({
    text: `bgp_local_pref = ${value}`,
    holds: ({ localPref }: Route) => localPref === value,
  })),
  fc.constant({ text: "bgp_local_pref < 150", holds: ({ localPref }: Route) => localPref < 150 }),
  fc.constant({ text: "defined(bgp_med)", holds: ({ med }: Route) => med !== undefined }),
  fc.constant({ text: "is_long()", holds: ({ prefix }: Route) => lengthOf(prefix) > 20 }),
);

const condition: fc.Arbitrary<Test> = fc.letrec<{ any: Test; simple: Test }>((tie) => ({
  simple,
  any: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    tie("simple"),
    tie("any").map((one) => ({ text: `!(${one.text})`, holds: (route: Route) => !one.holds(route) })),
    fc.tuple(tie("any"), tie("any")).map(([one, other]) => ({
      text: `(${one.text}) && (${other.text})`,
      holds: (route: Route) => one.holds(route) && other.holds(route),
    })),
    fc.tuple(tie("any"), tie("any")).map(([one, other]) => ({
      text: `(${one.text}) || (${other.text})`,
      holds: (route: Route) => one.holds(route) || other.holds(route),
    })),
  ),
})).any;

function change(text: string, apply: (route: Mutable) => void): Step {
  return {
    text: `${text};`,
    run: (route) => {
      apply(route);
      return undefined;
    },
  };
}

const changes: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(50, 150, 200).map((value) => change(`bgp_local_pref = ${value}`, (r) => void (r.localPref = value))),
  fc.constant(change("bgp_local_pref = bgp_local_pref + 7", (r) => void (r.localPref += 7))),
  fc.constant(change("bgp_med = 5", (r) => void (r.med = 5))),
  fc.constant(change("bgp_path.prepend(65002)", (r) => void (r.path = [65002, ...r.path]))),
  fc.constant(
    change(
      "bgp_community.empty",
      (r) => void (r.communities = r.communities.filter((text) => text.split(":").length === 3)),
    ),
  ),
  fc.constant(change("mark(2)", (r) => {
    r.communities = [...new Set([...r.communities.filter((text) => !/^65000:1:/.test(text)), "65000:1:2"])];
  })),
  fc.constantFrom(...communities).map((text) =>
    change(`${listOf(text)}.add(${tuple(text)})`, (r) => void (r.communities = [...new Set([...r.communities, text])]))
  ),
  fc.constantFrom(...communities).map((text) =>
    change(`${listOf(text)}.delete([${tuple(text)}])`, (r) => {
      r.communities = r.communities.filter((other) => other !== text);
    })
  ),
);

const step: fc.Arbitrary<Step> = fc.letrec<{ step: Step; block: Step }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    { weight: 3, arbitrary: changes },
    {
      weight: 1,
      arbitrary: fc.constantFrom("accept" as const, "reject" as const).map((verdict) => ({
        text: `${verdict};`,
        run: () => verdict,
      })),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(condition, tie("block"), fc.option(tie("block"), { nil: undefined })).map(
        ([test, yes, no]) => ({
          text: `if ${test.text} then ${yes.text}${no === undefined ? "" : ` else ${no.text}`}`,
          run: (route: Mutable) => test.holds(route) ? yes.run(route) : no?.run(route),
        }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie("block"), tie("block"), tie("block")).map(([short, middle, others]) => ({
        text: `case net.len { 8: ${short.text} 9..16, 24: ${middle.text} else: ${others.text} }`,
        run: (route: Mutable) => {
          const length = lengthOf(route.prefix);
          const block = length === 8 ? short : length <= 16 || length === 24 ? middle : others;
          return block.run(route);
        },
      })),
    },
  ),
  block: fc.array(tie("step"), { minLength: 1, maxLength: 3 }).map((steps) => ({
    text: `{ ${steps.map(({ text }) => text).join(" ")} }`,
    run: (route: Mutable) => runAll(steps, route),
  })),
})).step;

function runAll(steps: readonly Step[], route: Mutable): Verdict {
  for (const { run } of steps) {
    const verdict = run(route);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

function configuration(steps: readonly Step[]): string {
  return `router id 192.0.2.1;
define TENS = [ 10.0.0.0/8+ ];
function is_long() { if net.len > 20 then return true; return false; }
function mark(int kind) {
  bgp_large_community.delete([(65000, 1, *)]);
  bgp_large_community.add((65000, 1, kind));
}
filter f {
${steps.map(({ text }) => `  ${text}`).join("\n")}
}
protocol bgp p { local as 65000; neighbor 192.0.2.2 as 65001; ipv4 { import filter f; export none; }; }
`;
}

let translated = 0, whole = 0;

Deno.test("a filter and its policy agree on every route, or the policy rejects what the converter left out", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), fc.array(route, { minLength: 1, maxLength: 6 }), (
      steps,
      routes,
    ) => {
      const conversion = bird(configuration(steps));
      const policies = policiesIn(conversion);
      const isWhole = conversion.leftOut.length === 0;
      translated++;
      if (isWhole) whole++;
      for (const one of routes) {
        const after: Mutable = { ...one };
        const accepted = runAll(steps, after) === "accept";
        const answer = askAbout(policies, ["f"], {
          prefix: one.prefix,
          path: one.path.join(" "),
          communities: one.communities.join(" "),
          set: { localPref: one.localPref, ...one.med === undefined ? {} : { med: one.med } },
        });
        if (!isWhole && !answer.accepted) continue;
        const { set } = answer;
        const plain = set.communities.map((value) => `${value >>> 16}:${value & 0xffff}`);
        const large = set.largeCommunities.map((value) => value.join(":"));
        const seen = answer.accepted && {
          path: set.asPath.flatMap(({ asns }) => asns),
          communities: [...plain, ...large].toSorted(),
          localPref: set.localPref,
          med: set.med,
        };
        const { path, localPref, med } = after;
        const wanted = accepted && { path, communities: after.communities.toSorted(), localPref, med };
        assert.deepEqual(seen, wanted, `${configuration(steps)}\n${conversion.text}`);
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(whole > translated * 0.5, `only ${whole} of ${translated} filters were translated`);
});

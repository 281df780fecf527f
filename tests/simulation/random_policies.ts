/**
 * Policies drawn from the seed, for speakers of an AS graph. They filter, mark, prepend and prefer at random, within
 * the rules that keep a network stable: routes of customers take precedence over all others (Gao and Rexford), and
 * within an AS no policy changes what decides.
 */

import { parseConfig } from "../../src/config/mod.ts";
import type { RoleName } from "../../src/message/mod.ts";
import type { PolicyTable } from "../../src/policy/mod.ts";
import { toToml } from "../unit/policy/arbitraries.ts";
import type { Table, Value, WrittenPolicies, WrittenRule } from "../unit/policy/reference.ts";
import type { Random } from "./random.ts";

export const emptyWritten: WrittenPolicies = {
  prefixSets: {},
  asSets: {},
  asPathSets: {},
  communitySets: {},
  policies: [],
};

/** What policies talk about. */
export interface Ground {
  readonly prefixes: readonly string[];
  readonly asns: readonly number[];
  /** MED is taken out: reflectors hide routes from each other, and might never agree (RFC 3345). */
  readonly withoutMed: boolean;
}

/** LOCAL_PREF of routes by what we are to who sent them. */
const preferences: Readonly<Record<RoleName, readonly number[]>> = {
  provider: [200, 210, 220],
  rs: [100, 110],
  "rs-client": [150, 160],
  peer: [150, 155, 160],
  customer: [80, 90, 100],
};
const roles = Object.keys(preferences) as RoleName[];

const marks = ["65000:1", "65000:2", "65001:7", "65001:8"];
const largeMarks = ["65000:1:1", "65001:2:2"];

/** Names of the chains for a session in which we are this to the peer; `undefined`: one within our AS. */
export function chainsFor(random: Random, role: RoleName | undefined): { import: string[]; export: string[] } {
  if (role === undefined) return { import: ["inside-in"], export: ["inside-out"] };
  return {
    import: [`prefer-${role}`, ...random.some([`from-${role}`], 0.8), random.pick(["first-in", "second-in"])],
    export: [...random.some([`to-${role}`], 0.8), random.pick(["first-out", "second-out"])],
  };
}

/** Policies with all the names that {@link chainsFor} may give. */
export function randomPolicies(random: Random, ground: Ground): WrittenPolicies {
  const draw = new Draw(random, ground);
  const policies = [
    ...roles.map((role) => ({
      name: `prefer-${role}`,
      default: "continue" as const,
      rules: [{
        match: {},
        set: { local_pref: preferences[role][0]!, ...ground.withoutMed ? { med: "none" } : {} },
        action: "continue" as const,
      }],
    })),
    ...roles.map((role) => draw.policy(`from-${role}`, "import", "continue", preferences[role])),
    ...roles.map((role) => draw.policy(`to-${role}`, "export", "continue")),
    ...["first", "second"].map((name) =>
      draw.policy(`${name}-in`, "import", random.pick(["accept", "accept", "reject"]))
    ),
    ...["first", "second"].map((name) =>
      draw.policy(`${name}-out`, "export", random.pick(["accept", "accept", "reject"]))
    ),
    draw.policy("inside-in", "inside", "accept"),
    draw.policy("inside-out", "inside", "accept"),
  ];
  return {
    prefixSets: { some: draw.ranges(4), more: draw.ranges(2) },
    asSets: { some: random.some(ground.asns, 0.3).concat(64500), wide: ["65011-65014", 64501] },
    asPathSets: { through: [`_${random.pick(ground.asns)}_`], odd: ["^\\d+ \\d+$", "_64500$"] },
    communitySets: { marks: ["65000:*"], others: ["65001:5-7", "65001:2:*"] },
    policies,
  };
}

const compiled = new WeakMap<WrittenPolicies, PolicyTable>();

/** As the daemon has it of a configuration. */
export function policyTable(written: WrittenPolicies): PolicyTable {
  const known = compiled.get(written);
  if (known !== undefined) return known;
  const result = parseConfig(toToml(written));
  if (result.kind === "errors") throw new Error(`a random policy is not valid: ${JSON.stringify(result.errors)}`);
  compiled.set(written, result.config.policies);
  return result.config.policies;
}

/** `inside`: of a session within the AS or the confederation. */
type Place = "import" | "export" | "inside";

class Draw {
  readonly #random: Random;
  readonly #ground: Ground;

  constructor(random: Random, ground: Ground) {
    this.#random = random;
    this.#ground = ground;
  }

  policy(name: string, place: Place, fallback: WrittenRule["action"], preferred: readonly number[] = []) {
    const random = this.#random;
    const rules = Array.from({ length: random.between(0, 3) }, () => this.#rule(place, preferred));
    // A policy that rejects by default lets most pass before.
    if (fallback === "reject") rules.push({ match: { not_origin_as: ["some"] }, set: {}, action: "accept" });
    return { name, default: fallback, rules };
  }

  ranges(count: number): string[] {
    return Array.from({ length: count }, () => {
      const random = this.#random;
      const prefix = random.pick(this.#ground.prefixes);
      const length = Number(prefix.split("/")[1]);
      const most = prefix.includes(":") ? 128 : 32;
      const widened = random.pick(["", ` ge ${length} le ${most}`, ` le ${random.between(length, most)}`]);
      return `${random.chance(0.2) ? "!" : ""}${prefix}${widened}`;
    });
  }

  #rule(place: Place, preferred: readonly number[]): WrittenRule {
    const random = this.#random;
    const match: Table = Object.fromEntries(
      Array.from({ length: random.pick([0, 1, 1, 1, 2]) }, () => this.#condition(place)),
    );
    const set: Table = Object.fromEntries(
      Array.from({ length: random.pick([0, 1, 1, 2]) }, () => this.#change(place, preferred)),
    );
    // Without a condition a rejection would leave nothing.
    const verdicts = Object.keys(match).length === 0
      ? (["continue"] as const)
      : (["continue", "continue", "accept", "reject"] as const);
    return { match, set, action: random.pick(verdicts) };
  }

  #condition(place: Place): [string, Value] {
    const random = this.#random;
    const { asns, prefixes } = this.#ground;
    const [key, value] = random.pick<() => [string, Value]>([
      () => ["prefix", random.some(["some", "more"], 0.5).concat(random.pick(prefixes))],
      () => ["prefix_length", ["0-20"]],
      () => ["family", [random.pick(["ipv4 unicast", "ipv6 unicast"])]],
      () => ["origin_as", ["some"]],
      () => ["first_as", [random.pick(["some", "wide"])]],
      () => ["path_as", [random.pick(asns)]],
      () => ["as_path", [random.pick(["through", "odd", "_64501_"])]],
      () => ["as_path_length", [random.pick(["<= 2", "3-9"])]],
      () => ["community", [random.pick(["marks", "others", "65000:1"])]],
      () => ["all_communities", ["marks", "others"]],
      () => ["local_pref", [random.pick(["100", ">= 150"])]],
      () => ["origin", [random.pick(["igp", "incomplete"])]],
      () => ["attribute", [random.pick(["otc", "med"])]],
      () => ["peer_as", [random.pick(["some", "wide"])]],
      ...place === "export"
        ? [
          (): [string, Value] => ["source", [random.pick(["local", "internal", "external"])]],
          (): [string, Value] => ["from_as", ["some"]],
        ]
        : [],
    ])();
    // MED that is taken out in one place is not asked for in another: both would be right by turns.
    return [random.chance(0.2) ? `not_${key}` : key, value];
  }

  #change(place: Place, preferred: readonly number[]): [string, Value] {
    const random = this.#random;
    const isOutside = place !== "inside";
    return random.pick<() => [string, Value]>([
      () => ["add_communities", random.some([...marks, ...largeMarks], 0.3).concat("65001:5")],
      () => ["remove_communities", [random.pick(["marks", "others", "65001:8"])]],
      ...isOutside
        ? [
          (): [string, Value] => ["prepend", random.between(1, 3)],
          (): [string, Value] => ["communities", random.some(marks, 0.5)],
          (): [string, Value] => ["large_communities", random.some(largeMarks, 0.5)],
        ]
        : [],
      ...preferred.length > 0 ? [(): [string, Value] => ["local_pref", random.pick(preferred)]] : [],
      ...place === "import"
        ? [
          (): [string, Value] => ["prepend_first", random.between(1, 2)],
          (): [string, Value] => ["next_hop", "peer"],
          (): [string, Value] => ["origin", random.pick(["igp", "incomplete"])],
        ]
        : [],
      ...place === "export"
        ? [
          (): [string, Value] => ["med", random.pick<Value>([5, 10, "+3"])],
          (): [string, Value] => ["next_hop", random.pick(["self", "unchanged"])],
        ]
        : [],
    ])();
  }
}

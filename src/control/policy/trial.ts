/** The policies of a peer applied to one route, rule by rule. */

import {
  type ExplainedRule,
  Explicit,
  type Policies,
  type PolicyChoice,
  routeClass,
  type RouteContext,
} from "../../policy/mod.ts";
import type { Prefix } from "../../types/mod.ts";

export interface Trial {
  /** The word of the configuration, for example `all`, if it names no policy. */
  readonly word: string | undefined;
  readonly steps: readonly ExplainedRule[];
  readonly accepted: boolean;
  /** The deciding rule. */
  readonly reason: string | undefined;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** The next hop that a rule sets, if its address depends on the session. */
  readonly nextHop: "self" | "unchanged" | undefined;
}

export interface TrialInput {
  readonly policies: Policies;
  readonly choice: PolicyChoice<string>;
  /** Whether a word of the configuration, for example `all`, accepts the route. */
  readonly accepts: (word: string) => boolean;
  readonly context: RouteContext;
  readonly prefix: Prefix;
  readonly wire: Uint8Array;
  /** What RPKI data say of the route (`rpki/validity.ts`). */
  readonly validity: number;
}

export function tryPolicies({ policies, choice, accepts, context, prefix, wire, validity }: TrialInput): Trial {
  if (typeof choice === "string") {
    const accepted = accepts(choice);
    return { word: choice, steps: [], accepted, reason: undefined, before: wire, after: wire, nextHop: undefined };
  }
  const view = new DataView(prefix.octets.buffer, prefix.octets.byteOffset, prefix.octets.length);
  const word = (index: number) => 4 * index < prefix.octets.length ? view.getInt32(4 * index) : 0;
  const chain = policies.chain(choice);
  const prefixClass = policies.prefixClasses.classOf(
    context.family,
    word(0),
    word(1),
    word(2),
    word(3),
    prefix.length,
  );
  const { steps, outcome } = chain.explain(wire, 0, wire.length, routeClass(prefixClass, validity), context);
  const isExport = context.source !== undefined;
  return {
    word: undefined,
    steps,
    accepted: outcome.accepted,
    reason: policies.reasons[outcome.reason],
    before: wire,
    after: outcome.changed ? outcome.bytes.slice(0, outcome.length) : wire,
    nextHop: (outcome.explicit & Explicit.nextHopSelf) !== 0
      ? "self"
      : isExport && (outcome.explicit & Explicit.nextHop) !== 0
      ? "unchanged"
      : undefined,
  };
}

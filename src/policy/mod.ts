/**
 * # policy: which routes come in and go out, and with what attributes
 *
 * Pure. Policies come in as data (`policy_table.ts`, made from the configuration). `policies.ts` compiles them into
 * chains, and a chain (`chain.ts`) evaluates one canonical attribute set after the other: accepted or rejected, with
 * which attributes, and by which rule. Nothing is decoded into objects: conditions (`conditions.ts`) and actions
 * (`actions.ts`) read and write the octets that `policy_route.ts` has located.
 *
 * A result depends on the attribute set, the class of the prefix (`prefix_classes.ts`) and the peers in question, never
 * on the prefix itself. The RIB therefore caches results per set and class.
 *
 * The rules of a policy are evaluated in order. A rule whose conditions all hold takes its actions, which later rules
 * see, and then accepts, rejects, or continues with the next rule. If no rule decides, the default of the policy
 * applies. If that is `continue`, the next policy of the chain follows. At the end of the chain the route is rejected
 * (RFC 8212).
 *
 * | file | what |
 * |---|---|
 * | `policy_table.ts`, `choice.ts` | the input: sets and policies; what a peer's `import` and `export` say |
 * | `context.ts` | what a policy may ask about besides prefix and attributes: family, peer, source |
 * | `prefix_range.ts`, `number_set.ts`, `path_pattern.ts`, `community_pattern.ts` | values as people write them |
 * | `path_syntax.ts`, `path_expression.ts` | AS path patterns matched as text, in time linear in the path |
 * | `policies.ts`, `chain.ts` | compiled policies; evaluated, and explained rule by rule |
 * | `conditions.ts`, `actions.ts` | one function for each condition and each action |
 * | `policy_route.ts`, `value_span.ts`, `path_facts.ts`, `community_matcher.ts` | a route's octets, read and changed |
 * | `prefix_classes.ts`, `prefix_trie.ts` | which prefix sets hold a prefix |
 *
 * Start reading at `policy_table.ts`, then `chain.ts`. A new condition or action is a member of the union in
 * `policy_table.ts`, a case in `conditions.ts` or `actions.ts`, and a key in `src/config/policy`.
 *
 * @module
 */
export * from "./policy_table.ts";
export * from "./choice.ts";
export * from "./context.ts";
export { Explicit } from "./actions.ts";
export { type ChainOutcome, type ChainUse, CompiledChain, type ExplainedRule } from "./chain.ts";
export { parseCommunityPattern } from "./community_pattern.ts";
export { parseNumberRange } from "./number_set.ts";
export { PathExpression } from "./path_expression.ts";
export { parsePathPattern, type PathPatternResult } from "./path_pattern.ts";
export { parsePrefixRange, type PrefixRangeResult } from "./prefix_range.ts";
export { compilePolicies, Policies } from "./policies.ts";
export { PrefixClasses } from "./prefix_classes.ts";
export { routeClass, validityOfClass } from "./route_class.ts";

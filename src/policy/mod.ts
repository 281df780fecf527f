/**
 * # policy: which routes come in and go out, and with what attributes
 *
 * Pure: a book of policies goes in as data (`policy_table.ts`, made from the configuration), `policies.ts` makes chains
 * ready, and a chain answers about one canonical attribute set after the other (`chain.ts`): accepted or not, changed
 * to what, and by which rule. Nothing is decoded into objects: conditions (`conditions.ts`) and actions (`actions.ts`)
 * work on the octets that `route_view.ts` has located.
 *
 * An answer depends on the attribute set, the class of the prefix (`prefix_classes.ts`) and the peers in question,
 * never on the prefix itself: whoever asks keeps answers per set and class.
 *
 * Rules of a policy are asked in order. One whose conditions all hold sets what it sets, later rules see that, and then
 * accepts, rejects or lets the next rule go on. Where no rule decided, the policy's default does; where that says
 * `continue`, the next policy of the chain; at its end the route is rejected (RFC 8212: nothing passes by accident).
 *
 * | file | what |
 * |---|---|
 * | `policy_table.ts`, `choice.ts`, `context.ts` | what goes in: sets, policies, what peers say of them, what a route is asked with |
 * | `prefix_range.ts`, `number_set.ts`, `path_pattern.ts`, `community_pattern.ts` | values as people write them |
 * | `path_syntax.ts`, `path_expression.ts` | patterns over text, in time that nobody's path can stretch |
 * | `policies.ts`, `chain.ts` | made ready; asked; explained |
 * | `conditions.ts`, `actions.ts` | a function for each condition and action |
 * | `route_view.ts`, `span.ts`, `path_facts.ts`, `community_matcher.ts` | a route's octets, read and changed |
 * | `prefix_classes.ts`, `prefix_trie.ts` | which sets hold a prefix |
 *
 * Start reading at `policy_table.ts`, then `chain.ts`.
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

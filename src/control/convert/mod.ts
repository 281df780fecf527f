/**
 * # control/convert: configurations of other daemons as a configuration of bgpd
 *
 * Pure: text goes in, text and notes come out. `bgpd convert` loads this folder; nothing else needs it.
 *
 * | where | what |
 * |---|---|
 * | `bird/` | BIRD 2 |
 * | `frr/` | FRR |
 * | `exabgp/` | ExaBGP |
 * | `condition.ts`, `effects.ts`, `rules.ts` | conditions, changes and rules of filters, common to both |
 * | `policies.ts` | policies that stand for filters, lists and route maps |
 * | `draft.ts`, `document.ts` | the configuration while it is built; tables with comments, and their text |
 * | `accepted.ts`, `conversion.ts` | what bgpd does not accept becomes a comment; the result |
 * | `place.ts` | lines of files, notes |
 *
 * Three rules keep a conversion honest. What has no translation is a note: a comment where it belongs, and a line on
 * standard error. A condition or a verdict that is not understood rejects the routes that it may concern. The result is
 * a configuration that bgpd accepts: `accepted.ts` asks the parser of the configuration itself.
 *
 * Start reading at `conversion.ts`, then `bird/mod.ts`, `frr/mod.ts` or `exabgp/mod.ts`.
 *
 * @module
 */
export { type BirdOptions, convertBird, type ReadIncluded, type SourceFile } from "./bird/mod.ts";
export type { Conversion, ConversionOptions } from "./conversion.ts";
export { convertExabgp } from "./exabgp/mod.ts";
export { convertFrr } from "./frr/mod.ts";

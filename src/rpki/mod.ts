/**
 * # rpki: what RPKI caches say about routes
 *
 * VRPs say which AS may originate a prefix, ASPAs which ASes are providers of another. Tables in columns hold them and
 * validate routes; files and local exceptions change them.
 *
 * | file | what | rules |
 * |---|---|---|
 * | `vrp.ts` | one VRP, one ASPA | RFC 6811 §2 |
 *
 * Start reading at `vrp.ts`.
 *
 * @module
 */
export type * from "./vrp.ts";

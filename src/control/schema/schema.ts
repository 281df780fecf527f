/**
 * What a schema is: one description of a JSON shape, from which the TypeScript type, the check of a request, the
 * OpenAPI document and the metrics derive. The only file that imports zod. Commands import types from this folder and
 * no values, so that they start without zod.
 */

import { z } from "zod";
import type { Camel } from "../json.ts";

export { z };

/** A shape as JSON has it, with keys in snake_case. */
export type Json<Schema extends z.ZodType> = z.output<Schema>;

/** The same shape as TypeScript has it, with keys in camelCase. */
export type Value<Schema extends z.ZodType> = Camel<z.output<Schema>>;

/** ISO 8601, UTC. */
export const time = z.iso.datetime();
export const optionalTime = time.nullable();
export const optionalText = z.string().nullable();
export const optionalNumber = z.int().nullable();
export const optionalAsn = optionalNumber;
export const count = z.int().nonnegative();
export const uint32 = z.int().min(0).max(0xffff_ffff);

export const errorSchema = z.strictObject({ error: z.string().describe("One sentence, or several on a line each") });

/** As OpenAPI 3.1 wants it. `io`: a request may leave out keys with a default, an answer has them all. */
export function jsonSchema(schema: z.ZodType, io: "input" | "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

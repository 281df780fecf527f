/** What a route of the API is: a plain value, from which both the server and its OpenAPI document are made. */

import type { z } from "./schemas.ts";
import type { ControlTarget, Page } from "../target.ts";

export interface Route {
  readonly method: "get" | "post" | "delete";
  /** Below `/api/v1`, with `{name}` for a part that varies. */
  readonly path: string;
  readonly summary: string;
  /** True: it changes something, so it is for the Unix socket, or for who has the token. */
  readonly changes: boolean;
  readonly parameters?: readonly Parameter[];
  readonly body?: z.ZodType;
  /** Of the answer. */
  readonly response: z.ZodType;
  /** Where it is not 200. */
  readonly status?: 201;
  run(target: ControlTarget, request: ApiRequest): Answer | Promise<Answer>;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly doc: string;
}

export interface ApiRequest {
  /** Those of the path and of the query; missing ones are `undefined`. */
  parameter(name: string): string | undefined;
  /** The body, checked against the route's schema. */
  readonly body: unknown;
  /** Aborted when the client has gone: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** `value` has names as in TypeScript; JSON has them in snake_case, as the SQL views do. */
export type Answer =
  | { readonly kind: "json"; readonly value: unknown }
  /** A list that is long: an item on each line, sent as it is made. */
  | { readonly kind: "list"; readonly pages: AsyncIterable<Page<unknown>> };

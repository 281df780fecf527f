/**
 * What a route of the API is: a plain value, from which both the server and its OpenAPI document are made. Schemas are
 * loaded when they are needed: most requests only read, and zod takes 8 MB.
 */

import type { Value, z } from "../schema/schema.ts";
import type { ControlTarget, Page } from "../target.ts";

export interface Route<Body extends z.ZodType = z.ZodType, Response extends z.ZodType = z.ZodType> {
  readonly method: "get" | "post" | "delete";
  /** Below `/api/v1`, with `{name}` for a part that varies. */
  readonly path: string;
  readonly summary: string;
  /** True: the route changes something. It needs the Unix socket, or the token. */
  readonly changes: boolean;
  readonly parameters?: readonly Parameter[];
  readonly body?: () => Promise<Body>;
  /** The body may be long: it is passed on as it came, as `octets`, and another thread reads it. */
  readonly isLong?: true;
  /** Of the answer. */
  readonly response: () => Promise<Response>;
  /** Where it is not 200. */
  readonly status?: 201;
  readonly example: Example<Body, Response>;
  run(
    target: ControlTarget,
    request: ApiRequest<z.output<Body>>,
  ): Answer<Value<Response>> | Promise<Answer<Value<Response>>>;
}

/** A request and its answer. */
export interface Example<Body extends z.ZodType = z.ZodType, Response extends z.ZodType = z.ZodType> {
  /** Values of parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly body?: z.input<Body>;
  readonly answer: z.output<Response>;
}

/** Ties the body and the answer of a route to its schemas: a mismatch does not compile. */
export function route<Body extends z.ZodType, Response extends z.ZodType>(value: Route<Body, Response>): Route {
  return value;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly doc: string;
}

export interface ApiRequest<Body = unknown> {
  /** A parameter of the path or of the query; `undefined`: the request does not have it. */
  parameter(name: string): string | undefined;
  /** The body, checked against the route's schema. */
  readonly body: Body;
  /** The body of a route whose body may be long. */
  readonly octets: Uint8Array<ArrayBuffer>;
  /** Who asks, for the log of changes. */
  readonly client: string | undefined;
  /** Aborted when the client has gone: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** `value` has keys in camelCase; the answer has them in snake_case, as the SQL views do. */
export type Answer<T = unknown> =
  | { readonly kind: "json"; readonly value: T }
  /** A long list: an item on each line, sent as it is made. */
  | { readonly kind: "list"; readonly pages: AsyncIterable<Page<ItemOf<T>>> };

type ItemOf<T> = T extends readonly (infer Item)[] ? Item : unknown;

/** A parameter of the path that must be there. */
export function pathParameter(request: ApiRequest, name: string): string {
  return request.parameter(name) ?? "";
}

/** A parameter that is `true`, `false` or missing, which is `false`. Returns `undefined` for any other text. */
export function flagOf(text: string | undefined): boolean | undefined {
  return text === undefined || text === "false" ? false : text === "true" ? true : undefined;
}

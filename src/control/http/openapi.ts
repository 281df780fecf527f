/** The OpenAPI document, made from the routes so that it cannot be wrong. */

import type { Route } from "./route.ts";
import { errorSchema, jsonSchema } from "../schema/schema.ts";

export const apiPrefix = "/api/v1";

export function openApiDocument(routes: readonly Route[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    (paths[apiPrefix + route.path] ??= {})[route.method] = operation(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "bgpd",
      version,
      description:
        "Control of a running bgpd. On the Unix socket beside the database everything is open to its owner;" +
        " over TCP what changes something needs the token of api_token_file.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: { Error: jsonSchema(errorSchema, "output") },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function operation(route: Route): unknown {
  const { method, path, summary, changes, parameters = [], body, response, status = 200 } = route;
  return {
    operationId: `${method}${
      path.replaceAll(/[/{}]+(\w)/g, (_, letter: string) => letter.toUpperCase()).replaceAll("}", "")
    }`,
    summary,
    parameters: parameters.map(({ name, in: place, doc }) => ({
      name,
      in: place,
      required: place === "path",
      description: doc,
      schema: { type: "string" },
    })),
    ...body === undefined ? {} : {
      requestBody: { content: { "application/json": { schema: jsonSchema(body, "input") } } },
    },
    responses: {
      [status]: { description: "done", content: { "application/json": { schema: jsonSchema(response, "output") } } },
      default: {
        description: "not done, and why",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
    ...changes ? { security: [{}, { token: [] }] } : {},
  };
}

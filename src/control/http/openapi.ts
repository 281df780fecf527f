/** The OpenAPI document. It is made from the routes and their schemas, so it always matches them. */

import { errorSchema, jsonSchema } from "../schema/schema.ts";
import type { Route } from "./route.ts";

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
        "Control of a running bgpd. The owner of the Unix socket beside the database may use every operation." +
        " Over TCP, an operation that changes something needs the token of api_token_file.",
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
    parameters: parameters.map(({ name, in: where, doc }) => ({
      name,
      in: where,
      required: where === "path",
      description: doc,
      schema: { type: "string" },
    })),
    ...body === undefined ? {} : {
      requestBody: { content: { "application/json": { schema: jsonSchema(body, "input") } } },
    },
    responses: {
      [status]: { description: "success", content: { "application/json": { schema: jsonSchema(response, "output") } } },
      default: {
        description: "failure, with the reason",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
    ...changes ? { security: [{}, { token: [] }] } : {},
  };
}

/** The OpenAPI document of the read API. It is made from the routes and their shapes, so it always matches them. */

import { jsonSchema } from "../../control/schema/schema.ts";
import type { ApiRoute } from "./api_route.ts";
import { problemShape, shapes } from "./shapes.ts";

export function apiDocument(routes: readonly ApiRoute[], version: string): unknown {
  return {
    openapi: "3.1.0",
    info: {
      title: "bgpd web",
      version,
      description: "The read API of bgpd web. Errors are problem documents (RFC 9457).",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(routes.map((route) => [route.path, { get: operation(route) }])),
    components: { schemas: { Problem: jsonSchema(problemShape, "output") } },
  };
}

function operation({ path, summary, parameters, shape }: ApiRoute): unknown {
  const words = path.replace("/api/v1/", "").split(/[/{}_]+/).filter((word) => word !== "");
  return {
    operationId: `get${words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("")}`,
    summary,
    parameters: parameters.map(({ name, in: where, doc, example }) => ({
      name,
      in: where,
      required: where === "path",
      description: doc,
      schema: { type: "string" },
      ...example === undefined ? {} : { example },
    })),
    responses: {
      200: { description: "success", content: { "application/json": { schema: jsonSchema(shapes[shape], "output") } } },
      default: {
        description: "failure, with the reason",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

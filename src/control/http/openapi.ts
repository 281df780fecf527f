/** The OpenAPI document. It is made from the routes and their schemas, so it always matches them. */

import type { Route } from "./route.ts";

export const apiPrefix = "/api/v1";

/** What of the document others read. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Operation {
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: "path" | "query";
    readonly description: string;
    readonly example?: string;
  }[];
  readonly requestBody?: Content;
  /** By status. */
  readonly responses: Readonly<Record<string, Content>>;
  /** There if the operation changes something. */
  readonly security?: unknown;
}

export interface Content {
  readonly content: {
    readonly "application/json": { readonly schema: Readonly<Record<string, unknown>>; readonly example?: unknown };
  };
}

export async function openApiDocument(routes: readonly Route[], version: string): Promise<OpenApiDocument> {
  const { errorSchema, jsonSchema } = await import("../schema/schema.ts");
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    (paths[apiPrefix + route.path] ??= {})[route.method] = await operation(route);
  }
  const document = {
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
  return document;
}

async function operation(route: Route): Promise<Operation> {
  const { jsonSchema } = await import("../schema/schema.ts");
  const { method, path, summary, changes, parameters = [], body, response, status = 200, example } = route;
  const described = {
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
      ...example.parameters?.[name] === undefined ? {} : { example: example.parameters[name] },
    })),
    ...body === undefined ? {} : {
      requestBody: {
        content: { "application/json": { schema: jsonSchema(await body(), "input"), example: example.body } },
      },
    },
    responses: {
      [status]: {
        description: "success",
        content: { "application/json": { schema: jsonSchema(await response(), "output"), example: example.answer } },
      },
      default: {
        description: "failure, with the reason",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
    ...changes ? { security: [{}, { token: [] }] } : {},
  };
  return described;
}

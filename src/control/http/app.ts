/** Routes to a function from request to response. The only file that knows hono. */

import { type Context, Hono } from "hono";
import { snakeKeys } from "../json.ts";
import { ControlError, type ControlErrorKind, type ControlTarget } from "../target.ts";
import { type Access, refusal } from "./access.ts";
import { announcementRoutes } from "./announcement_routes.ts";
import { readBody } from "./body.ts";
import { configuredPeerRoutes } from "./configured_peer_routes.ts";
import type { Metrics } from "./metrics.ts";
import { apiPrefix, openApiDocument } from "./openapi.ts";
import { peerRoutes } from "./peer_routes.ts";
import { receivedRoutes } from "./received_routes.ts";
import type { ApiRequest, Route } from "./route.ts";
import { speakerRoutes } from "./speaker_routes.ts";

export const apiRoutes: readonly Route[] = [
  ...speakerRoutes,
  ...peerRoutes,
  ...configuredPeerRoutes,
  ...announcementRoutes,
  ...receivedRoutes,
];

export interface AppOptions {
  readonly target: ControlTarget;
  readonly metrics: Metrics;
  readonly version: string;
  /** Who may change something. */
  readonly access: Access;
  /** Told of our own mistakes. */
  readonly onError: (error: unknown) => void;
}

export type App = (request: Request) => Response | Promise<Response>;

const statusOf: Readonly<Record<ControlErrorKind, 400 | 404 | 409 | 503>> = {
  wrong: 400,
  notFound: 404,
  conflict: 409,
  unavailable: 503,
};

export function createApp(options: AppOptions): App {
  const app = new Hono();
  const document = openApiDocument(apiRoutes, options.version);
  app.get(`${apiPrefix}/openapi.json`, (context) => context.json(document as Record<string, unknown>));
  app.get("/metrics", async (context) => {
    const { text, contentType } = await options.metrics.scrape(options.target);
    return context.body(text, 200, { "content-type": contentType });
  });
  for (const route of apiRoutes) {
    const path = apiPrefix + route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    app.on(route.method.toUpperCase(), path, (context) => serve(route, context, options));
  }
  app.notFound((context) => failure(404, `there is no ${context.req.method} ${context.req.path} here`));
  app.onError((error) => {
    if (error instanceof ControlError) return failure(statusOf[error.kind], error.message);
    options.onError(error);
    return failure(500, "this is a mistake in bgpd; its log says more");
  });
  return (request) => app.fetch(request);
}

async function serve(route: Route, context: Context, { target, access }: AppOptions): Promise<Response> {
  if (route.changes) {
    const refused = await refusal(access, context.req.header("authorization"));
    if (refused !== undefined) return failure(refused.status, refused.reason);
  }
  const body = route.body === undefined ? undefined : await readBody(context.req.raw, route.body);
  const request: ApiRequest = {
    parameter: (name) => context.req.param(name) ?? context.req.query(name),
    body,
  };
  const answer = await route.run(target, request);
  if (answer.kind === "list") return await listResponse(answer.pages);
  return json(snakeKeys(answer.value), route.status ?? 200);
}

function json(value: unknown, status: number): Response {
  return new Response(JSON.stringify(value) + "\n", { status, headers: jsonHeaders });
}

function failure(status: number, error: string): Response {
  return json({ error }, status);
}

const jsonHeaders = { "content-type": "application/json", "cache-control": "no-store" };

/** A JSON list with an item on each line, made no faster than it is read. */
async function listResponse(pages: AsyncIterable<readonly unknown[]>): Promise<Response> {
  const iterator = pages[Symbol.asyncIterator]();
  // The first page before the status line: what goes wrong then is still an error of the request.
  let page = await iterator.next();
  let separator = "[\n";
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      let text = "";
      while (text === "" && page.done !== true) {
        for (const item of page.value) {
          text += separator + JSON.stringify(snakeKeys(item));
          separator = ",\n";
        }
        page = await iterator.next();
      }
      if (page.done === true) text += separator === "[\n" ? "[]\n" : "\n]\n";
      controller.enqueue(encoder.encode(text));
      if (page.done === true) controller.close();
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return new Response(stream, { headers: jsonHeaders });
}

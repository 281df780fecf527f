/** Makes one function, from request to response, of all routes. The only file that imports hono. */

import { type Context, Hono } from "hono";
import { snakeKeys } from "../json.ts";
import { ControlError, type ControlErrorKind, type ControlTarget, type Page } from "../target.ts";
import { type Access, refusal } from "./access.ts";
import { clientHeader } from "../../transport/mod.ts";
import { announcementRoutes } from "./announcement_routes.ts";
import { configuredPeerRoutes } from "./configured_peer_routes.ts";
import { apiPrefix, openApiDocument } from "./openapi.ts";
import { peerRoutes } from "./peer_routes.ts";
import { ownReaders, publicReaders, Readers, TooManyReaders } from "./readers.ts";
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
  readonly version: string;
  /** Who may change something over this socket. */
  readonly access: Access;
  /** The limit on clients that read, where this app shares it with another one. */
  readonly readers?: Readers;
  /** Called with an error that is a bug in bgpd. */
  readonly onError: (error: unknown) => void;
}

/** The longest text about a client in the log of changes. */
const mostClientText = 200;

export type App = (request: Request) => Response | Promise<Response>;

const statusOf: Readonly<Record<ControlErrorKind, 400 | 404 | 409 | 503>> = {
  wrong: 400,
  notFound: 404,
  conflict: 409,
  unavailable: 503,
};

export function createApp(options: AppOptions): App {
  const app = new Hono();
  let document: Promise<string> | undefined;
  const { readers = new Readers(options.access.kind === "owner" ? ownReaders : publicReaders) } = options;
  app.get(`${apiPrefix}/openapi.json`, async () => {
    document ??= openApiDocument(apiRoutes, options.version).then(JSON.stringify);
    return new Response(await document, { headers: jsonHeaders });
  });
  app.get("/metrics", async (context) => {
    const { signal } = context.req.raw;
    await readers.enter(signal);
    try {
      const { scrape } = await import("./metrics.ts");
      const { text, contentType } = await readers.turn(() => scrape(options.target));
      return context.body(text, 200, { "content-type": contentType });
    } finally {
      readers.leave();
    }
  });
  for (const route of apiRoutes) {
    const path = apiPrefix + route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    app.on(
      route.method.toUpperCase(),
      path,
      (context) => route.changes ? change(route, context, options) : read(route, context, options.target, readers),
    );
  }
  app.notFound((context) =>
    failure(404, `the API has no ${context.req.method} ${context.req.path}; see ${apiPrefix}/openapi.json`)
  );
  app.onError((error, context) => {
    // Nobody receives the answer.
    if (context.req.raw.signal.aborted) return failure(503, "the client has gone");
    if (error instanceof TooManyReaders) {
      return failure(503, error.message, { "retry-after": String(error.retryAfterSeconds) });
    }
    if (error instanceof ControlError) return failure(statusOf[error.kind], error.message);
    options.onError(error);
    return failure(500, "bgpd has a bug; its log has the details");
  });
  return (request) => app.fetch(request);
}

async function change(route: Route, context: Context, { target, access }: AppOptions): Promise<Response> {
  const refused = await refusal(access, context.req.header("authorization"));
  if (refused !== undefined) return failure(refused.status, refused.reason);
  const answer = await route.run(target, await requestOf(route, context));
  if (answer.kind === "list") throw new Error(`${route.path} changes something and answers with a long list`);
  return json(snakeKeys(answer.value), route.status ?? 200);
}

/** Holds a place among the readers until the last octet of the answer is made, or the client has gone. */
async function read(route: Route, context: Context, target: ControlTarget, readers: Readers): Promise<Response> {
  const request = await requestOf(route, context);
  await readers.enter(request.signal);
  let isStreamed = false;
  try {
    const answer = await readers.turn(() => route.run(target, request));
    if (answer.kind === "json") return await readers.turn(() => json(snakeKeys(answer.value), route.status ?? 200));
    const response = await listResponse(answer.pages, request.signal, readers);
    isStreamed = true;
    // For HEAD, the body is never read, so the stream would never end by itself.
    if (context.req.raw.method === "HEAD") await response.body?.cancel();
    return response;
  } finally {
    if (!isStreamed) readers.leave();
  }
}

async function requestOf(route: Route, context: Context): Promise<ApiRequest> {
  return {
    parameter: (name) => context.req.param(name) ?? context.req.query(name),
    body: route.body === undefined || route.isLong ? undefined : await checkedBody(context.req.raw, route.body),
    octets: route.isLong ? new Uint8Array(await context.req.raw.arrayBuffer()) : new Uint8Array(0),
    client: context.req.header(clientHeader)?.slice(0, mostClientText),
    signal: context.req.raw.signal,
  };
}

async function checkedBody(request: Request, schema: NonNullable<Route["body"]>): Promise<unknown> {
  const { readBody } = await import("./body.ts");
  return await readBody(request, await schema());
}

function json(value: unknown, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value) + "\n", { status, headers: { ...jsonHeaders, ...headers } });
}

function failure(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Response {
  return json({ error }, status, headers);
}

const jsonHeaders = { "content-type": "application/json", "cache-control": "no-store" };

/**
 * A JSON list with one item on each line. The list is made as fast as the client reads it. At its end, the place
 * among the readers becomes free.
 */
async function listResponse(
  pages: AsyncIterable<Page<unknown>>,
  signal: AbortSignal,
  readers: Readers,
): Promise<Response> {
  const iterator = pages[Symbol.asyncIterator]();
  // The first page is made before the status line is sent: an error until then becomes a status code.
  let page = await iterator.next();
  let separator = "[\n";
  let hasPlace = true;
  const end = () => {
    if (!hasPlace) return;
    hasPlace = false;
    signal.removeEventListener("abort", onAbort);
    readers.leave();
    // The answer is over; an error of the source has no reader any more.
    void iterator.return?.().catch(() => {});
  };
  const onAbort = () => end();
  signal.addEventListener("abort", onAbort, { once: true });
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        let text = "";
        while (text === "" && page.done !== true) {
          const rows = page.value;
          text = await readers.turn(() => {
            let some = "";
            for (const row of rows()) {
              some += separator + JSON.stringify(snakeKeys(row));
              separator = ",\n";
            }
            return some;
          });
          signal.throwIfAborted();
          page = await iterator.next();
        }
        if (page.done === true) text += separator === "[\n" ? "[]\n" : "\n]\n";
        controller.enqueue(encoder.encode(text));
        if (page.done !== true) return;
        controller.close();
      } catch (error) {
        end();
        throw error;
      }
      end();
    },
    cancel: end,
  }, { highWaterMark: 0 });
  return new Response(stream, { headers: jsonHeaders });
}

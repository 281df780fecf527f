/** From a request to its reply: the guard, the page, what goes on for ever, and the answers of the workers. */

import { clientHeader, Endless, type Reply, Upgrade } from "../../transport/mod.ts";
import { WebError } from "../answers/answer.ts";
import { findRoute, type Front } from "../answers/front.ts";
import type { AnswersCache } from "./answers_cache.ts";
import type { Asset } from "../answers/assets.ts";
import type { Guard } from "./guard.ts";
import type { Lane } from "./lane.ts";

/** Something of the serving thread that answers a path itself: a live stream, the metrics. */
export interface LiveFront {
  has(path: string): boolean;
  reply(request: Request, url: URL): Reply | Promise<Reply>;
}

export interface WebAppOptions {
  readonly guard: Guard;
  readonly fronts: readonly Front[];
  readonly live: readonly LiveFront[];
  readonly lanes: { readonly quick: Lane; readonly slow: Lane };
  readonly cache: AnswersCache;
  readonly assets: ReadonlyMap<string, Asset & { readonly tag: string }>;
  /** A clock in milliseconds. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Nothing of the page comes from another host, and no other page shows it in a frame. */
const safeHeaders = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; " +
    "base-uri 'none'; form-action 'self'",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

export class WebApp {
  readonly #options: WebAppOptions;

  constructor(options: WebAppOptions) {
    this.#options = options;
  }

  async reply(request: Request): Promise<Reply> {
    const { guard, onError } = this.#options;
    const refusal = await guard.refusal(request, request.headers.get(clientHeader) ?? "");
    if (refusal !== undefined) {
      return withoutBody(plain(refusal.status, refusal.reason, { ...safeHeaders, ...refusal.headers }), request);
    }
    const headers = { ...safeHeaders, ...guard.corsHeaders(request) };
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers });
    try {
      return withHeaders(withoutBody(await this.#answer(request, new URL(request.url)), request), headers);
    } catch (error) {
      if (request.signal.aborted) return plain(503, "the client has gone");
      if (error instanceof WebError) {
        const again = error.status === 503 ? { "retry-after": "1" } : {};
        return withoutBody(plain(error.status, error.message, { ...headers, ...again }), request);
      }
      onError(error);
      return withoutBody(plain(500, "bgpd web has a bug; its log has the details", headers), request);
    }
  }

  async #answer(request: Request, url: URL): Promise<Reply> {
    const { fronts, live } = this.#options;
    const own = live.find((front) => front.has(url.pathname));
    if (own !== undefined) return await own.reply(request, url);
    const found = findRoute(fronts, url.pathname);
    if (found !== undefined) return await this.#fromWorker(request, url, "route" in found ? found.route.lane : "quick");
    return this.#page(request, url.pathname);
  }

  #page(request: Request, path: string): Response {
    const asset = this.#options.assets.get(path);
    if (asset === undefined) return plain(404, `there is no ${path}`);
    const headers = { "content-type": asset.type, etag: asset.tag, "cache-control": "no-cache" };
    if (request.headers.get("if-none-match") === asset.tag) return new Response(null, { status: 304, headers });
    return new Response(asset.text, { headers });
  }

  async #fromWorker(request: Request, url: URL, lane: "quick" | "slow"): Promise<Response> {
    const { lanes, cache, now } = this.#options;
    const { pathname, search } = url;
    const accept = request.headers.get("accept") ?? "*/*";
    // The form of an answer may depend on Accept.
    const key = `${accept} ${pathname}${search}`;
    const ask = () => lanes[lane].ask(pathname, search, accept, request.signal);
    const { status, headers, body } = await cache.get(key, now, ask);
    return new Response(body, { status, headers: { "cache-control": "no-store", ...headers } });
  }
}

function plain(status: number, reason: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${reason}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...headers },
  });
}

/**
 * The answer to HEAD has no body (RFC 9110 §9.3.2): a client would read it as the next answer. A body that is not read
 * would not end by itself, either.
 */
function withoutBody(reply: Reply, { method }: Request): Reply {
  if (method !== "HEAD" || reply instanceof Upgrade) return reply;
  const { body, status, headers } = reply instanceof Endless ? reply.response : reply;
  void body?.cancel().catch(() => undefined);
  return new Response(null, { status, headers });
}

function withHeaders(reply: Reply, headers: Readonly<Record<string, string>>): Reply {
  if (reply instanceof Upgrade) return reply;
  const response = reply instanceof Endless ? reply.response : reply;
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return reply;
}

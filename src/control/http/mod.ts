/**
 * # control/http: the API
 *
 * JSON under `/api/v1`, its description in `/api/v1/openapi.json`, and `/metrics` for Prometheus. A Unix socket
 * beside the database and the TCP socket `api_socket` serve the same routes. The Unix socket is for its owner only.
 * Over TCP everyone may read, and a change needs a token (`access.ts`).
 *
 * | files | contents |
 * |---|---|
 * | `route.ts`, `*_routes.ts` | a route is a plain value: path, parameters, schemas, call to the daemon |
 * | `app.ts`, `body.ts`, `openapi.ts`, `metrics.ts` | a request becomes a response |
 * | `examples.ts` | answers for the OpenAPI document |
 * | `readers.ts` | how many clients may read at a time, and how much of the main thread they get |
 * | `server.ts` | the sockets |
 *
 * Only the daemon loads this folder and its libraries. Start reading at `route.ts`, then `app.ts`.
 *
 * @module
 */
import { apiRoutes } from "./app.ts";
import { type OpenApiDocument, openApiDocument } from "./openapi.ts";

export type { Content, OpenApiDocument, Operation } from "./openapi.ts";
export { HttpError, type HttpOptions, type HttpServer, listenUnix, serveHttp } from "./server.ts";

/** The description of the API that `/api/v1/openapi.json` publishes. */
export function apiDocument(version: string): Promise<OpenApiDocument> {
  return openApiDocument(apiRoutes, version);
}

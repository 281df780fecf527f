/**
 * # control/http: the API
 *
 * JSON under `/api/v1`, its description in `/api/v1/openapi.json`, and `/metrics` for Prometheus. The same routes stand on
 * a Unix socket beside the database, open to its owner, and on `api_socket`, where only reading is open to everyone
 * (`access.ts`).
 *
 * A route is a plain value in `speaker_routes.ts`, `peer_routes.ts`, `announcement_routes.ts` or `received_routes.ts`;
 * `schemas.ts` has the shapes; `openapi.ts` describes and `app.ts` serves what stands there. What a request does is up to the daemon, which
 * implements `../target.ts`.
 *
 * Only a daemon needs this and its libraries, so it is loaded when asked for.
 *
 * @module
 */
export { HttpError, type HttpOptions, type HttpServer, serveHttp } from "./server.ts";

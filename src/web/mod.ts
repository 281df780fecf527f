/**
 * # web: the looking glass, a process of its own
 *
 * `bgpd web` reads the database and answers everybody: people, other looking glasses, programs. The router serves none
 * of them: the web process can be killed, overloaded or attacked, and no KEEPALIVE is late.
 *
 * | folder | what |
 * |---|---|
 * | `answers/` | a question and its answer as plain values; a front: an API with its routes |
 * | `alerts/` | what `bgpd web` watches, and whom it tells: looks, states, a memory, webhooks |
 * | `api/` | the read API, `/api/v1` |
 * | `tables/` | what fronts of other looking glasses share: peers, lists in parts, questions to the router, reasons |
 * | `birdwatcher/` | Alice-LG, `/birdwatcher` |
 * | `bgplgd/` | OpenBGPD's bgplgd, `/bgplgd` |
 * | `serve/` | sockets, checks, limits; the workers that answer questions from the database |
 * | `page/` | the page |
 *
 * The serving thread (`web.ts`) never reads the database. A question goes to a worker (`serve/worker_host.ts`): one for
 * quick questions, one for those that may read whole tables. A body in parts is made as fast as its client takes it.
 *
 * Start reading at `web.ts`, then `answers/front.ts`.
 *
 * @module
 */
export { startWebThread } from "./web_thread.ts";
export { runWeb, startWeb, type WebReports, type WebServer } from "./web.ts";

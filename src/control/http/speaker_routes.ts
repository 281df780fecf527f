/** The speaker as a whole. */

import { reloadSchema, restartSchema, statusSchema } from "../schema/speaker.ts";
import { type Route, route } from "./route.ts";

export const speakerRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/status",
    summary: "The speaker in a few numbers",
    changes: false,
    response: statusSchema,
    run: (target) => ({ kind: "json", value: target.status() }),
  }),
  route({
    method: "post",
    path: "/reload",
    summary: "Read the configuration again; where it has mistakes nothing changes",
    changes: true,
    response: reloadSchema,
    run: async (target) => ({ kind: "json", value: await target.configuration.reload() }),
  }),
  route({
    method: "post",
    path: "/restart",
    summary:
      "Begin anew in the same process; peers are not told, and those with graceful_restart = full keep our routes",
    changes: true,
    response: restartSchema,
    run: async (target) => ({ kind: "json", value: await target.configuration.restart() }),
  }),
];

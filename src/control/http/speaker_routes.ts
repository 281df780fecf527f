/** The speaker as a whole. */

import type { Route } from "./route.ts";
import { reloadSchema, restartSchema, statusSchema } from "./schemas.ts";

export const speakerRoutes: readonly Route[] = [
  {
    method: "get",
    path: "/status",
    summary: "The speaker in a few numbers",
    changes: false,
    response: statusSchema,
    run: (target) => ({ kind: "json", value: target.status() }),
  },
  {
    method: "post",
    path: "/reload",
    summary: "Read the configuration again; where it has mistakes nothing changes",
    changes: true,
    response: reloadSchema,
    run: async (target) => ({ kind: "json", value: await target.configuration.reload() }),
  },
  {
    method: "post",
    path: "/restart",
    summary:
      "Begin anew in the same process; peers are not told, and those with graceful_restart = full keep our routes",
    changes: true,
    response: restartSchema,
    run: async (target) => ({ kind: "json", value: await target.configuration.restart() }),
  },
];

/** API routes for the daemon as a whole: status, reload, restart. */

import { reloadExample, reloadPlanExample, restartExample, statusExample } from "./examples.ts";
import { type Route, route } from "./route.ts";

const speakerSchemas = () => import("../schema/speaker.ts");

export const speakerRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/status",
    summary: "Status of the daemon",
    changes: false,
    response: async () => (await speakerSchemas()).statusSchema,
    example: { answer: statusExample },
    run: (target) => ({ kind: "json", value: target.status() }),
  }),
  route({
    method: "post",
    path: "/reload",
    summary: "Read the configuration again; if it has errors, nothing changes",
    changes: true,
    response: async () => (await speakerSchemas()).reloadSchema,
    example: { answer: reloadExample },
    run: async (target) => ({ kind: "json", value: await target.configuration.reload() }),
  }),
  route({
    method: "post",
    path: "/reload/dry-run",
    summary: "What a reload would change, and which sessions would reset; changes nothing",
    // It reads files, so it takes the rights of a reload.
    changes: true,
    response: async () => (await speakerSchemas()).reloadPlanSchema,
    example: { answer: reloadPlanExample },
    run: async (target) => ({ kind: "json", value: await target.configuration.dryRun() }),
  }),
  route({
    method: "post",
    path: "/restart",
    summary: "Restart bgpd in the same process; peers with graceful_restart = full keep our routes during the restart",
    changes: true,
    response: async () => (await speakerSchemas()).restartSchema,
    example: { answer: restartExample },
    run: async (target) => ({ kind: "json", value: await target.configuration.restart() }),
  }),
];

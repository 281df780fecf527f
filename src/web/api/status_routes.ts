/** What the web process says of the router and of itself. */

import { json } from "../answers/answer.ts";
import type { FrontRoute } from "../answers/front.ts";

export const statusRoutes: readonly FrontRoute[] = [
  {
    path: "/api/v1/status",
    lane: "quick",
    run(_asked, { reader, version, settings, now }) {
      const { endedAt, leftOver } = reader.lastRun();
      return json({
        version,
        title: settings.title,
        now: new Date(now()).toISOString(),
        written_to: new Date(reader.writtenTo).toISOString(),
        router: { ended_at: endedAt === null ? null : new Date(endedAt).toISOString(), left_over: leftOver },
      });
    },
  },
];

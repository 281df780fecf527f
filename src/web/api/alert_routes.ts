/** Which alerts fire, and which ended last: from the web process's own database. */

import { type AlertRecord, type StoredAlerts, storedAlerts, StoreError, webDatabaseOf } from "../../store/mod.ts";
import { shownAlert } from "../alerts/message.ts";
import { json, WebError } from "../answers/answer.ts";
import type { FrontRoute } from "../answers/front.ts";

const mostEnded = 100;

const noAlerts: StoredAlerts = { active: [], ended: [], waiting: new Map(), problems: [] };

export const alertRoutes: readonly FrontRoute[] = [
  {
    path: "/api/v1/alerts",
    lane: "quick",
    run({ query }, { database, settings }) {
      const [unknown] = query.keys();
      if (unknown !== undefined) throw new WebError(400, `there is no parameter ${unknown}`);
      const { active, ended, waiting, problems } = stored(settings.database ?? webDatabaseOf(database));
      const shown = (record: AlertRecord) => ({
        ...shownAlert(record, settings.url),
        deliveries: {
          delivered: record.delivered,
          failed: record.failed,
          waiting: waiting.get(record.id) ?? 0,
          error: record.error,
        },
      });
      return json({
        active: active.map(shown),
        ended: ended.map(shown),
        problems: problems.map(({ name, text, since }) => ({ name, text, since: new Date(since).toISOString() })),
        notice: null,
      }, { cacheMs: 500 });
    },
  },
];

function stored(path: string): StoredAlerts {
  try {
    return storedAlerts(path, mostEnded) ?? noAlerts;
  } catch (error) {
    if (error instanceof StoreError) throw new WebError(503, error.message);
    throw error;
  }
}

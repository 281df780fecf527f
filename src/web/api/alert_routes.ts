/** Which alerts fire, and which ended last: from the web process's own database. */

import { isoTime } from "../../control/cli/text/time.ts";
import { type AlertRecord, type StoredAlerts, storedAlerts, StoreError, webDatabaseOf } from "../../store/mod.ts";
import { isRouterAlive } from "../alerts/looks.ts";
import { shownAlert } from "../alerts/message.ts";
import { WebError } from "../answers/answer.ts";
import { apiRoute } from "./api_route.ts";

const mostEnded = 100;

const noAlerts: StoredAlerts = { active: [], ended: [], waiting: new Map(), problems: [] };

export const alertRoutes = [
  apiRoute({
    path: "/alerts",
    shape: "alerts",
    summary: "the alerts that fire, the last ones that ended, and those that cannot be looked at",
    cacheMs: 500,
    run(_asked, { database, settings, reader, now }) {
      const { active, ended, waiting, problems } = stored(settings.database ?? webDatabaseOf(database));
      const shown = (record: AlertRecord) => ({
        // Without an address of the page, the link is one of this server.
        ...shownAlert(record, settings.url ?? ""),
        deliveries: {
          delivered: record.delivered,
          failed: record.failed,
          waiting: waiting.get(record.id) ?? 0,
          error: record.error,
        },
      });
      return {
        active: active.map(shown),
        ended: ended.map(shown),
        problems: problems.map(({ name, text, since }) => ({ name, text, since: isoTime(since) })),
        notice: isRouterAlive(reader.alerts, now())
          ? null
          : "the router does not run: every alert stays as it is until it runs again",
      };
    },
  }),
];

function stored(path: string): StoredAlerts {
  try {
    return storedAlerts(path, mostEnded) ?? noAlerts;
  } catch (error) {
    if (error instanceof StoreError) throw new WebError(503, error.message);
    throw error;
  }
}

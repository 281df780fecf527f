/** What the web process says of the router, of the database and of itself. */

import { isoTime } from "../../control/cli/text/time.ts";
import { fileLocks } from "../../transport/mod.ts";
import { schemaVersion } from "../../store/mod.ts";
import { apiRoute } from "./api_route.ts";

const timeOrNull = (at: number | null | undefined) => at === null || at === undefined || at === 0 ? null : isoTime(at);

export const statusRoutes = [
  apiRoute({
    path: "/status",
    shape: "status",
    summary: "the router, the database, and how old it is",
    cacheMs: 1_000,
    run(_asked, { reader, version, settings, now }) {
      const { pid, endedAt, startedAt, version: routerVersion, ...overview } = reader.overview(fileLocks);
      const values = reader.daemonValues();
      const writtenTo = reader.writtenTo;
      return {
        version,
        title: settings.title,
        now: isoTime(now()),
        router: {
          state: pid === undefined ? "stopped" : "running",
          version: routerVersion,
          routerId: values.get("router_id") ?? null,
          startedAt: timeOrNull(startedAt),
          endedAt: timeOrNull(endedAt),
        },
        writtenTo: timeOrNull(writtenTo),
        ageSeconds: writtenTo === 0 ? null : Math.max(0, (now() - writtenTo) / 1000),
        schema: schemaVersion,
        historyFrom: timeOrNull(reader.historyFrom),
        databaseBytes: overview.databaseBytes,
        logBytes: overview.logBytes,
        peers: { total: overview.peers, established: overview.established },
        families: overview.families,
        backlogRows: overview.backlogRows,
        notice: null,
      };
    },
  }),
];

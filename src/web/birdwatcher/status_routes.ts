/** `/status`, `/version`, `/symbols`, and the sections of a configuration of Alice-LG that this router needs. */

import type { StatusJson } from "../../control/mod.ts";
import type { Answer } from "../answers/answer.ts";
import type { Context, FrontRoute } from "../answers/front.ts";
import { askRouter } from "../tables/router_socket.ts";
import { tablePeers } from "../tables/table_peers.ts";
import { answer, birdTime, birdwatcherVersion } from "./envelope.ts";
import { protocolId } from "./protocol_ids.ts";
import { aliceReasons } from "../tables/reasons.ts";
import { tables } from "./table_names.ts";

const ttlMs = 10_000;

export const statusRoutes: readonly FrontRoute[] = [
  { path: "/birdwatcher/version", lane: "quick", run: () => plain(birdwatcherVersion) },
  { path: "/birdwatcher/status", lane: "quick", run: (_asked, context) => status(context) },
  {
    path: "/birdwatcher/symbols",
    lane: "quick",
    run: (_asked, context) =>
      answer({ symbols: { "routing table": tableNames, protocol: protocolNames(context) } }, context.now(), ttlMs),
  },
  {
    path: "/birdwatcher/symbols/tables",
    lane: "quick",
    run: (_asked, { now }) => answer({ symbols: tableNames }, now(), ttlMs),
  },
  {
    path: "/birdwatcher/symbols/protocols",
    lane: "quick",
    run: (_asked, context) => answer({ symbols: protocolNames(context) }, context.now(), ttlMs),
  },
  {
    path: "/birdwatcher/alice.conf",
    lane: "quick",
    run(_asked, { reader }) {
      const facts = reader.tableFacts();
      return plain(aliceReasons(facts.localAs, facts.reasons()));
    },
  },
];

const tableNames = Object.keys(tables);

function protocolNames({ reader }: Context): string[] {
  return tablePeers(reader, reader.tableFacts()).map(protocolId);
}

async function status({ reader, database, now }: Context): Promise<Answer> {
  const running = await askRouter<StatusJson>(database, "/status");
  const values = reader.daemonValues();
  const startedAt = running?.started_at ?? Number(values.get("started_at") ?? 0);
  const { endedAt } = reader.lastRun();
  const message = running !== undefined
    ? "Daemon is up and running"
    : `The daemon does not answer; its table is that of ${birdTime(endedAt ?? 0)}`;
  const started = birdTime(startedAt);
  return answer(
    {
      status: {
        // A router id is known while the daemon runs.
        ...running === undefined ? {} : { router_id: running.router_id },
        current_server: birdTime(now()),
        last_reboot: started,
        last_reconfig: started,
        version: `bgpd ${running?.version ?? values.get("version") ?? ""}`.trim(),
        message,
      },
    },
    now(),
    ttlMs,
  );
}

function plain(text: string): Answer {
  return { headers: { "content-type": "text/plain; charset=utf-8" }, body: text };
}

/** Gathers all facts, and checks them. */

import { resolve } from "../../transport/mod.ts";
import type { Config, SocketAddress } from "../../config/mod.ts";
import type { CheckReport } from "../cli/daemon/check.ts";
import { clockFacts, diskFacts, kernelFacts, limitFacts } from "./facts/machine.ts";
import { daemonFacts } from "./facts/daemon.ts";
import { databaseOf, fileFacts } from "./facts/files.ts";
import { peerFacts } from "./facts/peers.ts";
import { socketFacts } from "./facts/sockets.ts";
import { areas, type Finding } from "./finding.ts";
import { checkDaemon, checkHistory } from "./checks/daemon.ts";
import { checkDatabase, checkFiles } from "./checks/files.ts";
import { checkClock, checkDisk, checkKernel, checkLimits } from "./checks/machine.ts";
import { checkPeers } from "./checks/peers.ts";
import { checkConfiguration, checkSockets } from "./checks/start.ts";

export interface Examination {
  /** The configuration file. */
  readonly config: string;
  /** What `bgpd check` says about it. */
  readonly report: CheckReport;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The findings about everything, in the order of the areas. */
export async function examine({ config: path, report, version, now }: Examination): Promise<Finding[]> {
  const configuration = checkConfiguration({
    config: path,
    errors: report.kind === "ok" ? [] : report.errors.map(errorText),
    warnings: report.kind === "ok" ? report.warnings : [],
    peers: report.kind === "ok" ? report.peers : 0,
  });
  // Without a configuration there is nothing else to look at than the clock.
  if (report.start === undefined) return [...configuration, ...checkClock(clockFacts(now, undefined))];
  const { sockets } = report.start;
  const config = { ...report.start.config, database: resolve(report.start.config.database) };
  const findings = await examineWith(config, sockets, { config: path, report, version, now });
  return [...findings, ...configuration].toSorted((a, b) => areas.indexOf(a.area) - areas.indexOf(b.area));
}

async function examineWith(
  config: Config,
  sockets: readonly SocketAddress[],
  { config: path, report, version, now }: Examination,
): Promise<Finding[]> {
  const database = databaseOf(config.database, now);
  const { facts: daemon, peers: running } = await daemonFacts({
    database: config.database,
    config: path,
    ourVersion: version,
    lastRun: database.lastRun,
  });
  const peers = await peerFacts({
    config,
    sockets,
    running,
    endings: database.endings,
    startedAt: typeof daemon.status === "object" ? now - 1000 * daemon.status.uptimeSeconds : now,
    now,
  });
  const down = peers.filter(({ enabled, isNetwork, state }) => enabled && !isNetwork && state !== "Established");
  return [
    ...checkClock(clockFacts(now, database.newestAt)),
    ...checkSockets(socketFacts(config, sockets, daemon.pid)),
    ...checkFiles(fileFacts(config, report.files)),
    ...checkDatabase({ path: config.database, ...database }),
    ...checkDisk(diskFacts(config, database.bytes)),
    ...checkKernel(kernelFacts(config, new Set(down.map(({ name }) => name)))),
    ...checkLimits(limitFacts(config, daemon.pid)),
    ...checkDaemon(daemon),
    ...checkPeers(peers),
    ...checkHistory({ gaps: database.gaps, isKept: config.history !== undefined && database.exists }),
  ];
}

function errorText(error: { readonly message: string; readonly line?: number; readonly suggestion?: string }): string {
  const at = error.line === undefined ? "" : `line ${error.line}: `;
  return `${at}${error.message}${error.suggestion === undefined ? "" : `; did you mean ${error.suggestion}?`}`;
}

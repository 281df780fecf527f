/** Gathers facts about the machine. */

import { type Config, remoteOf } from "../../../config/mod.ts";
import {
  clockState,
  dirname,
  droppedByMd5,
  fileSpace,
  openFilesLimit,
  planDescriptors,
  protectionRefused,
} from "../../../transport/mod.ts";
import type { ClockFacts, DiskFacts, KernelFacts, LimitFacts } from "../checks/machine.ts";

/** systemd-timesyncd creates this file when it has set the clock. */
const timesyncFile = "/run/systemd/timesync/synchronized";

export function clockFacts(now: number, newestInDatabase: number | undefined): ClockFacts {
  const state = clockState();
  return {
    isSynchronised: state?.isSynchronised === true || fileExists(timesyncFile) ? true : state?.isSynchronised,
    maxErrorMs: state?.isSynchronised === true ? state.maxErrorMs : undefined,
    now,
    newestInDatabase,
  };
}

export function diskFacts(config: Config, databaseBytes: number): DiskFacts | undefined {
  const folder = dirname(config.database);
  const space = fileSpace(folder);
  const historyBytes = config.history === undefined ? undefined : config.history.maxMegabytes * 2 ** 20;
  return space && { folder, ...space, databaseBytes, historyBytes };
}

/** `pid`: of the daemon. Without one, the limit of this process counts, which the daemon may raise. */
export function limitFacts({ peers }: Config, pid: number | undefined): LimitFacts {
  const openFiles = pid === undefined ? openFilesLimit("self", "hard") : openFilesLimit(pid, "soft");
  return {
    openFiles,
    connections: openFiles === undefined ? 0 : planDescriptors(openFiles).peers,
    peers: peers.reduce((sum, peer) => sum + (peer.kind === "network" ? peer.maxMembers : 1), 0),
  };
}

/** `down`: the names of the peers that have no session. */
export function kernelFacts({ peers }: Config, down: ReadonlySet<string>): KernelFacts {
  const signed = peers.filter(({ passwordFile }) => passwordFile !== undefined);
  const near = peers.filter(({ ttlSecurity }) => ttlSecurity !== undefined);
  return {
    md5Peers: signed.length,
    ttlPeers: near.length,
    md5Refused: protectionRefused(signed.length > 0 ? signed.map(remoteOf) : ["192.0.2.1"], { ttl: false }),
    ttlRefused: protectionRefused([], { ttl: true }),
    dropped: droppedByMd5(),
    signedDown: signed.filter(({ name }) => down.has(name)).length,
    plainDown: peers.filter(({ name, passwordFile }) => passwordFile === undefined && down.has(name)).length,
  };
}

function fileExists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Gathers facts about the running daemon. */

import { isSameFile, lockHolder } from "../../../store/mod.ts";
import { fileLocks } from "../../../transport/mod.ts";
import { CommandError } from "../../cli/command.ts";
import { callDaemon, callDaemonForList } from "../../cli/daemon_client.ts";
import type { PeerJson } from "../../schema/peer.ts";
import type { StatusJson } from "../../schema/speaker.ts";
import type { DaemonFacts, DaemonStatus } from "../checks/daemon.ts";

/** A thread that is busy with a full table answers after seconds. */
const patienceMs = 5_000;
/** Reserved for documentation: hardly anybody has a route to exactly this prefix, so the answers are short. */
const quietPrefix = encodeURIComponent("192.0.2.255/32");

export interface DaemonQuestion {
  readonly database: string;
  readonly config: string;
  readonly ourVersion: string;
  readonly lastRun: DaemonFacts["lastRun"];
}

/** The daemon, and its peers if it answers. */
export async function daemonFacts(
  { database, config, ourVersion, lastRun }: DaemonQuestion,
): Promise<{ readonly facts: DaemonFacts; readonly peers: readonly PeerJson[] | undefined }> {
  const pid = lockHolder(database, fileLocks);
  const facts: DaemonFacts = {
    database,
    config,
    pid,
    ourVersion,
    lastRun,
    status: undefined,
    ribAnswers: undefined,
    storeAnswers: undefined,
    isOtherUser: pid !== undefined && isOtherUser(pid),
    isOtherConfig: false,
  };
  if (pid === undefined) return { facts, peers: undefined };
  const status = await within(statusOf(database));
  if (status === undefined || typeof status === "string") return { facts: { ...facts, status }, peers: undefined };
  const [rib, store, peers] = await Promise.all([
    within(answersList(database, `/routes?prefix=${quietPrefix}`)),
    within(answersList(database, `/announcements?prefix=${quietPrefix}`)),
    within(callDaemon<PeerJson[]>(database, { path: "/peers" }).catch(() => undefined)),
  ]);
  const isOtherConfig = !isSameFile(config, status.configuration);
  return {
    facts: { ...facts, status, ribAnswers: rib === true, storeAnswers: store === true, isOtherConfig },
    peers,
  };
}

/** The process has another user than this one, which is not root. */
function isOtherUser(pid: number): boolean {
  const us = userOf("self");
  const them = userOf(String(pid));
  return us !== undefined && us !== 0 && them !== undefined && them !== us;
}

/** The number of the user who runs a process; `undefined`: it has ended. */
function userOf(pid: string): number | undefined {
  try {
    return Deno.statSync(`/proc/${pid}`).uid ?? undefined;
  } catch {
    return undefined;
  }
}

/** A text: why there is no answer. */
async function statusOf(database: string): Promise<DaemonStatus | string> {
  try {
    // A daemon of an older version lacks the newer keys.
    const status = await callDaemon<Partial<StatusJson> & Pick<StatusJson, "version" | "configuration">>(
      database,
      { path: "/status" },
    );
    return {
      version: status.version,
      configuration: status.configuration,
      uptimeSeconds: status.uptime_seconds ?? 0,
      ready: status.ready ?? true,
      backlogRows: status.backlog_rows ?? null,
      databaseError: status.database_error ?? null,
    };
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
}

/** True once the answer is complete. */
async function answersList(database: string, path: string): Promise<boolean> {
  try {
    await callDaemonForList(database, { path }, () => {});
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

/** `undefined` if it takes longer than the patience. */
async function within<T>(answer: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), patienceMs);
  // What comes later does not matter.
  answer.catch(() => {});
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

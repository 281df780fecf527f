/** Findings about the running daemon: its threads, what waits for the database, and what the history lacks. */

import { formatDuration, plural } from "../../cli/text/units.ts";
import { type Finding, ok, problem, warning } from "../finding.ts";

export interface DaemonFacts {
  readonly database: string;
  /** The process that has locked the database; `undefined`: none. */
  readonly pid: number | undefined;
  /** What it answers; a text: why it does not. */
  readonly status: DaemonStatus | string | undefined;
  /** False: the thread did not answer within the time; `undefined`: it was not asked. */
  readonly ribAnswers: boolean | undefined;
  readonly storeAnswers: boolean | undefined;
  /** bgpd runs as another user than this one, which is not root: this user may not open all that bgpd may. */
  readonly isOtherUser: boolean;
  /** The configuration file that was asked for, and the one that the daemon reads. */
  readonly isOtherConfig: boolean;
  readonly config: string;
  readonly ourVersion: string;
  /** How the last run ended, if none runs now; milliseconds since 1970. */
  readonly lastRun: { readonly endedAt: number | null; readonly leftOver: boolean } | undefined;
}

export interface DaemonStatus {
  readonly version: string;
  readonly configuration: string;
  readonly uptimeSeconds: number;
  readonly ready: boolean;
  readonly backlogRows: number | null;
  /** Why the database cannot be written; `null`: it can. */
  readonly databaseError: string | null;
}

/** So many rows wait only if the disk is too slow, or another program locks the database. */
const largeBacklog = 1_000_000;

export function checkDaemon(facts: DaemonFacts): Finding[] {
  const { pid } = facts;
  if (pid === undefined) return [notRunning(facts)];
  return [...checkUser(facts), ...checkRunning(facts, pid)];
}

/** Among the findings about the configuration, because it comes before those that it explains. */
function checkUser({ isOtherUser, pid, config }: DaemonFacts): Finding[] {
  if (!isOtherUser) return [];
  const text = `bgpd (pid ${pid}) runs as another user: permissions that are missing below may be missing for you only`;
  return [warning("config", text, `ask as root: sudo bgpd doctor -c ${config}`)];
}

function checkRunning(facts: DaemonFacts, pid: number): Finding[] {
  const { database, status, config } = facts;
  if (typeof status === "string" || status === undefined) {
    const text = `bgpd runs (pid ${pid}) and does not answer at ${database}.sock: ${status ?? "no answer in time"}`;
    return [problem("daemon", text, "run bgpd doctor as the user of bgpd; if it still does not answer, restart bgpd")];
  }
  const findings: Finding[] = [];
  if (facts.isOtherConfig) {
    const text = `bgpd (pid ${pid}) reads ${status.configuration}, and not ${config}`;
    findings.push(
      warning("daemon", text, `bgpd doctor -c ${status.configuration}, or name another database in ${config}`),
    );
  }
  if (status.version !== facts.ourVersion) {
    const text = `bgpd ${status.version} runs, and this is bgpd ${facts.ourVersion}`;
    findings.push(warning("daemon", text, "restart bgpd to run the version that is installed"));
  }
  findings.push(...checkThreads(facts), ...checkBacklog(status));
  if (!status.ready) {
    const text = "the routes of the last run are still being loaded: bgpd does not read from peers yet";
    findings.push(warning("daemon", text, "wait; a large database takes some seconds"));
  }
  if (findings.length > 0) return findings;
  const up = formatDuration(1000 * status.uptimeSeconds);
  return [ok("daemon", `bgpd ${status.version} runs (pid ${pid}, up ${up}); its threads answer and nothing waits`)];
}

function notRunning({ lastRun, config }: DaemonFacts): Finding {
  const start = `start it: systemctl start bgpd, or bgpd ${config}`;
  if (lastRun === undefined) return warning("daemon", "bgpd is not running", start);
  const at = lastRun.endedAt === null ? undefined : new Date(lastRun.endedAt).toISOString();
  if (!lastRun.leftOver) {
    return warning("daemon", `bgpd is not running; it stopped${at === undefined ? "" : ` at ${at}`}`, start);
  }
  return problem(
    "daemon",
    `bgpd is not running: it ended unexpectedly${at === undefined ? "" : ` after ${at}`}`,
    `look for the reason: journalctl -u bgpd, dmesg (out of memory); then ${start}`,
  );
}

function checkThreads({ ribAnswers, storeAnswers }: DaemonFacts): Finding[] {
  return ([["RIB", ribAnswers], ["store", storeAnswers]] as const).flatMap(([name, answers]) =>
    answers === false
      ? [problem("daemon", `the ${name} thread does not answer`, "if it stays so for minutes, restart bgpd")]
      : []
  );
}

function checkBacklog({ backlogRows, databaseError }: DaemonStatus): Finding[] {
  const rows = backlogRows ?? 0;
  if (databaseError !== null) {
    const text = `the database cannot be written: ${databaseError}; ${plural(rows, "row")} wait in memory`;
    return [problem("daemon", text, "make room on the disk, or end the program that locks the database")];
  }
  if (rows < largeBacklog) return [];
  const text = `${plural(rows, "row")} wait to be written to the database`;
  return [warning("daemon", text, "wait for a first table to end; else the disk is too slow: iostat -x 1")];
}

export interface HistoryFacts {
  /** ISO times; `to` may be in the future: the gap is still open. */
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly changes: number }[];
  readonly isKept: boolean;
}

export function checkHistory({ gaps, isKept }: HistoryFacts): Finding[] {
  if (!isKept) return [];
  const last = gaps.at(-1);
  if (last === undefined) return [ok("history", "no gaps in the last 30 days")];
  const when = last.to.startsWith("9999") ? `since ${last.from}` : `from ${last.from} to ${last.to}`;
  const text = `${plural(gaps.length, "gap")} in the last 30 days; the last one: ${when}`;
  return [warning("history", text, gapCure(last.changes))];
}

/** `changes`: what is missing in the gap; 0: nobody could count it, because bgpd ended without warning. */
function gapCure(changes: number): string {
  return changes === 0
    ? "bgpd was killed then, the machine went off, or the database was damaged: look for the reason in the log of " +
      "that time: journalctl -u bgpd"
    : "keep the disk writable and let no program lock the database for minutes";
}

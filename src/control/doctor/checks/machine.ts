/** Findings about the machine: clock, disk, open files and the kernel. Pure: facts go in, findings come out. */

import { formatBytes, formatDuration, plural } from "../../cli/text/units.ts";
import { type Finding, ok, problem, warning } from "../finding.ts";

export interface ClockFacts {
  /** `undefined`: the kernel does not say. */
  readonly isSynchronised: boolean | undefined;
  readonly maxErrorMs: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The newest time in the database; `undefined`: there is none. */
  readonly newestInDatabase: number | undefined;
}

/** A daemon that runs writes its own time: so much later than ours is a clock that was set back. */
const clockSlackMs = 5_000;
const timeCommand = "start a time service: systemctl enable --now chrony, or systemd-timesyncd";

export function checkClock({ isSynchronised, maxErrorMs, now, newestInDatabase }: ClockFacts): Finding[] {
  const findings: Finding[] = [];
  if (newestInDatabase !== undefined && newestInDatabase > now + clockSlackMs) {
    const behind = formatDuration(newestInDatabase - now);
    const text = `the clock is ${behind} behind the newest entry of the database: it was set back`;
    findings.push(problem("clock", text, "set the clock: timedatectl, or chronyc makestep"));
  }
  if (isSynchronised === false) {
    findings.push(warning("clock", "the clock is not synchronised: times of the history may be wrong", timeCommand));
  } else if (isSynchronised === undefined) {
    findings.push(
      warning("clock", "the kernel does not say whether the clock is synchronised", "check it: timedatectl"),
    );
  } else if (findings.length === 0) {
    const error = maxErrorMs === undefined ? "" : `, at most ${Math.ceil(maxErrorMs)} ms off`;
    findings.push(ok("clock", `synchronised${error}`));
  }
  return findings;
}

export interface DiskFacts {
  readonly folder: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** 0: the file system does not count inodes. */
  readonly totalInodes: number;
  readonly freeInodes: number;
  readonly databaseBytes: number;
  /** `history_max_mb` in octets; `undefined`: no history is kept. */
  readonly historyBytes: number | undefined;
}

/** bgpd cannot write a full table into less. */
const leastBytes = 100 * 2 ** 20;
const fewBytes = 2 ** 30;
const leastInodes = 16;

export function checkDisk(facts: DiskFacts | undefined): Finding[] {
  if (facts === undefined) {
    return [warning("disk", "the room on the disk cannot be read", "look yourself: df -h and df -i")];
  }
  const { folder, totalBytes, freeBytes, totalInodes, freeInodes, databaseBytes, historyBytes } = facts;
  const free = `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} are free in ${folder}`;
  const findings: Finding[] = [];
  const room = "delete other files there, lower history_max_mb, or move the database (key database)";
  const growth = historyBytes === undefined ? 0 : Math.max(0, historyBytes - databaseBytes);
  if (freeBytes < leastBytes) findings.push(problem("disk", `the disk is full: ${free}`, room));
  else if (freeBytes < fewBytes) findings.push(warning("disk", `the disk is nearly full: ${free}`, room));
  else if (growth > freeBytes) {
    const text = `${free}, and the history may grow by ${formatBytes(growth)}`;
    findings.push(warning("disk", text, "lower history_max_mb, or make room"));
  } else findings.push(ok("disk", free));
  if (totalInodes > 0 && freeInodes < leastInodes) {
    const text = `the file system of ${folder} has no inodes left: no file can be created`;
    findings.push(problem("disk", text, `delete small files there; count them with: df -i ${folder}`));
  }
  return findings;
}

export interface LimitFacts {
  /** Open files that bgpd may have; `undefined`: unknown. */
  readonly openFiles: number | undefined;
  /** What is left of them for connections with peers. */
  readonly connections: number;
  /** How many peers the configuration allows. */
  readonly peers: number;
}

export function checkLimits({ openFiles, connections, peers }: LimitFacts): Finding[] {
  if (openFiles === undefined) return [];
  const text = `the limit of ${openFiles} open files leaves ${connections} connections for peers`;
  if (peers <= connections) return [ok("limits", `${text}; the configuration allows ${plural(peers, "peer")}`)];
  const change = "raise the limit (systemd: LimitNOFILE=, else ulimit -n), or lower max_members";
  return [problem("limits", `${text}, and the configuration allows ${peers}`, change)];
}

export interface KernelFacts {
  /** Peers with `password_file`, and with `ttl_security`. */
  readonly md5Peers: number;
  readonly ttlPeers: number;
  /** Why the kernel refuses the keys; `undefined`: it takes them. */
  readonly md5Refused: string | undefined;
  readonly ttlRefused: string | undefined;
  /** Segments dropped since the start of the machine; `undefined`: unknown. */
  readonly dropped: { readonly unsigned: number; readonly unexpected: number; readonly wrong: number } | undefined;
  /** Peers that have no session now, with a key and without one. */
  readonly signedDown: number;
  readonly plainDown: number;
}

export function checkKernel(facts: KernelFacts): Finding[] {
  const { md5Peers, ttlPeers, md5Refused, ttlRefused, dropped } = facts;
  const findings: Finding[] = [];
  if (md5Refused !== undefined && md5Peers > 0) {
    const change = md5Refused.includes("ENOMEM")
      ? "raise the kernel's memory for keys: sysctl -w net.core.optmem_max=1048576"
      : "use a kernel with CONFIG_TCP_MD5SIG, or remove password_file";
    findings.push(problem("kernel", `TCP-MD5 does not work: ${md5Refused}`, change));
  } else if (md5Refused === undefined) findings.push(ok("kernel", `TCP-MD5 works; ${usedBy(md5Peers)}`));
  if (ttlRefused !== undefined && ttlPeers > 0) {
    const change = "use Linux with IP_MINTTL and IPV6_MINHOPCOUNT, or remove ttl_security";
    findings.push(problem("kernel", `TTL security does not work: ${ttlRefused}`, change));
  } else if (ttlRefused === undefined) findings.push(ok("kernel", `TTL security works; ${usedBy(ttlPeers)}`));
  return [...findings, ...dropped === undefined ? [] : checkDropped(dropped, facts)];
}

function usedBy(peers: number): string {
  return peers === 0 ? "no peer uses it" : `${plural(peers, "peer")} use${peers === 1 ? "s" : ""} it`;
}

/** Counters since the start of the machine are a hint only where a session is missing. */
function checkDropped(
  dropped: NonNullable<KernelFacts["dropped"]>,
  { signedDown, plainDown }: KernelFacts,
): Finding[] {
  const since = "since the start of this machine";
  const findings: Finding[] = [];
  if (dropped.wrong > 0 && signedDown > 0) {
    const text = `the kernel has dropped ${plural(dropped.wrong, "segment")} with a wrong TCP-MD5 signature ${since}`;
    findings.push(
      warning("kernel", text, "compare the keys of the peers that are down, on both sides (password_file)"),
    );
  }
  if (dropped.unsigned > 0 && signedDown > 0) {
    const text = `the kernel has dropped ${plural(dropped.unsigned, "segment")} without a TCP-MD5 signature ${since}`;
    const change = "a peer with password_file here has no key at its side: set it there, or remove password_file";
    findings.push(warning("kernel", text, change));
  }
  if (dropped.unexpected > 0 && plainDown > 0) {
    const text = `the kernel has dropped ${plural(dropped.unexpected, "segment")} with a TCP-MD5 signature from ` +
      `addresses without a key ${since}`;
    findings.push(warning("kernel", text, "a peer uses a key: set password_file for it"));
  }
  return findings;
}

/** What `bgpd doctor` finds: for each fact that it looks at, a machine where it is wrong. */
import assert from "node:assert/strict";
import { checkDaemon, checkHistory, type DaemonFacts } from "../../../../src/control/doctor/checks/daemon.ts";
import { checkDatabase, checkFiles, type DatabaseFacts } from "../../../../src/control/doctor/checks/files.ts";
import {
  checkClock,
  checkDisk,
  checkKernel,
  checkLimits,
  type DiskFacts,
  type KernelFacts,
} from "../../../../src/control/doctor/checks/machine.ts";
import { checkPeers, type PeerFacts } from "../../../../src/control/doctor/checks/peers.ts";
import { checkConfiguration, checkSockets } from "../../../../src/control/doctor/checks/start.ts";
import type { Finding } from "../../../../src/control/doctor/mod.ts";

/** `LEVEL: TEXT => CHANGE` of each finding. */
function said(findings: readonly Finding[]): string[] {
  return findings.map(({ level, text, change }) => `${level}: ${text}${change === undefined ? "" : ` => ${change}`}`);
}

/** The one finding that is not ok matches. */
function finds(findings: readonly Finding[], pattern: RegExp): void {
  const bad = findings.filter(({ level }) => level !== "ok");
  assert.equal(bad.length, 1, said(findings).join("\n"));
  assert.match(said(bad)[0]!, pattern);
}

function allOk(findings: readonly Finding[]): void {
  assert.ok(findings.length > 0 && findings.every(({ level }) => level === "ok"), said(findings).join("\n"));
}

Deno.test("every warning and every problem says what to change", () => {
  for (const finding of [...brokenMachines()].flat()) {
    if (finding.level !== "ok") assert.match(finding.change ?? "", /^\S.*[^.]$/, finding.text);
    assert.match(finding.text, /^\S[^\n]*[^.\n]$/);
  }
});

Deno.test("clock: not synchronised, unknown, set back", () => {
  const clock = { isSynchronised: true, maxErrorMs: 11.2, now: 1_000_000, newestInDatabase: 999_000 };
  assert.deepEqual(said(checkClock(clock)), ["ok: synchronised, at most 12 ms off"]);
  finds(checkClock({ ...clock, isSynchronised: false }), /^warning: the clock is not synchronised.* => start a time/);
  finds(checkClock({ ...clock, isSynchronised: undefined }), /^warning: the kernel does not say/);
  finds(checkClock({ ...clock, newestInDatabase: 1_000_000 + 90_000 }), /^problem: the clock is 00:01:30 behind/);
});

const disk: DiskFacts = {
  folder: "/var/lib/bgpd",
  totalBytes: 100 * 2 ** 30,
  freeBytes: 50 * 2 ** 30,
  totalInodes: 1000,
  freeInodes: 900,
  databaseBytes: 2 ** 30,
  historyBytes: 8 * 2 ** 30,
};

Deno.test("disk: full, nearly full, too small for the history, without inodes, unreadable", () => {
  allOk(checkDisk(disk));
  allOk(checkDisk({ ...disk, totalInodes: 0, freeInodes: 0 }));
  finds(
    checkDisk({ ...disk, freeBytes: 2 ** 20 }),
    /^problem: the disk is full: 1\.0 MiB of 100 GiB are free in \/var/,
  );
  finds(checkDisk({ ...disk, freeBytes: 2 ** 29 }), /^warning: the disk is nearly full/);
  finds(checkDisk({ ...disk, freeBytes: 2 ** 32 }), /the history may grow by 7\.0 GiB => lower history_max_mb/);
  allOk(checkDisk({ ...disk, freeBytes: 2 ** 32, historyBytes: undefined }));
  finds(checkDisk({ ...disk, freeInodes: 0 }), /^problem: .* has no inodes left/);
  finds(checkDisk(undefined), /df -h/);
});

Deno.test("limits: more peers than open files", () => {
  allOk(checkLimits({ openFiles: 1024, connections: 768, peers: 768 }));
  finds(checkLimits({ openFiles: 1024, connections: 768, peers: 769 }), /^problem: .* allows 769 => raise the limit/);
  assert.deepEqual(checkLimits({ openFiles: undefined, connections: 0, peers: 5 }), []);
});

const kernel: KernelFacts = {
  md5Peers: 1,
  ttlPeers: 1,
  md5Refused: undefined,
  ttlRefused: undefined,
  dropped: { unsigned: 0, unexpected: 0, wrong: 0 },
  signedDown: 0,
  plainDown: 0,
};

Deno.test("kernel: no TCP-MD5, no room for keys, no TTL security, dropped segments", () => {
  allOk(checkKernel(kernel));
  finds(
    checkKernel({ ...kernel, md5Refused: "this kernel has no TCP MD5" }),
    /^problem: TCP-MD5 does not work: this k/,
  );
  finds(checkKernel({ ...kernel, md5Refused: "the kernel refused the key: ENOMEM" }), /net\.core\.optmem_max/);
  finds(checkKernel({ ...kernel, ttlRefused: "the kernel refused IP_MINTTL" }), /^problem: TTL security does not work/);
  allOk(checkKernel({ ...kernel, md5Peers: 0, md5Refused: "this kernel has no TCP MD5" }));
  const dropped = { unsigned: 2, unexpected: 3, wrong: 1 };
  allOk(checkKernel({ ...kernel, dropped }));
  const signed = said(checkKernel({ ...kernel, dropped, signedDown: 1 })).slice(2);
  assert.match(signed[0]!, /^warning: the kernel has dropped 1 segment with a wrong TCP-MD5 signature/);
  assert.match(signed[1]!, /^warning: the kernel has dropped 2 segments without a TCP-MD5 signature/);
  finds(checkKernel({ ...kernel, dropped, plainDown: 1 }), /3 segments .* => a peer uses a key: set password_file/);
});

Deno.test("files: others may write, others may read a key", () => {
  const key = { what: "TCP-MD5 key of a", path: "/etc/bgpd/key", mode: 0o640, isSecret: true };
  allOk(checkFiles([key, { ...key, isSecret: false, mode: 0o644 }, { ...key, mode: undefined }]));
  finds(checkFiles([{ ...key, mode: 0o644 }]), /^warning: every user .* may read the TCP-MD5 key .* => chmod o-rwx/);
  finds(checkFiles([{ ...key, mode: 0o666 }]), /^problem: every user .* may change .* => chmod o-w \/etc\/bgpd\/key/);
});

const database: DatabaseFacts = {
  path: "/var/lib/bgpd/bgpd.db",
  exists: true,
  error: undefined,
  bytes: 2 ** 20,
  logBytes: 0,
  schema: 8,
  ourSchema: 8,
  damage: [],
};

Deno.test("database: unreadable, damaged, older schema, a log that grows", () => {
  allOk(checkDatabase(database));
  allOk(checkDatabase({ ...database, exists: false }));
  assert.match(
    said(checkDatabase({ ...database, damage: undefined }))[0]!,
    /too large to look for damage here: sqlite3 /,
  );
  finds(checkDatabase({ ...database, error: "x is a database of another program" }), /^problem: x is a database of/);
  finds(checkDatabase({ ...database, damage: ["row 3 missing"] }), /^problem: .* is damaged: row 3 missing => restart/);
  finds(checkDatabase({ ...database, schema: 7 }), /^warning: .* has schema 7, and this bgpd writes schema 8/);
  finds(
    checkDatabase({ ...database, logBytes: 2 ** 30 }),
    /^warning: the log .*-wal has 1\.0 GiB: a program has been reading/,
  );
});

const daemon: DaemonFacts = {
  database: "/var/lib/bgpd/bgpd.db",
  config: "/etc/bgpd/bgpd.toml",
  pid: 812,
  status: {
    version: "1.0.0",
    configuration: "/etc/bgpd/bgpd.toml",
    uptimeSeconds: 3600,
    ready: true,
    backlogRows: 5,
    databaseError: null,
  },
  ribAnswers: true,
  storeAnswers: true,
  isOtherUser: false,
  isOtherConfig: false,
  ourVersion: "1.0.0",
  lastRun: undefined,
};
const status = daemon.status as Exclude<DaemonFacts["status"], string | undefined>;

Deno.test("daemon: not running, ended badly, silent, another file or version, a hung thread, rows that wait", () => {
  allOk(checkDaemon(daemon));
  finds(checkDaemon({ ...daemon, pid: undefined }), /^warning: bgpd is not running => start it: systemctl start bgpd/);
  const stopped = { endedAt: 0, leftOver: false };
  finds(checkDaemon({ ...daemon, pid: undefined, lastRun: stopped }), /it stopped at 1970-01-01T00:00:00\.000Z/);
  const died = { endedAt: 0, leftOver: true };
  finds(
    checkDaemon({ ...daemon, pid: undefined, lastRun: died }),
    /^problem: .* it ended unexpectedly after .* journalctl -u bgpd/,
  );
  finds(checkDaemon({ ...daemon, status: "permission denied" }), /^problem: bgpd runs \(pid 812\) and does not answer/);
  finds(checkDaemon({ ...daemon, isOtherUser: true }), /^warning: bgpd \(pid 812\) runs as another user/);
  finds(checkDaemon({ ...daemon, isOtherConfig: true }), /^warning: bgpd \(pid 812\) reads \/etc/);
  finds(checkDaemon({ ...daemon, ourVersion: "1.1.0" }), /^warning: bgpd 1\.0\.0 runs, and this is bgpd 1\.1\.0/);
  finds(checkDaemon({ ...daemon, ribAnswers: false }), /^problem: the RIB thread does not answer/);
  finds(checkDaemon({ ...daemon, storeAnswers: false }), /^problem: the store thread does not answer/);
  finds(checkDaemon({ ...daemon, status: { ...status, ready: false } }), /^warning: the routes of the last run/);
  finds(checkDaemon({ ...daemon, status: { ...status, backlogRows: 2e6 } }), /^warning: 2000000 rows wait/);
  const full = { ...status, databaseError: "the disk is full" };
  finds(checkDaemon({ ...daemon, status: full }), /^problem: the database cannot be written: the disk is full; 5 rows/);
});

Deno.test("history: gaps", () => {
  const gap = { from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:05:00Z", changes: 3 };
  allOk(checkHistory({ gaps: [], isKept: true }));
  assert.deepEqual(checkHistory({ gaps: [gap], isKept: false }), []);
  finds(checkHistory({ gaps: [gap, gap], isKept: true }), /^warning: 2 gaps .* from 2026-01-01T00:00:00Z to 2026-/);
  const [locked] = checkHistory({ gaps: [{ ...gap, changes: 0 }, gap], isKept: true });
  assert.match(locked?.change ?? "", /keep the disk writable/);
  const [killed] = checkHistory({ gaps: [gap, { ...gap, changes: 0 }], isKept: true });
  assert.match(killed?.change ?? "", /bgpd was killed then.*journalctl -u bgpd/);
  finds(checkHistory({ gaps: [{ ...gap, to: "9999-12-31T23:59:59Z" }], isKept: true }), /since 2026-01-01T00:00:00Z/);
});

const peer: PeerFacts = {
  name: "upstream",
  state: "Active",
  sinceMs: 600_000,
  reason: undefined,
  enabled: true,
  passive: false,
  isNetwork: false,
  noRoute: undefined,
  attempt: { kind: "accepted" },
  endings: 0,
};

Deno.test("peers: none, no route, refused, no answer, a reason of the daemon, passive, flapping", () => {
  finds(checkPeers([]), /^warning: no peers are configured/);
  allOk(checkPeers([{ ...peer, state: "Established" }]));
  allOk(checkPeers([{ ...peer, enabled: false }]));
  allOk(checkPeers([{ ...peer, state: undefined }]));
  finds(
    checkPeers([{ ...peer, noRoute: "ENETUNREACH" }]),
    /no session for 00:10:00 \(Active\): the kernel has no route/,
  );
  const refused = { kind: "failed", text: "192.0.2.1:179 refused the connection" } as const;
  finds(checkPeers([{ ...peer, attempt: refused }]), /^problem: .*refused the connection => check that its BGP daemon/);
  finds(
    checkPeers([{ ...peer, attempt: refused, reason: refused.text }]),
    /\(Active\): 192\.0\.2\.1:179 refused the connection =>/,
  );
  const connected = { ...peer, attempt: { kind: "connected" } } as const;
  allOk(checkPeers([{ ...connected, state: undefined }]));
  finds(checkPeers([connected]), /^warning: .*\(Active\): a program of this machine has a connection with it/);
  const silent = { kind: "failed", text: "192.0.2.1:179 did not answer within 2 s" } as const;
  finds(checkPeers([{ ...peer, attempt: silent }]), /^problem: .*did not answer .*password_file/);
  const wrongAs = "the peer says AS 65009, remote_as is 65001";
  finds(checkPeers([{ ...peer, reason: wrongAs }]), /^problem: .*says AS 65009.* => set remote_as = 65009/);
  finds(
    checkPeers([{ ...peer, passive: true, attempt: undefined }]),
    /^warning: .*it is passive, and has not connected/,
  );
  finds(checkPeers([{ ...peer, sinceMs: 5_000 }]), /^warning: .*bgpd is connecting/);
  finds(checkPeers([peer]), /^problem: .*though it accepts connections => read its events: bgpd show peer upstream/);
  finds(
    checkPeers([{ ...peer, state: "Established", endings: 5 }]),
    /^warning: upstream: 5 sessions ended in the last/,
  );
});

Deno.test("configuration and sockets: errors, warnings, a socket that nobody has", () => {
  const start = { config: "/etc/bgpd/bgpd.toml", errors: [], warnings: [], peers: 3 };
  allOk(checkConfiguration(start));
  finds(checkConfiguration({ ...start, errors: ["line 3: wrong; write x"] }), /^problem: line 3: wrong => write x$/);
  finds(checkConfiguration({ ...start, errors: ["line 3: wrong"] }), /^problem: line 3: wrong => correct it, then try/);
  finds(checkConfiguration({ ...start, warnings: ["x has no effect"] }), /^warning: x has no effect => change \/etc/);
  const socket = { name: "bgp_socket 0.0.0.0:179", holder: undefined, isFree: true, isRunning: false };
  assert.deepEqual(said(checkSockets([socket])), ["ok: bgp_socket 0.0.0.0:179 is free"]);
  const held = { ...socket, isFree: false, isRunning: true, holder: "bgpd (pid 812)" };
  assert.deepEqual(said(checkSockets([held])), ["ok: bgp_socket 0.0.0.0:179 is held by bgpd (pid 812)"]);
  finds(checkSockets([{ ...socket, isRunning: true }]), /^warning: bgpd runs, and nobody listens on .* bgpd reload/);
});

function* brokenMachines(): Generator<Finding[]> {
  yield checkClock({ isSynchronised: false, maxErrorMs: undefined, now: 0, newestInDatabase: 1e9 });
  yield checkDisk({ ...disk, freeBytes: 0, freeInodes: 0 });
  yield checkLimits({ openFiles: 64, connections: 16, peers: 100 });
  yield checkKernel({ ...kernel, md5Refused: "x", ttlRefused: "y", signedDown: 1, plainDown: 1 });
  yield checkFiles([{ what: "key", path: "/key", mode: 0o777, isSecret: true }]);
  yield checkDatabase({ ...database, damage: ["x"], schema: 1, logBytes: 2 ** 40 });
  yield checkDaemon({ ...daemon, ribAnswers: false, storeAnswers: false, isOtherConfig: true, ourVersion: "2" });
  yield checkPeers([peer, { ...peer, passive: true, attempt: undefined }, { ...peer, noRoute: "ENETUNREACH" }]);
}

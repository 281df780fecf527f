/** Runs commands of the command line on a small database, or against a daemon that only records its requests. */
import assert from "node:assert/strict";
import { announceCommand, withdrawCommand } from "../../../../src/control/cli/announce/announce.ts";
import { reloadCommand } from "../../../../src/control/cli/daemon/reload.ts";
import { restartCommand } from "../../../../src/control/cli/daemon/restart.ts";
import { backupCommand } from "../../../../src/control/cli/database/backup.ts";
import { sqlCommand } from "../../../../src/control/cli/database/sql.ts";
import { mrtCommand } from "../../../../src/control/cli/mrt/mrt.ts";
import { peerCommand } from "../../../../src/control/cli/peer/peer.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { showCommand } from "../../../../src/control/cli/show/show.ts";
import { serveHttp } from "../../../../src/control/http/mod.ts";
import { createStoreBatch, EndedBy, stride } from "../../../../src/rib/mod.ts";
import type { StoreWriter } from "../../../../src/store/mod.ts";
import { FakeTarget } from "../fake_target.ts";
import { diffCommand } from "../../../../src/control/cli/live/diff.ts";
import { topCommand } from "../../../../src/control/cli/live/top.ts";
import { watchCommand } from "../../../../src/control/cli/live/watch.ts";
import { fakeIo, type FakeIoOptions } from "./fake_io.ts";
import { noon, smallDatabase } from "./small_database.ts";

const info = {
  name: "bgpd",
  summary: "a speaker",
  version: "1.2.3",
  commands: [
    announceCommand,
    withdrawCommand,
    peerCommand,
    reloadCommand,
    restartCommand,
    showCommand,
    diffCommand,
    topCommand,
    watchCommand,
    sqlCommand,
    backupCommand,
    mrtCommand,
  ],
};

export interface Result {
  readonly code: number;
  /** Standard output, whole and by line. */
  readonly output: string;
  readonly lines: readonly string[];
  /** Standard error. */
  readonly messages: string;
}

/** Exit code, standard output and standard error. */
export function resultOf({ code, output, messages }: Result): [number, string, string] {
  return [code, output, messages];
}

/** Runs one command line. */
export async function bgpd(args: readonly string[], options: FakeIoOptions = {}): Promise<Result> {
  const io = fakeIo(options);
  const code = await runProgram(info, args, io);
  return { code, output: io.output, lines: io.output.split("\n").slice(0, -1), messages: io.messages.join("\n") };
}

/** The path of a database in a new folder; there is no file yet. */
export async function inFolder(work: (database: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    await work(`${folder}/bgpd.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** `line`: words separated by spaces. */
export type RunLine = (line: string) => Promise<Result>;

/** Runs commands beside a database path at which a daemon answers. */
export function withDaemon(work: (run: RunLine, target: FakeTarget, database: string) => Promise<void>): Promise<void> {
  return inFolder(async (database) => {
    const target = new FakeTarget();
    const onError = (error: unknown) => assert.fail(String(error));
    const server = serveHttp({
      target,
      version: "1.2.3",
      control: { path: `${database}.sock`, mode: 0o600 },
      tcp: undefined,
      token: () => undefined,
      onError,
      warn: onError,
      maxConnections: { unix: 4, tcp: 4 },
    });
    try {
      await work(runOn(database), target, database);
    } finally {
      await server.close();
    }
  });
}

/** Runs commands beside a database path at which no daemon answers. */
export function withoutDaemon(work: (run: RunLine, database: string) => Promise<void>): Promise<void> {
  return inFolder((database) => work(runOn(database), database));
}

function runOn(database: string): RunLine {
  return (line) => bgpd([...line.split(" "), "--database", database]);
}

export type RunArgs = (args: readonly string[], options?: FakeIoOptions) => Promise<Result>;

/** Runs commands on a small database that its writer holds open, as a running daemon does; 78 s after noon. */
export function withDatabase(
  work: (run: RunArgs, path: string, daemon: StoreWriter) => Promise<void>,
): Promise<void> {
  return inFolder(async (path) => {
    const daemon = smallDatabase(path);
    let closed = false;
    const close = daemon.close.bind(daemon);
    daemon.close = () => {
      if (!closed) close();
      closed = true;
    };
    try {
      await work(
        (args, options) => bgpd([...args, "--database", path], { now: noon + 78_000, ...options }),
        path,
        daemon,
      );
    } finally {
      daemon.close();
    }
  });
}

const minute = 60_000;

/**
 * The same with a history: 198.51.100.0/24 of peer 1 had set 2 from 40 to 30 minutes before noon and set 1 from 30 to
 * 20, then nothing until noon; a route of peer 2 was lost with its session. The history has a gap of 3 entries.
 */
export function withHistory(
  work: (run: RunArgs, folder: string, daemon: StoreWriter) => Promise<void>,
): Promise<void> {
  return withDatabase((_, path, daemon) => {
    const batch = createStoreBatch(8);
    const ended = (from: number, to: number, peer: number, prefix: number, set: number, endedBy: number) =>
      batch.history.set([to, from, peer, prefix, -1, set, endedBy], batch.historyCount++ * stride.history);
    ended(noon - 40 * minute, noon - 30 * minute, 1, 1, 2, EndedBy.replaced);
    ended(noon - 30 * minute, noon - 20 * minute, 1, 1, 1, EndedBy.withdrawn);
    ended(noon - 30 * minute, noon - 25 * minute, 2, 3, 2, EndedBy.sessionLost);
    batch.events.push({
      kind: "gap",
      from: noon - 26 * minute,
      to: noon - 24 * minute,
      since: noon - minute * 27,
      changes: 3,
    });
    daemon.apply(batch);
    daemon.indexes.buildAll();
    const folder = path.slice(0, path.lastIndexOf("/"));
    return work((args) => bgpd([...args, "--database", path], { now: noon + 90_000 }), folder, daemon);
  });
}

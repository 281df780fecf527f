/** Requests to a running daemon: HTTP over the Unix socket beside its database. */

import { isSameFile } from "../../store/files.ts";
import { lockHolder } from "../../store/lock.ts";
import * as fileLocks from "../../transport/file_locks.ts";
import { relative } from "../../transport/path.ts";
import type { StatusJson } from "../schema/speaker.ts";
import { controlSocketPath, readerSocketPath } from "../target.ts";
import { clientHeader } from "../../transport/http/client_header.ts";
import { CommandError, type Input } from "./command.ts";
import { operator } from "./operator.ts";

/** No daemon answers at the socket. */
export class NotRunning extends CommandError {
  /** The message is the fact and then the advice. */
  constructor(readonly fact: string, advice = "") {
    super(fact + advice);
  }
}

export interface ApiCall {
  readonly method?: "GET" | "POST" | "DELETE";
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: unknown;
  /** A daemon that hangs does not answer: how long to wait; without it, for ever. */
  readonly withinMs?: number;
  /** For a command with many requests: a client that keeps its connection to the control socket. */
  readonly client?: Deno.HttpClient;
}

/** Returns the answer, parsed. Throws {@link CommandError} with the daemon's sentence if the daemon refuses. */
export async function callDaemon<T>(database: string, call: ApiCall): Promise<T> {
  return await withResponse(database, call, async (response) => await response.json() as T);
}

/** Throws if `--config` names another file than the daemon reads: a daemon only reads the file it was started with. */
export async function refuseOtherConfiguration(input: Input, database: string): Promise<void> {
  const named = input.text("config");
  if (named === undefined) return;
  const { configuration } = await callDaemon<StatusJson>(database, { path: "/status" });
  if (isSameFile(named, configuration)) return;
  throw new CommandError(
    `bgpd reads ${configuration}, not ${named}: change ${configuration}, or start bgpd with ${named}`,
  );
}

/** Calls `take` with each item of a list as it arrives. The list has one item on each line. */
export async function callDaemonForList<T>(
  database: string,
  call: ApiCall,
  take: (item: T) => void,
): Promise<void> {
  await withResponse(database, call, async (response) => {
    let rest = "";
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("{")) take(JSON.parse(line.replace(/,$/, "")) as T);
    }
  });
}

async function withResponse<T>(
  database: string,
  { method = "GET", path, body, withinMs, client: kept }: ApiCall,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const user = operator();
  const sockets = [controlSocketPath(database), readerSocketPath(database)].map(shorter);
  for (const [at, socket] of sockets.entries()) {
    using own = kept !== undefined && at === 0 ? undefined : httpClient(socket);
    const client = own ?? kept!;
    let response: Response;
    try {
      const content = {
        ...body === undefined ? {} : { body: JSON.stringify(body) },
        ...user === undefined ? {} : { headers: { [clientHeader]: user } },
        ...withinMs === undefined ? {} : { signal: AbortSignal.timeout(withinMs) },
      };
      response = await fetch(`http://bgpd/api/v1${path}`, { client, method, ...content });
    } catch (error) {
      // Who may not change anything may still read.
      if (at === 0 && isRefused(error)) continue;
      throw unreachable(database, socket, error);
    }
    if (response.ok) return await read(response);
    const { error } = await response.json() as { error: string };
    throw new CommandError(error);
  }
  throw permissionDenied(sockets[0]!);
}

/** A client that keeps its connection to the control socket; close it. */
export function controlClient(database: string): Deno.HttpClient {
  return httpClient(shorter(controlSocketPath(database)));
}

function httpClient(path: string): Deno.HttpClient {
  return Deno.createHttpClient({ proxy: { transport: "unix", path } });
}

/** This user may not use the socket. */
function isRefused(error: unknown): boolean {
  return /Permission denied/i.test(textOf(error));
}

function textOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

function permissionDenied(socket: string): CommandError {
  return new CommandError(
    `permission denied for ${socket}: run this command as root, as the user of bgpd, or as a member of its group`,
  );
}

/** Linux takes 107 octets of a socket's path: below the current folder the relative path may be the one that fits. */
function shorter(path: string): string {
  if (path.length <= 107) return path;
  const short = relative(Deno.cwd(), path);
  return short.length < path.length ? short : path;
}

function unreachable(database: string, socket: string, error: unknown): CommandError {
  const text = textOf(error);
  if (isRefused(error)) return permissionDenied(socket);
  if (!/No such file|Connection refused|Connect|timed out/i.test(text)) return new CommandError(`${socket}: ${text}`);
  const pid = lockHolder(database, fileLocks);
  if (pid === undefined) {
    return new NotRunning(
      `no bgpd is running on ${database}`,
      "; start it, or name another database with --database or --config",
    );
  }
  return new NotRunning(
    `bgpd is running on ${database} (pid ${pid}) but does not answer at ${socket}; see bgpd doctor`,
  );
}

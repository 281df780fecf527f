/** The answers of the tools, from the database. Most are those of `bgpd show … --json`. */

import { StoreError } from "../../../store/errors.ts";
import { StoreReader } from "../../../store/read/reader.ts";
import { type Command, CommandError, Input, OutputClosed, UsageError } from "../command.ts";
import { peerName } from "../peer_name.ts";
import { isRunning, notRunningText } from "../show/last_run.ts";
import { capturedIo } from "./captured_io.ts";
import type { Arguments } from "./mcp_server.ts";
import { answerNamed, answerSql, describeSchema, listQueries, type SqlAnswer } from "./sql_answers.ts";
import type { WorkerOutcome } from "./tool_runner.ts";
import type { Place } from "./tool_thread.ts";

type Value = Readonly<Record<string, unknown>>;

/** Where the notices of an answer come together. */
interface Asking extends Place {
  readonly notices: string[];
}

type Answering = (given: Arguments, asking: Asking) => Value | Promise<Value>;

const answers: Readonly<Record<string, Answering>> = {
  summary: async (_, asking) => ({ summary: await shown("summary", [], {}, asking) }),
  peers: async ({ peer }, asking) =>
    peer === undefined
      ? { peers: await shown("peers", [], {}, asking) }
      : { peer: await shown("peer", [String(peer)], {}, asking) },
  routers: async ({ router }, asking) =>
    router === undefined
      ? { routers: await shown("routers", [], {}, asking) }
      : { router: await shown("router", [String(router)], {}, asking) },
  rpki: async (_, asking) => ({ rpki: await shown("rpki", [], {}, asking) }),
  events: (given, asking) => withReader(asking, (reader) => eventsOf(reader, given, asking)),
  show_routes: async ({ target, ...given }, asking) => ({
    routes: await shown("routes", wordsOf(target), { ...given, limit: limitOf(given, asking) }, asking),
  }),
  explain: async ({ target, ...given }, asking) => ({
    routes: await shown("routes", wordsOf(target), { ...given, limit: asking.rows }, asking),
  }),
  history: async ({ prefix, ...given }, asking) => ({
    [given["changes"] === true ? "changes" : "states"]: await shown(
      "history",
      wordsOf(prefix),
      { ...given, limit: limitOf(given, asking) },
      asking,
    ),
  }),
  validity: async ({ prefix, ...given }, asking) => ({
    vrps: await shown("roas", wordsOf(prefix), { ...given, limit: limitOf(given, asking) }, asking),
  }),
  advertised: async ({ peer, prefix, ...given }, asking) => ({
    routes: await shown(
      "advertised",
      [String(peer), ...wordsOf(prefix)],
      { ...given, limit: limitOf(given, asking) },
      asking,
    ),
  }),
  list_queries: () => ({ queries: listQueries() }),
  run_query: (given, asking) =>
    withReader(asking, async (reader) => {
      const { name, parameters = {} } = given;
      const texts = new Map(Object.entries(parameters as Value).map(([key, value]) => [key, String(value)]));
      return valueOf(await answerNamed(reader, String(name), texts, limitOf(given, asking)), asking);
    }),
  schema: ({ name }) => describeSchema(name === undefined ? undefined : String(name)),
  sql: (given, asking) =>
    withReader(asking, (reader) => valueOf(answerSql(reader, String(given["query"]), limitOf(given, asking)), asking)),
};

/** The limit is one for all questions of this process. */
const noMemory = "this needs too much memory, or an earlier query that still runs has it: ask for less, or later";

/** Never rejects. */
export async function answerTool(tool: string, given: Arguments, place: Place): Promise<WorkerOutcome> {
  const asking: Asking = { ...place, notices: [] };
  try {
    const value = await answers[tool]!(given, asking);
    const notices = [...new Set([...await ageOf(asking), ...asking.notices.map(inToolWords)])];
    return { value: notices.length === 0 ? value : { ...value, notices } };
  } catch (error) {
    if (error instanceof StoreError && /out of memory/.test(error.message)) return { error: noMemory };
    const isKnown = error instanceof CommandError || error instanceof UsageError || error instanceof StoreError;
    if (isKnown) return { error: inToolWords(error.message) };
    return { bug: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}

/** What a command of `bgpd show` prints with `--json`. */
async function shown(
  name: string,
  words: readonly string[],
  options: Arguments,
  { database, rows, notices }: Asking,
): Promise<unknown> {
  const { limit = rows } = options;
  const io = capturedIo(Number(limit));
  const command = await commandOf(name);
  const flags = Object.entries(options).filter(([, value]) => value !== false && value !== undefined);
  const input = new Input(words, [
    ...flags.map(([key, value]) => [key.replaceAll("_", "-"), value === true ? true : String(value)] as const),
    ["json", true],
    ["database", database],
  ]);
  try {
    await command.run!(input, io);
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
  }
  notices.push(...io.messages.filter((message) => !/^no (routes|history)$/.test(message)));
  if (io.isCut) notices.push(moreText(Number(limit)));
  return io.value();
}

/** Each loads what it needs. */
async function commandOf(name: string): Promise<Command> {
  const { showCommand } = await import("../show/show.ts");
  return showCommand.commands!.find((command) => command.name === name)!;
}

function eventsOf(reader: StoreReader, given: Arguments, asking: Asking): Value {
  const limit = limitOf(given, asking);
  const peer = given["peer"] === undefined ? undefined : peerName(reader, String(given["peer"]));
  const events = reader.newestEvents(limit, peer).map(({ hex: _, ...event }) => event);
  return { events };
}

function valueOf({ columns, rows, truncated, seconds }: SqlAnswer, asking: Asking): Value {
  if (truncated !== undefined) asking.notices.push(truncated);
  return { columns, rows, truncated: truncated !== undefined, seconds };
}

async function withReader(asking: Asking, work: (reader: StoreReader) => Value | Promise<Value>): Promise<Value> {
  const reader = new StoreReader(asking.database);
  try {
    return await work(reader);
  } finally {
    reader.close();
  }
}

/** Whether the answer is that of a router that runs no longer. */
function ageOf(asking: Asking): Promise<readonly string[]> {
  const reader = new StoreReader(asking.database);
  try {
    return Promise.resolve(
      isRunning(reader) ? [] : [`${notRunningText(reader.lastRun())}; the answer is that of then`],
    );
  } finally {
    reader.close();
  }
}

function limitOf({ limit }: Arguments, { rows }: Place): number {
  return Number(limit ?? Math.min(50, rows));
}

function wordsOf(text: unknown): string[] {
  return text === undefined ? [] : String(text).trim().split(/\s+/);
}

export function moreText(limit: number): string {
  return `there is more: these are the first ${limit} (limit)`;
}

/** Commands speak of options: `--origin-as` is the argument `origin_as` here. */
function inToolWords(text: string): string {
  return text.replace(
    /(^|[\s("])--([a-z]+(?:-[a-z]+)*)/g,
    (_, before: string, name: string) => before + name.replaceAll("-", "_"),
  );
}

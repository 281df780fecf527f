/** `bgpd announce -f FILE` and `bgpd withdraw -f FILE`: thousands of changes in one transaction, all or none. */

import { snakeKeys } from "../../json.ts";
import type { ChangedJson, StatesJson } from "../../schema/announcement.ts";
import { CommandError, type Input, type Io } from "../command.ts";
import { callDaemon, controlClient, NotRunning } from "../daemon_client.ts";
import { databasePath } from "../database_file.ts";
import { readTextFile } from "../files.ts";
import { plural } from "../text/units.ts";
import { type FileLine, type FileLines, readLines } from "./announcement_file.ts";
import { reportLater } from "./report_later.ts";

/** Characters of JSON in one request: the control socket takes 4 MiB. */
const mostCharacters = 500_000;
/** How long the command waits for peers after the rows are written, and how often it looks. */
const waitMs = 10_000;
const lookEveryMs = 250;
/** How often the command reports its progress. */
const reportEveryMs = 1_000;

export async function changeByFile(
  input: Input,
  io: Io,
  name: string,
  verb: "announce" | "withdraw",
): Promise<number> {
  const options = (words: readonly string[]) => input.withWords(words);
  const lines = readLines(await contentOf(name, io), { name, verb, options, now: io.now() });
  const { length } = [...lines.announce, ...lines.withdraw];
  if (length === 0) throw new CommandError(`${name} has no announcements`);
  const database = await databasePath(input, io);
  const progress = new Progress(io);
  const began = io.now();
  try {
    const changed = await send(database, lines, name, progress);
    const isQuiet = input.flag("json");
    const states = await untilSent(database, changed, io, progress);
    if (isQuiet) io.write(JSON.stringify({ ...changed, states }) + "\n");
    else io.write(sentence(changed, states, io.now() - began));
    return states !== undefined && states.withheld + states.refused > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof NotRunning)) throw error;
  }
  const { changeRows } = await import("./without_daemon.ts");
  const texts = <T>(all: readonly FileLine<T>[]) => all.map(({ text }) => text);
  try {
    changeRows(database, texts(lines.announce), texts(lines.withdraw));
  } catch (error) {
    throw error instanceof CommandError ? placed(error, lines, { announce: 0, withdraw: 0 }, name) : error;
  }
  reportLater(database, `${plural(length, "change")} of ${name} will take effect`, io);
  return 0;
}

async function contentOf(name: string, io: Io): Promise<string> {
  if (name !== "-") return readTextFile(name);
  let text = "";
  for await (const line of io.lines()) text += `${line}\n`;
  return text;
}

/** Sends all parts. Nothing is written before the last one, and nothing at all if the daemon refuses a part. */
async function send(database: string, lines: FileLines, name: string, progress: Progress): Promise<ChangedJson> {
  const parts = [...partsOf(lines)];
  const transaction = crypto.randomUUID();
  const all = lines.announce.length + lines.withdraw.length;
  using client = controlClient(database);
  // Withdrawals and announcements of earlier parts.
  const before = { withdraw: 0, announce: 0 };
  for (const [at, part] of parts.entries()) {
    const body = { ...part, source: "command", transaction, more: at < parts.length - 1 };
    const call = { method: "POST", path: "/announcements/bulk", body, client } as const;
    try {
      const answer = await callDaemon<ChangedJson>(database, call);
      if (at === parts.length - 1) return answer;
    } catch (error) {
      throw error instanceof CommandError && !(error instanceof NotRunning)
        ? placed(error, lines, before, name)
        : error;
    }
    before.withdraw += part.withdraw.length;
    before.announce += part.announce.length;
    progress.report(`${name}: ${before.withdraw + before.announce} of ${plural(all, "line")} checked`);
  }
  throw new Error("a file without a line was sent");
}

function* partsOf({ announce, withdraw }: FileLines): Generator<{ announce: object[]; withdraw: object[] }> {
  let part: { announce: object[]; withdraw: object[] } = { announce: [], withdraw: [] }, size = 0;
  for (const kind of ["withdraw", "announce"] as const) {
    for (const { text } of kind === "withdraw" ? withdraw : announce) {
      const given = Object.entries(snakeKeys<object>(text)).filter(([, value]) => value !== null);
      const object = Object.fromEntries(given);
      const characters = JSON.stringify(object).length;
      if (size + characters > mostCharacters && size > 0) {
        yield part;
        part = { announce: [], withdraw: [] };
        size = 0;
      }
      part[kind].push(object);
      size += characters;
    }
  }
  yield part;
}

/**
 * The daemon's sentence with the line of the file in place of the number of the row: of the row in all parts, or, as
 * `announce 7` and `withdraw 7`, in the part.
 */
export function placed(
  error: CommandError,
  { announce, withdraw }: FileLines,
  before: { readonly announce: number; readonly withdraw: number },
  name: string,
): CommandError {
  const form = /^(?:(announce)(ment)?|withdraw(al)?) (\d+): (.*)$/s;
  const [, announces, ofAll, ofAllWithdrawn, number, sentence] = form.exec(error.message) ?? [];
  const [lines, earlier] = announces === undefined ? [withdraw, before.withdraw] : [announce, before.announce];
  const start = (ofAll ?? ofAllWithdrawn) === undefined ? earlier : 0;
  const line = lines[start + Number(number) - 1]?.line;
  if (line === undefined) return error;
  const what = announce.length === 0 ? "withdrawn" : "announced";
  return new CommandError(`${name}:${line}: ${sentence}; nothing of the file is ${what}`);
}

/** Waits until no new row is pending. `undefined`: there are no new rows. */
async function untilSent(
  database: string,
  { first, last, announced }: ChangedJson,
  io: Io,
  progress: Progress,
): Promise<StatesJson | undefined> {
  if (first === null || last === null) return undefined;
  const until = io.now() + waitMs;
  for (;;) {
    const path = `/announcements/states?first=${first}&last=${last}`;
    const states = await callDaemon<StatesJson>(database, { path });
    const isOver = states.pending === 0 || io.now() >= until;
    if (isOver || !await io.wait(lookEveryMs)) return states;
    progress.report(`${states.announced} of ${plural(announced, "route")} sent`);
  }
}

function sentence(changed: ChangedJson, states: StatesJson | undefined, ms: number): string {
  const { announced, withdrawn } = changed;
  const parts: string[] = [];
  if (states !== undefined) {
    const rest = (["pending", "withheld", "refused", "expired"] as const)
      .filter((state) => states[state] > 0).map((state) => `${states[state]} ${state}`);
    parts.push(
      rest.length === 0
        ? `announced ${plural(announced, "route")}`
        : `announced ${states.announced} of ${plural(announced, "route")} (${
          rest.join(", ")
        }; see bgpd show announcements)`,
    );
  }
  if (withdrawn > 0 || states === undefined) parts.push(`withdrew ${plural(withdrawn, "announcement")}`);
  return `${parts.join(", ")} in ${(ms / 1000).toFixed(1)} s\n`;
}

/** A line for the operator now and then. */
class Progress {
  readonly #io: Io;
  #last: number;

  constructor(io: Io) {
    this.#io = io;
    this.#last = io.now();
  }

  report(text: string): void {
    if (this.#io.now() - this.#last < reportEveryMs) return;
    this.#last = this.#io.now();
    this.#io.message(text);
  }
}

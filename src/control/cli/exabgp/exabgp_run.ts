/** Runs `bgpd exabgp`: reads the commands of a program, and reports to it what happens. */

import { ExabgpProcess, JsonEncoder, TextEncoder as WordEncoder } from "../../exabgp/mod.ts";
import type { StoreReader } from "../../../store/mod.ts";
import { type Input, type Io, UsageError } from "../command.ts";
import { databasePath, withDatabase } from "../database_file.ts";
import { controlClient } from "../daemon_client.ts";
import { readTextFile } from "../files.ts";
import { DaemonWatch } from "../live/daemon_watch.ts";
import { peerName } from "../peer_name.ts";
import { type CommandSource, openPipe, standardInput } from "./command_source.ts";
import { DaemonPort } from "./daemon_port.ts";
import { type EventWord, eventWords, sendEvents } from "./events.ts";
import { ProgramOutput } from "./program_output.ts";

interface RunOptions {
  readonly name: string;
  readonly encoder: "text" | "json";
  readonly version: 4 | 5;
  readonly events: ReadonlySet<EventWord>;
  readonly pipe: string | undefined;
}

export async function runExabgp(input: Input, io: Io): Promise<number> {
  const options = optionsOf(input);
  const database = await databasePath(input, io);
  return await withDatabase(input, io, (reader) => serve(input, io, { options, database, reader }));
}

interface Serving {
  readonly options: RunOptions;
  readonly database: string;
  readonly reader: StoreReader;
}

async function serve(input: Input, io: Io, { options, database, reader }: Serving): Promise<number> {
  using client = controlClient(database);
  const watch = new DaemonWatch(reader, io.now());
  const source = await sourceOf(options);
  try {
    const report = (text: string) => io.message(`bgpd: ${text}`);
    const output = new ProgramOutput(source, () => report("the program does not read answers: some are dropped"));
    const port = new DaemonPort(
      { database, source: `exabgp:${options.name}`, reader: () => watch.reader, now: () => io.now() },
      client,
    );
    if (!await port.connect()) report("no bgpd is running: routes wait in the database for its start");
    const peers = input.list("peer").map((word) => peerName(reader, word));
    const process = new ExabgpProcess(port, {
      ...options,
      peers,
      acknowledges: !input.flag("silence-ack"),
      write: (text) => output.write(text),
      report,
    });
    await process.load();
    const first = input.text("first");
    if (first !== undefined) await process.run(readTextFile(first).split("\n"));
    const encoder = encoderOf(options, io);
    const send = async (text: string | undefined) => {
      if (text === undefined) return;
      output.write(text);
      await output.drained();
    };
    const reading = readCommands(source, process);
    const reporting = sendEvents(
      watch,
      {
        events: options.events,
        peers,
        neighbors: () => port.readNeighbors(),
        session: (peer) => port.session(peer),
        send: (each) => send(encoder.encode(each)),
      },
      io,
    );
    await Promise.race([reading, reporting]);
    if (input.flag("withdraw")) await process.withdrawAll();
    output.write(encoder.encode({ kind: "shutdown" })!);
    await Promise.race([output.drained(), new Promise((resolve) => setTimeout(resolve, 200))]);
    return 0;
  } finally {
    watch.close();
  }
}

/** Carries out commands until the program ends, or asks for the end. */
async function readCommands(source: CommandSource, process: ExabgpProcess): Promise<void> {
  for await (const lines of source.lines()) if (await process.run(lines)) return;
}

function encoderOf({ encoder, version }: RunOptions, io: Io) {
  const ids = { pid: Deno.pid, ppid: Deno.ppid };
  if (encoder === "text") return new WordEncoder(ids);
  return new JsonEncoder({ ...ids, version, host: Deno.hostname(), now: () => io.now() / 1000 });
}

function sourceOf({ pipe }: RunOptions): Promise<CommandSource> {
  return pipe === undefined ? Promise.resolve(standardInput()) : openPipe(pipe);
}

function optionsOf(input: Input): RunOptions {
  const pipe = input.text("pipe");
  const encoder = input.text("encoder") ?? "text";
  if (encoder !== "text" && encoder !== "json") throw new UsageError(`--encoder is text or json, not "${encoder}"`);
  const version = input.text("api-version") ?? "4";
  if (version !== "4" && version !== "5") throw new UsageError(`--api-version is 4 or 5, not "${version}"`);
  const events = (input.text("events") ?? "").split(",").map((word) => word.trim()).filter((word) => word !== "");
  const unknown = events.find((word) => !eventWords.some((each) => each === word));
  if (unknown !== undefined) {
    throw new UsageError(
      `--events takes ${eventWords.slice(0, -1).join(", ")} and ${eventWords.at(-1)}, not "${unknown}"`,
    );
  }
  const name = input.text("name") ?? "script";
  if (!/^[\w.-]{1,64}$/.test(name)) {
    throw new UsageError(`--name takes letters, digits, "-", "_" and ".", not "${name}"`);
  }
  return {
    name,
    encoder,
    version: version === "4" ? 4 : 5,
    events: new Set(events as EventWord[]),
    pipe,
  };
}

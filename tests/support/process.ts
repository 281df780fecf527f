/** A program that a test runs. Its output is kept line by line, and it never outlives the test. */
import { TextLineStream } from "../../tools/text_lines.ts";
import { patienceMs, sleep, waitFor } from "./wait.ts";

export interface ProcessOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
}

export class Process {
  readonly name: string;
  readonly pid: number;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #readers: readonly Promise<void>[];
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #status: Deno.CommandStatus | undefined;

  constructor(program: string, options: ProcessOptions = {}) {
    const { args = [], ...rest } = options;
    this.name = program.split("/").pop()!;
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#child = new Deno.Command(findProgram(program) ?? program, { args: [...args], ...rest, ...pipes }).spawn();
    this.pid = this.#child.pid;
    this.#writer = this.#child.stdin.getWriter();
    this.#readers = [collect(this.#child.stdout, this.stdout), collect(this.#child.stderr, this.stderr)];
    this.#child.status.then((status) => this.#status = status);
  }

  get running(): boolean {
    return this.#status === undefined;
  }

  /** What it said last, for the message of a failed test. */
  log(lines = 60): string {
    const said = [...this.stdout.slice(-lines), ...this.stderr.slice(-lines)];
    const state = this.#status === undefined ? "running" : `ended with ${this.#status.code}`;
    return [`--- ${this.name} (${state})`, ...said].join("\n");
  }

  /** Waits for a line on either stream, at once if it was said already. */
  async waitForLine(pattern: RegExp, timeoutMs = patienceMs): Promise<string> {
    const said = () => this.stderr.find((line) => pattern.test(line)) ?? this.stdout.find((line) => pattern.test(line));
    const find = async () => {
      if (said() !== undefined || this.running) return said();
      await Promise.all(this.#readers);
      return said() ?? new Error(`${this.name} ended`);
    };
    const found = await waitFor(`${this.name} to say ${pattern}`, find, { timeoutMs, detail: () => this.log() });
    if (found instanceof Error) throw new Error(`${found.message}\n${this.log()}`);
    return found;
  }

  async write(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(text));
  }

  signal(signal: Deno.Signal): void {
    if (!this.running) return;
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It has ended, and its status is on its way here.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Waits for the end; whoever does not end in time is killed and reported as `undefined`. */
  async end(timeoutMs = patienceMs): Promise<number | undefined> {
    const limit = new AbortController();
    const late = sleep(timeoutMs, limit.signal).then(() => undefined);
    const status = await Promise.race([this.#child.status, late]);
    limit.abort();
    if (status === undefined) this.signal("SIGKILL");
    await this.#writer.close().catch(() => undefined);
    await this.#child.status;
    await Promise.all(this.#readers);
    return status?.code;
  }

  /** SIGTERM, and the exit code. */
  stop(timeoutMs = patienceMs): Promise<number | undefined> {
    this.signal("SIGTERM");
    return this.end(timeoutMs);
  }
}

async function collect(stream: ReadableStream<Uint8Array>, into: string[]): Promise<void> {
  for await (const line of stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
    into.push(line);
  }
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  options: Omit<ProcessOptions, "args"> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = await new Deno.Command(findProgram(program) ?? program, { args: [...args], ...options, stdin: "null" })
    .output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

/** Daemons live in folders that are not on every user's PATH. */
const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/sbin", "/usr/local/sbin"];

/** Where a program stands; `undefined` where it is not installed. */
export function findProgram(name: string): string | undefined {
  const places = name.includes("/") ? [name] : folders.map((folder) => `${folder}/${name}`);
  return places.find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

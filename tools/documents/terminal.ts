/**
 * A shell in a fresh folder, in namespaces of its own: network, processes and mounts. The pages tell a reader to open
 * the same shell with `unshare`. When the shell ends, the kernel ends every program that it started.
 *
 * Needs Linux, root, and `unshare` and `ip`.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TextLineStream } from "../text_lines.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** How a page shows the folder of its reader. */
export const shownFolder = "/home/you/lab";

/** How a page names the repository of this project. */
const repositoryAddress = "https://git.example.org/bgpd.git";

export interface Answer {
  readonly exit: number;
  readonly lines: readonly string[];
}

export interface Daemon {
  /** What it has printed so far. */
  printed(): Promise<readonly string[]>;
  ended(): Promise<boolean>;
}

export class Terminal {
  readonly folder: string;
  readonly #control: string;
  readonly #shell: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #done = new Map<number, (exit: number) => void>();
  #commands = 0;

  private constructor(base: string, shell: Deno.ChildProcess) {
    this.folder = join(base, "lab");
    this.#control = join(base, "control");
    this.#shell = shell;
    this.#input = shell.stdin.getWriter();
    this.#readAnswers();
  }

  static async open(options: { readonly clones: boolean }): Promise<Terminal> {
    const base = await Deno.makeTempDir({ prefix: "bgpd-page-" });
    // Daemons that give up root's rights work in this folder, too.
    await Deno.chmod(base, 0o755);
    for (const folder of ["lab", "control", "bin"]) await Deno.mkdir(join(base, folder));
    await installCommands(join(base, "bin"));
    const shell = new Deno.Command("unshare", {
      args: ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "--norc", "--noprofile"],
      cwd: join(base, "lab"),
      env: { ...environment(base), ...options.clones ? await repository(base) : {} },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const terminal = new Terminal(base, shell);
    await terminal.run("ip link set lo up");
    return terminal;
  }

  /** Runs a command to its end, as if typed. */
  async run(command: string, limitMs = 30_000): Promise<Answer> {
    const file = await this.#prepare(command);
    const exit = await this.#type(`. ${file} >${file}.out 2>&1 </dev/null`, limitMs);
    return {
      exit: exit ?? -1,
      lines: [...await this.#linesOf(file), ...exit === undefined ? ["(no end in time)"] : []],
    };
  }

  /** Starts a command that stays. */
  async start(command: string): Promise<Daemon> {
    const file = await this.#prepare(command);
    await this.#type(`{ . ${file}; echo $? >${file}.exit; } >${file}.out 2>&1 </dev/null &`, 5000);
    return {
      printed: () => this.#linesOf(file),
      ended: () => Deno.stat(`${file}.exit`).then(() => true, () => false),
    };
  }

  /** Into the folder where the shell is. */
  async writeFile(name: string, text: string): Promise<void> {
    const where = await this.run("pwd -P");
    const path = join(where.lines[0]!.replace(shownFolder, this.folder), name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, text, text.startsWith("#!") ? { mode: 0o755 } : {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shell.kill("SIGKILL");
    await this.#shell.status;
    await this.#input.close().catch(() => undefined);
    await removed(dirname(this.folder));
  }

  async #prepare(command: string): Promise<string> {
    const file = join(this.#control, String(++this.#commands));
    await Deno.writeTextFile(file, `${command}\n`);
    return file;
  }

  /** The exit code; `undefined` where the command does not end in time. */
  async #type(line: string, limitMs: number): Promise<number | undefined> {
    const number = this.#commands;
    const done = Promise.withResolvers<number | undefined>();
    this.#done.set(number, done.resolve);
    const timer = setTimeout(() => done.resolve(undefined), limitMs);
    await this.#input.write(new TextEncoder().encode(`${line}\necho "done ${number} $?"\n`));
    const exit = await done.promise;
    clearTimeout(timer);
    return exit;
  }

  async #readAnswers(): Promise<void> {
    const lines = this.#shell.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) {
      const answer = /^done (\d+) (\d+)$/.exec(line);
      if (answer !== null) this.#done.get(Number(answer[1]))?.(Number(answer[2]));
    }
  }

  async #linesOf(file: string): Promise<string[]> {
    const text = (await Deno.readTextFile(`${file}.out`).catch(() => "")).replaceAll(this.folder, shownFolder);
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    return lines.map((line) => line.trimEnd());
  }
}

/** The kernel ends the programs of the shell one by one: until the last is gone, new files may appear. */
async function removed(folder: string): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/**
 * `bgpd` is ./bgpd of this project, `deno` and `npx -y deno@…` are the Deno that runs. `established N`, for hidden
 * commands, waits until at least N sessions are up
 * (in ./bgpd.db, or in the first other database).
 */
async function installCommands(folder: string): Promise<void> {
  const script = async (name: string, text: string) =>
    await Deno.writeTextFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  await script("bgpd", `exec ${join(root, "bgpd")} "$@"`);
  await script("deno", `exec ${Deno.execPath()} "$@"`);
  await script("npx", `shift 2; exec ${Deno.execPath()} "$@"`);
  const count = `sqlite3 -readonly "$db" "SELECT count(*) FROM peer_status WHERE state = 'Established'" 2>/dev/null`;
  const database = "db=$(ls bgpd.db 2>/dev/null || ls *.db 2>/dev/null | head -n 1)";
  await script("established", `until ${database}; [ "$(${count} || echo 0)" -ge "$1" ]; do sleep 0.2; done`);
}

function environment(base: string): Record<string, string> {
  return {
    PATH: `${join(base, "bin")}:${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`,
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    TERM: "dumb",
    NO_COLOR: "1",
    PYTHONUNBUFFERED: "1",
  };
}

/** `git clone` of this address clones this tree as it stands, with changes that are not committed yet. */
async function repository(base: string): Promise<Record<string, string>> {
  const place = join(base, "repository");
  const git = async (...args: string[]) =>
    await new Deno.Command("git", {
      args: [
        `--git-dir=${place}`,
        `--work-tree=${root}`,
        "-c",
        "user.name=bgpd",
        "-c",
        "user.email=bgpd@localhost",
        ...args,
      ],
      cwd: root,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
  await git("init", "--quiet");
  await git("add", "--all", ".");
  await git("commit", "--quiet", "--message", "This tree");
  return {
    GIT_CONFIG_COUNT: "2",
    GIT_CONFIG_KEY_0: `url.${place}.insteadOf`,
    GIT_CONFIG_VALUE_0: repositoryAddress,
    GIT_CONFIG_KEY_1: "safe.directory",
    GIT_CONFIG_VALUE_1: "*",
  };
}

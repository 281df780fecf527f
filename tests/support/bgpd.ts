/**
 * bgpd as its users run it: the executable ./bgpd, a configuration in a folder of its own, a database beside it.
 *
 *     await using bgpd = await startBgpd({ config, address, port });
 *     await waitFor("a route", () => bgpd.sql("SELECT * FROM rib").length > 0);
 *     assert.equal(await bgpd.stop(), 0);
 */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { compile } from "../../tools/compile.ts";
import { walk } from "./files.ts";
import { Process, run } from "./process.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
export const bgpdPath = `${root}bgpd`;

export interface BgpdOptions {
  /** The text of bgpd.toml. */
  readonly config: string;
  /** Before the configuration: ["-vv"], ["-a", "::1"] … */
  readonly args?: readonly string[];
  /** The folder to run in, which then stays; a new one goes when the daemon is stopped. */
  readonly cwd?: string;
  /** The file the configuration names as `database`. */
  readonly database?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A program and its arguments that run the executable: ["unshare", "--mount"] … It must become it, not start it. */
  readonly wrap?: readonly string[];
  /** Don't wait for "listening". */
  readonly expectFailure?: boolean;
}

export type Row = Record<string, string | number | bigint | Uint8Array | null>;

export class Bgpd {
  readonly process: Process;
  readonly folder: string;
  readonly database: string;
  readonly #ownsFolder: boolean;

  constructor(process: Process, folder: string, database: string, ownsFolder: boolean) {
    this.process = process;
    this.folder = folder;
    this.database = database;
    this.#ownsFolder = ownsFolder;
  }

  /** The log so far. */
  get log(): string {
    return this.process.stderr.join("\n");
  }

  /** Asks the database as any other program would; nothing where it does not stand yet. */
  sql(query: string, ...values: SQLInputValue[]): Row[] {
    let database: DatabaseSync;
    try {
      database = new DatabaseSync(this.database, { readOnly: true });
    } catch {
      return [];
    }
    try {
      database.exec("PRAGMA busy_timeout = 5000");
      return database.prepare(query).all(...values) as Row[];
    } finally {
      database.close();
    }
  }

  /** Asks with the `sqlite3` program; rows as it prints them. */
  async sqlite3(query: string): Promise<string> {
    const { code, stdout, stderr } = await run("sqlite3", ["-cmd", ".timeout 5000", this.database, query]);
    if (code !== 0) throw new Error(`sqlite3: ${stderr}`);
    return stdout.trimEnd();
  }

  /** Another bgpd command in the same folder: `show`, `sql` … */
  command(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return run(bgpdPath, args, { cwd: this.folder });
  }

  /** SIGTERM (or another signal), and the exit code; `undefined` where it had to be killed. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number | undefined> {
    this.process.signal(signal);
    return await this.process.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#ownsFolder) await Deno.remove(this.folder, { recursive: true }).catch(() => undefined);
  }
}

/** Starts the daemon and waits until it listens. */
export async function startBgpd(options: BgpdOptions): Promise<Bgpd> {
  await ensureBgpd();
  const folder = options.cwd ?? await Deno.makeTempDir({ prefix: "bgpd-test-" });
  await Deno.writeTextFile(`${folder}/bgpd.toml`, options.config);
  const [program, ...args] = [...options.wrap ?? [], bgpdPath, ...options.args ?? [], "bgpd.toml"];
  const process = new Process(program!, {
    args,
    cwd: folder,
    env: { NO_COLOR: "1", ...options.env },
  });
  const database = options.database ?? /^\s*database\s*=\s*"([^"]+)"/m.exec(options.config)?.[1] ?? "bgpd.db";
  const path = database.startsWith("/") ? database : `${folder}/${database}`;
  const bgpd = new Bgpd(process, folder, path, options.cwd === undefined);
  if (options.expectFailure !== true) {
    try {
      await process.waitForLine(/listening on/i);
    } catch (error) {
      await bgpd[Symbol.asyncDispose]();
      throw error;
    }
  }
  return bgpd;
}

let built: Promise<void> | undefined;

/** Writes ./bgpd where it is missing or older than its source; once, whoever of the parallel tests comes first. */
export function ensureBgpd(): Promise<void> {
  return built ??= build();
}

async function build(): Promise<void> {
  // The test files of one run share no memory, so they queue at a file.
  const name = root.replaceAll(/[^\w]+/g, "-");
  using lock = await Deno.open(`${Deno.env.get("TMPDIR") ?? "/tmp"}/bgpd-build${name}lock`, {
    create: true,
    write: true,
  });
  await lock.lock(true);
  if (await isFresh()) return;
  const result = await compile({ root: root.slice(0, -1), output: bgpdPath });
  if (result.kind === "failed") throw new Error(`./bgpd could not be built: ${result.reason}`);
}

async function isFresh(): Promise<boolean> {
  const output = await Deno.stat(bgpdPath).catch(() => undefined);
  if (!output?.mtime) return false;
  // A launcher, unlike an executable, is short; it is of no use without its scripts.
  const isBundledLauncher = output.size < 10_000 && (await Deno.readTextFile(bgpdPath)).includes("build/program/");
  if (isBundledLauncher && !await exists(`${root}build/program/main.js`)) return false;
  const inputs = ["tools/compile.ts", "tools/bundle.ts", "tools/permissions.ts", "deno.json", "deno.lock", "main.ts"]
    .map((path) => `${root}${path}`);
  inputs.push(...await Array.fromAsync(walk(`${root}src`)));
  for (const path of inputs) {
    if ((await Deno.stat(path)).mtime!.getTime() > output.mtime.getTime()) return false;
  }
  return true;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

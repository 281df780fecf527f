/**
 * Joins the source and its libraries to a few scripts: a script for each of the threads, and parts that commands load
 * when they need them. From these scripts `bgpd run` takes 40 MB less memory than from 800 modules, because Deno keeps
 * the text and the source map of every module for as long as the program runs; and it starts in a third of the time.
 */
import { basename, join } from "node:path";

export interface BundleOptions {
  /** The project folder: deno.json, main.ts, src/. */
  readonly root: string;
  /** Gets main.js, the workers and the parts. Parts of earlier builds stay for a while. */
  readonly output: string;
  /** Variables for `deno bundle` beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export type Bundled =
  | {
    readonly kind: "bundled";
    /** The workers and the parts: every script but main.js. */
    readonly others: readonly string[];
  }
  | Failure;

interface Failure {
  /** Unavailable: Deno downloads esbuild from npm once, and cannot. */
  readonly kind: "unavailable" | "failed";
  readonly reason: string;
}

/** A slow mirror is not waited for longer than this. */
const timeoutMs = 60_000;

/** What starts a worker, in the source and in a script. */
const workerUrl = /new URL\(\s*"\.\/([\w/.-]+)\.ts",\s*import\.meta\.url/g;

export async function bundle({ root, output, env = {} }: BundleOptions): Promise<Bundled> {
  const partial = `${output}.partial-${Deno.pid}`;
  try {
    const workers = await workersOf(join(root, "src"));
    const all = await Promise.all([
      denoBundle(["--code-splitting", `--outdir=${partial}`, join(root, "main.ts")]),
      ...workers.map((path) => denoBundle([`--output=${join(partial, scriptOf(path))}`, path])),
    ]);
    const wrong = all.find((failure) => failure !== undefined);
    if (wrong !== undefined) return wrong;
    await nameScripts(partial);
    await Deno.mkdir(output, { recursive: true });
    const scripts = await replaceScripts(partial, output);
    return { kind: "bundled", others: scripts.filter((path) => basename(path) !== "main.js") };
  } finally {
    await Deno.remove(partial, { recursive: true }).catch(() => undefined);
  }

  async function denoBundle(args: readonly string[]): Promise<Failure | undefined> {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--frozen", "--platform=deno", "--minify", ...args],
      cwd: root,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { success, signal, stderr } = await command.output();
    if (success) return undefined;
    if (signal !== null) return { kind: "unavailable", reason: `no answer within ${timeoutMs / 1000} s` };
    const reason = new TextDecoder().decode(stderr).trim();
    return { kind: /Failed loading \S+esbuild/.test(reason) ? "unavailable" : "failed", reason };
  }
}

/**
 * What `deno bundle` writes for libraries that call `require`, in a part that almost every script imports. The import
 * starts the layer of Deno for Node in every program: 14 ms and 6 MB.
 */
const nodeRequire =
  /import\s*\{\s*createRequire as (\w+)\s*\}\s*from\s*"node:module";\s*var (\w+)\s*=\s*\1\(import\.meta\.url\);/;

/** `require` that starts the layer when a library calls it. Libraries themselves are in the scripts. */
export function withoutNodeRequire(script: string): string {
  return script.replace(nodeRequire, "var $2=(name)=>process.getBuiltinModule(name);");
}

/** All scripts stand in one folder, wherever their sources stood. */
async function nameScripts(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const path = join(folder, name);
    const text = await Deno.readTextFile(path);
    const named = withoutNodeRequire(
      text.replaceAll(workerUrl, (_, worker) => `new URL("./${scriptOf(worker)}",import.meta.url`),
    );
    if (named !== text) await Deno.writeTextFile(path, named);
  }
}

/** Octets of earlier parts that stay, the latest ones: those of 10 builds or more. */
const keptOctets = 32 * 2 ** 20;

/**
 * Moves the scripts of `folder` to `output`. A bgpd that runs while it is compiled anew still loads parts by their old
 * names, when the first announcement or scrape comes: so they stay. The name of a part depends on its content. Returns
 * the paths of the new scripts.
 */
async function replaceScripts(folder: string, output: string): Promise<string[]> {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  const isNew = new Set(names);
  const earlier = Array.from(Deno.readDirSync(output)).filter(({ name }) => !isNew.has(name)).map(({ name }) => {
    const { size, mtime } = Deno.statSync(join(output, name));
    return { name, size, written: mtime!.getTime() };
  });
  // main.js names the parts, so it comes last.
  for (const name of names.sort((a, b) => Number(a === "main.js") - Number(b === "main.js"))) {
    await Deno.rename(join(folder, name), join(output, name));
  }
  let octets = 0;
  for (const { name, size } of earlier.sort((a, b) => b.written - a.written)) {
    octets += size;
    if (octets > keptOctets) await Deno.remove(join(output, name), { recursive: true });
  }
  return names.map((name) => join(output, name));
}

function scriptOf(worker: string): string {
  return `${basename(worker, ".ts")}.js`;
}

/** The modules that src/ starts as workers. No module imports them. */
export async function workersOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) found.push(...await workersOf(path));
    else if (entry.name.endsWith(".ts")) {
      const text = await Deno.readTextFile(path);
      for (const match of text.matchAll(workerUrl)) found.push(join(folder, `${match[1]}.ts`));
    }
  }
  return found.sort();
}

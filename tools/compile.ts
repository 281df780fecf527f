/**
 * `deno task compile`: writes the executable ./bgpd. It bundles the source into a few scripts and embeds them in Deno's
 * runtime stub, which it downloads or takes from DENORT_BIN. Without a stub, ./bgpd becomes a launcher: a shell script
 * that runs the scripts in build/program with the same permissions. Where the bundler cannot be downloaded either, the
 * launcher runs main.ts.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";
import { runFlags } from "./permissions.ts";

/** What `npx` fetches where no Deno is installed. */
export const denoVersion = "2.9.6";

export interface CompileOptions {
  /** The project folder: deno.json, main.ts, src/. */
  readonly root: string;
  readonly output: string;
  /** Variables for `deno compile` beside those of this process, e.g. DENORT_BIN. */
  readonly env?: Readonly<Record<string, string>>;
  /** For another machine, as Deno names it: "aarch64-unknown-linux-gnu". */
  readonly target?: string;
}

export type Compiled =
  | { readonly kind: "executable" }
  | {
    readonly kind: "launcher";
    /** Why there is no executable. */
    readonly reason: string;
    /** It runs the scripts; otherwise the source. */
    readonly isBundled: boolean;
  }
  | { readonly kind: "failed"; readonly reason: string };

/** Where the scripts stand in the project. */
const programFolder = join("build", "program");

/** A slow mirror is not waited for longer than this. */
const timeoutMs = 180_000;

export async function compile(options: CompileOptions): Promise<Compiled> {
  const { root, output, env = {} } = options;
  const scripts = join(root, programFolder);
  // The output gets this time: a source that is saved meanwhile is newer.
  const began = new Date();
  const bundled = await bundle({ root, output: scripts, env });
  if (bundled.kind === "failed") return { kind: "failed", reason: bundled.reason };
  // In the output's own folder, so that the rename at the end is atomic.
  const partial = `${output}.partial-${Deno.pid}`;
  const isBundled = bundled.kind === "bundled";
  const embedded = isBundled ? await embed(options, bundled.others, partial) : bundled;
  if (embedded.kind === "executable") {
    await Deno.utime(partial, began, began);
    await Deno.rename(partial, output);
    return { kind: "executable" };
  }
  if (embedded.kind === "failed") return { kind: "failed", reason: embedded.reason };
  const besideProject = dirname(output) === root;
  const text = launcher({ deno: Deno.execPath(), root: besideProject ? undefined : root, isBundled });
  await Deno.writeTextFile(partial, text, { mode: 0o755 });
  await Deno.chmod(partial, 0o755);
  await Deno.utime(partial, began, began);
  await Deno.rename(partial, output);
  return { kind: "launcher", reason: /error sending request.*?\)|.*$/.exec(embedded.reason)![0].trim(), isBundled };
}

type Embedded =
  | { readonly kind: "executable" }
  | { readonly kind: "unavailable" | "failed"; readonly reason: string };

/** Writes the executable where the stub can be had. */
async function embed(options: CompileOptions, others: readonly string[], output: string): Promise<Embedded> {
  const { root, env = {} } = options;
  // By itself, Deno embeds neither workers nor what `--unstable-lazy-dynamic-imports` lets a script import late.
  const includes = others.map((path) => `--include=${path}`);
  const target = options.target === undefined ? [] : [`--target=${options.target}`];
  const args = ["compile", "--quiet", "--no-check", "--no-config", "--no-lock", ...target, ...runFlags, ...includes];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, `--output=${output}`, join(root, programFolder, "main.js")],
    cwd: root,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { success, signal, stderr } = await child.output();
  if (success) return { kind: "executable" };
  await Deno.remove(output).catch(() => undefined);
  if (signal !== null) return { kind: "unavailable", reason: `no answer within ${timeoutMs / 1000} s` };
  const reason = new TextDecoder().decode(stderr).trim();
  // Only a missing stub is made up for by a launcher; anything else is our own mistake and must be seen.
  return { kind: /Setting up base binary|denort/.test(reason) ? "unavailable" : "failed", reason };
}

interface LauncherOptions {
  /** The Deno that wrote the launcher; tried first, since it is the one the tests ran with. */
  readonly deno: string;
  /** `undefined`: the folder the launcher stands in, wherever that moves to. */
  readonly root: string | undefined;
  /** It runs the scripts; otherwise the source. */
  readonly isBundled: boolean;
}

/**
 * The text of ./bgpd where there is no stub. It `exec`s, so that its process id is the daemon's. It starts no other
 * program unless it is a link: a short command waits for each.
 */
export function launcher({ deno, root, isBundled }: LauncherOptions): string {
  const program = isBundled
    ? ["--no-config --no-lock --no-remote", `"$root/build/program/main.js"`]
    : [`--frozen --config "$root/deno.json"`, `"$root/main.ts"`];
  const check = isBundled
    ? `[ -f "$root/build/program/main.js" ] || {
  echo "bgpd: $root/build/program is missing: run deno task compile" >&2
  exit 1
}
`
    : "";
  const folder = root === undefined ? "${self%/*}" : quote(root);
  return `#!/bin/sh
# bgpd's launcher. \`deno task compile\` wrote it because Deno's runtime stub could not be downloaded;
# it runs ${isBundled ? "the scripts in build/program" : "main.ts"} with the permissions the executable would have.
case $0 in */*) self=$0 ;; *) self=./$0 ;; esac
while [ -h "$self" ]; do
  link=$(readlink -- "$self")
  case $link in /*) self=$link ;; *) self=\${self%/*}/$link ;; esac
done
root=${folder}
${check}deno=${quote(deno)}
[ -x "$deno" ] || deno=$(command -v deno) ||
  deno=$(command -v npx >/dev/null && npx -y deno@${denoVersion} eval 'console.log(Deno.execPath())') || {
  echo "bgpd: neither deno nor npx found: install Deno (https://deno.com) or Node" >&2
  exit 1
}
exec "$deno" run --quiet ${program[0]} \\
  ${runFlags.map(quote).join(" \\\n  ")} \\
  ${program[1]} "$@"
`;
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

if (import.meta.main) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const output = join(root, "bgpd");
  const result = await compile({ root, output });
  if (result.kind === "failed") {
    console.error(`compile: deno compile failed\n${result.reason}`);
    Deno.exit(1);
  }
  if (result.kind === "launcher") {
    const { isBundled, reason } = result;
    const missing = isBundled ? "the runtime stub" : "the bundler";
    console.error(`compile: ${missing} could not be downloaded (${reason})`);
    console.error(
      isBundled
        ? "compile: wrote a launcher instead, which runs build/program; name a stub in DENORT_BIN to embed it"
        : "compile: wrote a launcher instead, which runs main.ts from source and takes more time and memory",
    );
  }
  console.error(`compile: wrote ${output} (${result.kind})`);
}

/**
 * `deno task compile`: writes the executable ./bgpd. It embeds the source in Deno's runtime stub, which it downloads or
 * takes from DENORT_BIN. Without a stub, ./bgpd becomes a launcher: a shell script that runs main.ts with the same
 * permissions.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
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
  | { readonly kind: "launcher"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

/** A slow mirror is not waited for longer than this. */
const timeoutMs = 180_000;

export async function compile(options: CompileOptions): Promise<Compiled> {
  const { root, output } = options;
  // In the output's own folder, so that the rename at the end is atomic.
  const partial = `${output}.partial-${Deno.pid}`;
  const includes = (await workersOf(join(root, "src"))).map((path) => `--include=${path}`);
  const target = options.target === undefined ? [] : [`--target=${options.target}`];
  const args = ["compile", "--quiet", "--no-check", "--frozen", ...target, ...runFlags, ...includes];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, `--output=${partial}`, join(root, "main.ts")],
    cwd: root,
    env: { NO_COLOR: "1", ...options.env },
    stdin: "null",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { success, signal, stderr } = await child.output();
  const text = new TextDecoder().decode(stderr).trim();
  if (success) {
    await Deno.rename(partial, output);
    return { kind: "executable" };
  }
  await Deno.remove(partial).catch(() => undefined);
  const reason = signal === null ? text : `no answer within ${timeoutMs / 1000} s`;
  // Only a missing stub is made up for by a launcher; anything else is our own mistake and must be seen.
  if (signal === null && !/Setting up base binary|denort/.test(text)) return { kind: "failed", reason };
  await Deno.writeTextFile(partial, launcherText(dirname(output) === root), { mode: 0o755 });
  await Deno.chmod(partial, 0o755);
  await Deno.rename(partial, output);
  return {
    kind: "launcher",
    reason: /error sending request.*?\)|.*$/.exec(reason)![0].trim(),
  };

  function launcherText(besideProject: boolean): string {
    return launcher({ flags: runFlags, deno: Deno.execPath(), root: besideProject ? undefined : root });
  }
}

/** The modules that src/ starts as workers: `deno compile` embeds what is imported, and these are not. */
export async function workersOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) found.push(...await workersOf(path));
    else if (entry.name.endsWith(".ts")) {
      const text = await Deno.readTextFile(path);
      for (const match of text.matchAll(/new URL\(\s*"\.\/([\w/.-]+)",\s*import\.meta\.url/g)) {
        found.push(join(folder, match[1]!));
      }
    }
  }
  return found.sort();
}

interface LauncherOptions {
  readonly flags: readonly string[];
  /** The Deno that wrote the launcher; tried first, since it is the one the tests ran with. */
  readonly deno: string;
  /** `undefined`: the folder the launcher stands in, wherever that moves to. */
  readonly root: string | undefined;
}

/** The text of ./bgpd where there is no stub. It `exec`s, so that its process id is the daemon's. */
export function launcher({ flags, deno, root }: LauncherOptions): string {
  const folder = root === undefined ? '$(CDPATH="" cd -- "$(dirname -- "$self")" && pwd -P)' : quote(root);
  return `#!/bin/sh
# bgpd's launcher. \`deno task compile\` wrote it because Deno's runtime stub could not be downloaded;
# it runs main.ts from source with the permissions the executable would have.
self=$0
while [ -h "$self" ]; do
  link=$(readlink -- "$self")
  case $link in /*) self=$link ;; *) self=$(dirname -- "$self")/$link ;; esac
done
root=${folder}
deno=${quote(deno)}
[ -x "$deno" ] || deno=$(command -v deno) ||
  deno=$(command -v npx >/dev/null && npx -y deno@${denoVersion} eval 'console.log(Deno.execPath())') || {
  echo "bgpd: neither deno nor npx found: install Deno (https://deno.com) or Node" >&2
  exit 1
}
exec "$deno" run --quiet --frozen --config "$root/deno.json" \\
  ${flags.map(quote).join(" \\\n  ")} \\
  "$root/main.ts" "$@"
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
    console.error(`compile: the runtime stub could not be downloaded (${result.reason})`);
    console.error(
      "compile: wrote a launcher instead, which runs main.ts from source; name a stub in DENORT_BIN to embed it",
    );
  }
  console.error(`compile: wrote ${output} (${result.kind})`);
}

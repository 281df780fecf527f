/**
 * The program as packages contain it: one executable where Deno's runtime stub can be had, otherwise the runtime of
 * Deno with the scripts of bgpd (`tools/bundle.ts`). Both start without a network and write nothing but the database.
 */
import { join } from "node:path";
import { bundle } from "../bundle.ts";
import { compile } from "../compile.ts";
import { runFlags } from "../permissions.ts";
import { runProgram } from "./run.ts";

export const architectures = ["amd64", "arm64"] as const;
export type Architecture = typeof architectures[number];

/** How Deno and npm name an architecture of Debian. */
const targets: Readonly<Record<Architecture, { readonly rust: string; readonly npm: string }>> = {
  amd64: { rust: "x86_64-unknown-linux-gnu", npm: "@deno/linux-x64-glibc" },
  arm64: { rust: "aarch64-unknown-linux-gnu", npm: "@deno/linux-arm64-glibc" },
};

export const hostArchitecture: Architecture = Deno.build.arch === "aarch64" ? "arm64" : "amd64";

export interface Library {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier. */
  readonly license: string;
  readonly licenseText: string;
}

export interface Program {
  readonly kind: "executable" | "runtime";
  /** The libraries of npm that it contains. */
  readonly libraries: readonly Library[];
}

export interface ProgramOptions {
  /** The folder of the project. */
  readonly root: string;
  readonly architecture: Architecture;
  /** The folder that becomes /usr: gets bin/ and lib/. */
  readonly usr: string;
  /** Do not look for the runtime stub. */
  readonly runtimeOnly: boolean;
}

export async function stageProgram({ root, architecture, usr, runtimeOnly }: ProgramOptions): Promise<Program> {
  const bin = join(usr, "bin"), lib = join(usr, "lib", "bgpd-sql");
  await Deno.mkdir(bin, { recursive: true });
  const work = await Deno.makeTempDir({ prefix: "bgpd-package-" });
  try {
    const libraries = await librariesOf(root, work);
    const isExecutable = !runtimeOnly && await stageExecutable(root, architecture, join(bin, "bgpd"));
    if (!isExecutable) {
      const bundled = await bundle({ root, output: lib });
      if (bundled.kind !== "bundled") throw new Error(`deno bundle failed:\n${bundled.reason}`);
      await stageRuntime(architecture, work, join(lib, "bgpd"));
      await writeLauncher(root, join(bin, "bgpd"));
    }
    // `bgpd` is the daemon of OpenBGPD for a root whose PATH begins with /usr/sbin.
    await Deno.symlink("bgpd", join(bin, "bgpd-sql"));
    return { kind: isExecutable ? "executable" : "runtime", libraries };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** False where the stub of this architecture cannot be had. */
async function stageExecutable(root: string, architecture: Architecture, output: string): Promise<boolean> {
  const compiled = await compile({ root, output, target: targets[architecture].rust });
  if (compiled.kind === "failed") throw new Error(`deno compile failed:\n${compiled.reason}`);
  if (compiled.kind === "executable") return true;
  await Deno.remove(output);
  return false;
}

/** Without the libraries that only tests use. */
function runtimeImports(imports: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(imports).filter(([name]) => name !== "fast-check"));
}

/** The libraries with the versions of deno.lock. */
async function librariesOf(root: string, work: string): Promise<Library[]> {
  const { imports } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const config = { nodeModulesDir: "auto", imports: runtimeImports(imports) };
  const install = join(work, "install");
  await Deno.mkdir(install);
  await Deno.writeTextFile(join(install, "deno.json"), JSON.stringify(config));
  await Deno.copyFile(join(root, "deno.lock"), join(install, "deno.lock"));
  await runProgram(Deno.execPath(), ["install", "--quiet"], { cwd: install });
  const libraries: Library[] = [];
  const store = join(install, "node_modules", ".deno");
  for await (const { name: entry } of Deno.readDir(store)) {
    const found = /^(@[^+]+\+)?([^@]+)@[^@]+$/.exec(entry);
    if (found === null) continue;
    const name = `${found[1]?.replace("+", "/") ?? ""}${found[2]}`;
    const folder = join(store, entry, "node_modules", name);
    const { version, license } = JSON.parse(await Deno.readTextFile(join(folder, "package.json")));
    libraries.push({ name, version, license, licenseText: await licenseOf(folder) });
  }
  return libraries.sort((a, b) => a.name < b.name ? -1 : 1);
}

async function licenseOf(folder: string): Promise<string> {
  for await (const { name } of Deno.readDir(folder)) {
    if (/^licen[cs]e/i.test(name)) return await Deno.readTextFile(join(folder, name));
  }
  throw new Error(`${folder} has no license`);
}

/** The runtime: this one, or that of another architecture from npm. */
async function stageRuntime(architecture: Architecture, work: string, target: string): Promise<void> {
  if (architecture === hostArchitecture) await Deno.copyFile(Deno.execPath(), target);
  else {
    const name = `${targets[architecture].npm}@${Deno.version.deno}`;
    await runProgram("npm", ["pack", "--silent", name, "--pack-destination", work], { cwd: work });
    const [archive] = Array.from(Deno.readDirSync(work)).filter(({ name }) => name.endsWith(".tgz"));
    await runProgram("tar", ["-xzf", archive!.name, "package/deno"], { cwd: work });
    await Deno.copyFile(join(work, "package", "deno"), target);
  }
  await Deno.chmod(target, 0o755);
}

async function writeLauncher(root: string, path: string): Promise<void> {
  const text = await Deno.readTextFile(join(root, "packaging", "launcher"));
  await Deno.writeTextFile(path, text.replace("@FLAGS@", runFlags.join(" \\\n  ")));
  await Deno.chmod(path, 0o755);
}

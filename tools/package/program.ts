/**
 * The program as packages contain it: one executable where Deno's runtime stub can be had, otherwise the runtime of
 * Deno with bgpd as JavaScript and all its libraries. Both start without a network and write nothing but the database.
 */
import { basename, dirname, join } from "node:path";
import { compile } from "../compile.ts";
import { runFlags } from "../permissions.ts";
import { copyTree, filesOf } from "./files.ts";
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
    const modules = join(work, "node_modules");
    const libraries = await stageLibraries(root, work, modules);
    const isExecutable = !runtimeOnly && await stageExecutable(root, architecture, join(bin, "bgpd"));
    if (!isExecutable) {
      await Deno.mkdir(lib, { recursive: true });
      await stageSource(root, lib);
      await Deno.rename(modules, join(lib, "node_modules")).catch(() => copyTree(modules, join(lib, "node_modules")));
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

/** JavaScript starts in half the time that TypeScript takes: the package has no folder for a cache. */
async function stageSource(root: string, lib: string): Promise<void> {
  const sources = ["main.ts"];
  for await (const path of filesOf(join(root, "src"))) sources.push(join("src", path));
  const typescript = sources.filter((path) => path.endsWith(".ts"));
  await runProgram(Deno.execPath(), ["transpile", "--quiet", "--no-lock", "--outdir", lib, ...typescript], {
    cwd: root,
  });
  for (const path of sources) {
    const target = join(lib, path);
    if (path.endsWith(".ts")) {
      const script = target.replace(/\.ts$/, ".js");
      await Deno.writeTextFile(script, withScripts(await Deno.readTextFile(script)));
    } else {
      await Deno.mkdir(dirname(target), { recursive: true });
      await Deno.copyFile(join(root, path), target);
    }
  }
  const project = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const { name, version, license, imports } = project;
  const config = { name, version, license, nodeModulesDir: "manual", imports: runtimeImports(imports) };
  await Deno.writeTextFile(join(lib, "deno.json"), JSON.stringify(config, undefined, 2) + "\n");
}

/** Imports and workers name the scripts. */
function withScripts(text: string): string {
  return text.replace(/(\bfrom "|\bimport\("|\bimport "|\bnew URL\(")(\.\.?\/[^"]*)\.ts"/g, '$1$2.js"');
}

/** Without the libraries that only tests use. */
function runtimeImports(imports: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(imports).filter(([name]) => name !== "fast-check"));
}

/** Installs the libraries with the versions of deno.lock into a flat node_modules, without what never runs. */
async function stageLibraries(root: string, work: string, modules: string): Promise<Library[]> {
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
    const target = join(modules, name);
    await copyTree(join(store, entry, "node_modules", name), target, isRun);
    const { version, license } = JSON.parse(await Deno.readTextFile(join(target, "package.json")));
    libraries.push({ name, version, license, licenseText: await licenseOf(target) });
  }
  return libraries.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** A library without its types, maps, sources and documents. */
function isRun(path: string): boolean {
  const name = basename(path);
  return /^licen[cs]e/i.test(name) || /\.(?:js|cjs|mjs|json)$/.test(name);
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

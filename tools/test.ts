/**
 * `deno task test`: every test, streamed; the last line says `N passed, N failed`. With `--gate` (`deno task ok`) fmt,
 * lint and types come first and each counts as one. Paths narrow the tests: `deno task test tests/unit/rib`.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { TextLineStream } from "./text_lines.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Tests without sockets and processes share the cores; those with them run one file after the other. */
const pureTests = ["tests/unit", "tests/golden", "tests/scenario", "tests/simulation", "tests/fuzz"];
const liveTests = ["tests/e2e", "tests/interop"];

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** What the summary line of `deno test` says; `undefined` where there is none, as after a type error. */
export function readSummary(line: string): Tally | undefined {
  // deno-lint-ignore no-control-regex
  const plain = line.replaceAll(/\x1b\[[0-9;]*m/g, "").trim();
  const match = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/.exec(plain);
  return match === null ? undefined : { passed: Number(match[1]), failed: Number(match[2]) };
}

/** Runs Deno with these arguments, streaming what it says; the summary line and the exit code decide. */
async function runDeno(args: readonly string[]): Promise<{ code: number; tally: Tally | undefined }> {
  const child = new Deno.Command(Deno.execPath(), { args: [...args], cwd: root, stdin: "null", stdout: "piped" })
    .spawn();
  let tally: Tally | undefined;
  for await (const line of child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
    console.log(line);
    tally = readSummary(line) ?? tally;
  }
  const { code } = await child.status;
  return { code, tally };
}

async function runTests(paths: readonly string[], flags: readonly string[]): Promise<Tally> {
  const { code, tally } = await runDeno(["test", "-P", "--no-prompt", ...flags, ...paths]);
  const { passed, failed } = tally ?? { passed: 0, failed: 0 };
  // A run that ends badly without a failed test (types, a crash) failed once.
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

async function runStep(title: string, args: readonly string[]): Promise<Tally> {
  console.log(`--- ${title}`);
  const { code } = await runDeno(args);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Folders that hold at least one test file. */
async function withTests(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) if (await holdsTest(`${root}/${folder}`)) found.push(folder);
  return found;
}

async function holdsTest(folder: string): Promise<boolean> {
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isDirectory ? await holdsTest(`${folder}/${entry.name}`) : entry.name.endsWith("_test.ts")) return true;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return false;
}

async function main(args: readonly string[]): Promise<number> {
  const gate = args.includes("--gate");
  const paths = args.filter((argument) => argument !== "--gate");
  const tallies: Tally[] = [];
  if (gate) {
    tallies.push(await runStep("fmt", ["fmt", "--check"]));
    tallies.push(await runStep("lint", ["lint", "--quiet"]));
    tallies.push(await runStep("check", ["check", "--quiet"]));
  }
  if (paths.length > 0) {
    tallies.push(await runTests(paths, []));
  } else {
    const [pure, live] = [await withTests(pureTests), await withTests(liveTests)];
    if (pure.length > 0) tallies.push(await runTests(pure, ["--parallel"]));
    if (live.length > 0) tallies.push(await runTests(live, []));
  }
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

/**
 * `deno task test`: every test, streamed; the last line says `N passed, N failed`. With `--gate` (`deno task ok`) fmt,
 * lint and types come first and each counts as one. Paths narrow the tests: `deno task test tests/unit/rib`.
 *
 * Tests with other daemons share a machine with whoever else uses it, and a daemon may be late once: where no more than
 * a few of their files failed, those run once more, by themselves. What passes then is named as UNSTEADY before the
 * last line.
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
  const match = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/.exec(withoutColours(line));
  return match === null ? undefined : { passed: Number(match[1]), failed: Number(match[2]) };
}

/** Which files failed, of what `deno test` says while they run one after the other. */
export class FailedFiles {
  readonly found = new Set<string>();
  #file = "";

  read(line: string): void {
    const plain = withoutColours(line);
    this.#file = /^running \d+ tests? from \.\/(\S+)$/.exec(plain)?.[1] ?? this.#file;
    // A step may stand in another file, and names that one where it failed.
    if (/ \.\.\. FAILED \(.*\)$/.test(plain) && this.#file !== "") this.found.add(this.#file);
  }
}

// deno-lint-ignore no-control-regex
const withoutColours = (line: string) => line.replaceAll(/\x1b\[[0-9;]*m/g, "").trim();

interface Run {
  readonly code: number;
  readonly tally: Tally | undefined;
  readonly failedFiles: ReadonlySet<string>;
}

/** Runs Deno with these arguments, streaming what it says; the summary line and the exit code decide. */
async function runDeno(args: readonly string[]): Promise<Run> {
  const child = new Deno.Command(Deno.execPath(), { args: [...args], cwd: root, stdin: "null", stdout: "piped" })
    .spawn();
  let tally: Tally | undefined;
  const failedFiles = new FailedFiles();
  for await (const line of child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
    console.log(line);
    tally = readSummary(line) ?? tally;
    failedFiles.read(line);
  }
  const { code } = await child.status;
  return { code, tally, failedFiles: failedFiles.found };
}

/** Types were checked just before, all of them: `deno test` would take a minute to do it again. */
let typesAreChecked = Deno.env.get("BGPD_TYPES_CHECKED") === "1";

async function runTests(paths: readonly string[], flags: readonly string[]): Promise<Tally & { run: Run }> {
  const run = await runDeno([
    "test",
    "-P",
    "--no-prompt",
    ...typesAreChecked ? ["--no-check"] : [],
    ...flags,
    ...paths,
  ]);
  const { passed, failed } = run.tally ?? { passed: 0, failed: 0 };
  // A run that ends badly without a failed test (types, a crash) failed once.
  return { passed, failed: run.code !== 0 && failed === 0 ? 1 : failed, run };
}

/** More of them are no accident. */
const mostUnsteadyFiles = 3;

/** One file after the other; a few that failed once more. */
async function runLiveTests(paths: readonly string[]): Promise<Tally> {
  const { passed, failed, run: { failedFiles, tally } } = await runTests(paths, []);
  if (failed === 0 || tally === undefined) return { passed, failed };
  if (failedFiles.size === 0 || failedFiles.size > mostUnsteadyFiles) return { passed, failed };
  console.log(`--- once more: ${[...failedFiles].join(", ")}`);
  const again = await runTests([...failedFiles], []);
  if (again.failed > 0) return { passed, failed };
  console.log(`UNSTEADY: ${failed} tests passed at the second try only, in ${[...failedFiles].join(", ")}`);
  return { passed: passed + failed, failed: 0 };
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
    typesAreChecked = true;
  }
  if (paths.length > 0) {
    tallies.push(await runTests(paths, []));
  } else {
    const [pure, live] = [await withTests(pureTests), await withTests(liveTests)];
    if (pure.length > 0) tallies.push(await runTests(pure, ["--parallel"]));
    if (live.length > 0) tallies.push(await runLiveTests(live));
  }
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

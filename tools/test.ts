/**
 * Runs the tests: `deno task test [--quick] [PATH…]`, and with `--gate` the whole gate (`deno task ok`): fmt, lint and
 * types come first and count as one test each.
 *
 * The last line is `N passed, N failed`. The line before it is `N unsteady, N skipped`.
 *
 * Tests without sockets and processes run in several processes at a time. Tests with other daemons wait for timers most
 * of their time: two processes at a time run them, each in network and mount namespaces of its own where this user may
 * make some. A daemon may be late once on a busy machine: where at most three files with live tests failed, these files
 * run once more, alone. A test that passes then counts as passed and as unsteady.
 *
 * `--quick` runs what needs neither other daemons nor minutes: unit, golden and scenario tests, without a check of
 * types.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { inBatches, inParallel, liveBatches, testFiles } from "./test_batches.ts";
import { addTallies, FailedFiles, readSummary, summaryLines, type Tally } from "./test_output.ts";
import { TextLineStream } from "./text_lines.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const quickFolders = ["tests/unit", "tests/golden", "tests/scenario"];
const slowFolders = ["tests/simulation", "tests/fuzz"];
const liveFolders = ["tests/e2e", "tests/interop"];

/** More failed files than this are no accident, and do not run again. */
const mostUnsteadyFiles = 3;

interface TestRun {
  readonly tally: Tally;
  readonly failedFiles: ReadonlySet<string>;
  /** False: the run ended before its summary. */
  readonly isWhole: boolean;
}

interface Run {
  readonly code: number;
  readonly tally: Tally | undefined;
  readonly failedFiles: ReadonlySet<string>;
}

/**
 * Runs Deno and reads what it prints. `print` gets each line at once. `wrapper`: a command that runs the one behind it.
 */
async function runDeno(
  args: readonly string[],
  print: (line: string) => void,
  wrapper: readonly string[] = [],
): Promise<Run> {
  const options: Deno.CommandOptions = { cwd: root, stdin: "null", stdout: "piped", stderr: "piped" };
  const [command, ...rest] = [...wrapper, Deno.execPath(), ...args];
  const child = new Deno.Command(command!, { ...options, args: rest }).spawn();
  let tally: Tally | undefined;
  const failedFiles = new FailedFiles();
  const lines = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
    stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const readErrors = async () => {
    for await (const line of lines(child.stderr)) print(line);
  };
  const errors = readErrors();
  for await (const line of lines(child.stdout)) {
    print(line);
    tally = readSummary(line) ?? tally;
    failedFiles.read(line);
  }
  await errors;
  const { code } = await child.status;
  return { code, tally, failedFiles: failedFiles.found };
}

/** True once all types are checked: `deno test` would need a minute to check them again. */
let typesAreChecked = Deno.env.get("BGPD_TYPES_CHECKED") === "1";

async function runTests(
  paths: readonly string[],
  print: (line: string) => void = console.log,
  wrapper: readonly string[] = [],
): Promise<TestRun> {
  const check = typesAreChecked ? ["--no-check"] : [];
  const { code, tally, failedFiles } = await runDeno(["test", "-P", "--no-prompt", ...check, ...paths], print, wrapper);
  const counted = tally ?? { passed: 0, failed: 0, skipped: 0, unsteady: 0 };
  // A run that ends badly without a failed test (types, a crash) counts as one failure.
  const failed = code !== 0 && counted.failed === 0 ? 1 : counted.failed;
  return { tally: { ...counted, failed }, failedFiles, isWhole: tally !== undefined };
}

/** One process more than cores: some tests wait for timers and sockets most of their time. */
const processes = navigator.hardwareConcurrency + 1;

/**
 * Several processes at a time. The lines of one process stay together: they are printed when it ends. `together`: the
 * files of a process share one load of the modules, which takes a fifth of the time; in the gate each file has its own.
 */
async function runInParallel(files: readonly string[], { together = false } = {}): Promise<Tally> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-batches-" });
  try {
    const tallies = await inParallel(inBatches(files), processes, async (batch) => {
      const lines: string[] = [];
      const paths = together && batch.length > 1 ? [await oneFileOf(batch, folder)] : batch;
      const { tally } = await runTests(paths, (line) => lines.push(line));
      console.log(lines.join("\n"));
      return tally;
    });
    return addTallies(tallies);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes a file that imports these test files. */
async function oneFileOf(batch: readonly string[], folder: string): Promise<string> {
  const path = `${folder}/${batch[0]!.replaceAll("/", "_")}`;
  await Deno.writeTextFile(path, batch.map((file) => `import ${JSON.stringify(`${root}/${file}`)};\n`).join(""));
  return path;
}

/**
 * Runs a command in network and mount namespaces of its own. OpenBGPD has its sockets in /run, whatever its
 * configuration says.
 */
const ownNamespaces = [
  "unshare",
  "--net",
  "--mount",
  "sh",
  "-c",
  'ip link set lo up && mkdir -p /run/openbgpd && mount -t tmpfs none /run/openbgpd && exec "$@"',
  "sh",
];

/** False: this user may make no namespaces, or the machine has no such commands. */
async function canMakeNamespaces(): Promise<boolean> {
  const [command, ...args] = [...ownNamespaces, "true"];
  try {
    return (await new Deno.Command(command!, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** Two lanes of live tests; without namespaces one, as their daemons would take each other's ports. */
async function runInLanes(files: readonly string[]): Promise<TestRun> {
  if (files.length < 2 || !await canMakeNamespaces()) return await runTests(files);
  const runs = await inParallel(liveBatches(files), 2, async (batch) => {
    const lines: string[] = [];
    const run = await runTests(batch, (line) => lines.push(line), ownNamespaces);
    console.log(lines.join("\n"));
    return run;
  });
  return {
    tally: addTallies(runs.map(({ tally }) => tally)),
    failedFiles: new Set(runs.flatMap(({ failedFiles }) => [...failedFiles])),
    isWhole: runs.every(({ isWhole }) => isWhole),
  };
}

/** Up to three files that failed run once more. */
async function runLiveTests(files: readonly string[]): Promise<Tally> {
  const { tally, failedFiles, isWhole } = await runInLanes(files);
  if (tally.failed === 0 || !isWhole) return tally;
  if (failedFiles.size === 0 || failedFiles.size > mostUnsteadyFiles) return tally;
  console.log(`--- once more: ${[...failedFiles].join(", ")}`);
  const again = await runTests([...failedFiles]);
  if (again.tally.failed > 0) return tally;
  console.log(`UNSTEADY: ${tally.failed} tests passed at the second try only, in ${[...failedFiles].join(", ")}`);
  return { ...tally, passed: tally.passed + tally.failed, failed: 0, unsteady: tally.failed };
}

async function runStep(title: string, args: readonly string[]): Promise<Tally> {
  console.log(`--- ${title}`);
  const { code } = await runDeno(args, console.log);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, unsteady: 0 };
}

/** The types of everything at once: each process would check its own tests and the whole of `src` again. */
async function checkTypes(): Promise<Tally> {
  const tally = await runStep("check", ["check", "--quiet"]);
  typesAreChecked = true;
  return tally;
}

async function filesIn(folders: readonly string[]): Promise<string[]> {
  return (await Promise.all(folders.map((folder) => testFiles(root, folder)))).flat();
}

async function main(args: readonly string[]): Promise<number> {
  const [isGate, isQuick] = [args.includes("--gate"), args.includes("--quick")];
  const paths = args.filter((argument) => !argument.startsWith("--"));
  const unknown = args.find((argument) => argument.startsWith("--") && !["--gate", "--quick"].includes(argument));
  if (unknown !== undefined) {
    console.error(`unknown option ${unknown}; use deno task test [--quick] [PATH…]`);
    return 2;
  }
  const tallies: Tally[] = [];
  if (isGate) {
    tallies.push(await runStep("fmt", ["fmt", "--check"]));
    tallies.push(await runStep("lint", ["lint", "--quiet"]));
    tallies.push(await checkTypes());
  }
  // Types that are right count as no test here; types that are wrong count as one failure.
  if (!isGate && !isQuick && !typesAreChecked && paths.length === 0) tallies.push({ ...await checkTypes(), passed: 0 });
  if (paths.length > 0) tallies.push((await runTests(paths)).tally);
  else if (isQuick) {
    typesAreChecked = true;
    tallies.push(await runInParallel(await filesIn(quickFolders), { together: true }));
  } else {
    tallies.push(await runInParallel(await filesIn([...slowFolders, ...quickFolders])));
    tallies.push(await runLiveTests(await filesIn(liveFolders)));
  }
  const total = addTallies(tallies);
  for (const line of summaryLines(total)) console.log(line);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Runs a page as a script and says where it is not true. */
import { type CommandStep, type DaemonStep, parsePage } from "./page.ts";
import { Terminal } from "./terminal.ts";
import { difference, isShown, missingLine } from "./volatile.ts";

export interface Failure {
  /** Line of the page, from 1. */
  readonly line: number;
  readonly command: string;
  /** What differs, in lines for a reader. */
  readonly detail: string;
}

export interface PageResult {
  readonly failures: readonly Failure[];
  /** The page with the real output in place of the one that differs. */
  readonly corrected: string;
}

/** Daemons start and sessions come up in this time; a command that only reads is typed again until then. */
const patienceMs = 20_000;
/** `--write` has no output to wait for: it takes one that stays the same for this long. */
const settledMs = 1500;
const pauseMs = 300;

const reads = new RegExp(
  `^(?:\\./)?(?:${
    [
      "bgpd (?:show|sql|check|doctor|diff|peer list|policy|mrt show)",
      "birdc\\b.* show",
      'vtysh\\b.* -c "?.?show',
      "gobgp\\b.* (?:neighbor|global)\\b(?!.* (?:add|del)\\b)",
      "sqlite3\\b.*SELECT",
      "curl (?!.* -[dX])",
      "cat|grep|head|tail|ls|wc|test",
    ].map((each) => `(?:${each})`).join("|")
  })`,
  "is",
);

export interface RunOptions {
  /** Take the real output where it differs, for `corrected`. */
  readonly write?: boolean;
}

export async function runPage(text: string, options: RunOptions = {}): Promise<PageResult> {
  const { steps } = parsePage(text);
  const failures: Failure[] = [];
  const corrections: { readonly lines: readonly [number, number]; readonly output: readonly string[] }[] = [];
  const clones = steps.some((step) => step.kind === "command" && step.command.startsWith("git clone"));
  await using terminal = await Terminal.open({ clones });
  for (const step of steps) {
    if (step.kind === "file") {
      await terminal.writeFile(step.name, step.text);
      continue;
    }
    const { failure, output } = step.kind === "daemon"
      ? await startDaemon(terminal, step)
      : await type(terminal, step, options);
    if (failure === undefined) continue;
    failures.push(failure);
    if (output !== undefined && step.kind === "command") corrections.push({ lines: step.outputLines, output });
    // What follows would fail for the same reason, and hide it.
    if (output === undefined) break;
  }
  return { failures, corrected: correct(text, corrections) };
}

interface Outcome {
  readonly failure?: Failure;
  /** The output that the page should show. */
  readonly output?: readonly string[];
}

async function startDaemon(terminal: Terminal, { line, command, output }: DaemonStep): Promise<Outcome> {
  const daemon = await terminal.start(command);
  const end = performance.now() + patienceMs;
  const fail = async (what: string) => {
    const printed = (await daemon.printed()).map((each) => `    ${each}`);
    return { failure: { line, command, detail: [what, ...printed].join("\n") } };
  };
  // A mistake in its configuration ends it in this time.
  await pause(pauseMs);
  for (;;) {
    if (await daemon.ended()) return await fail("  ended, and should stay; it printed:");
    const missing = missingLine(output, await daemon.printed());
    if (missing === undefined) return {};
    if (performance.now() > end) return await fail(`  - ${missing}\n  is not in its output:`);
    await pause(pauseMs);
  }
}

async function type(terminal: Terminal, step: CommandStep, { write }: RunOptions): Promise<Outcome> {
  const { line, command, exit, output } = step;
  const patient = reads.test(command);
  const start = performance.now();
  let answer = await terminal.run(command);
  let since = start;
  const isRight = () => answer.exit === exit && (output === undefined || isShown(output, answer.lines));
  // To write a page is to replace what it shows, even where the page is right for a moment.
  const isDone = () => write === true && output !== undefined ? performance.now() - since > settledMs : isRight();
  while (patient && !isDone() && performance.now() - start < patienceMs) {
    await pause(pauseMs);
    const next = await terminal.run(command);
    if (!isShown(next.lines, answer.lines)) since = performance.now();
    answer = next;
  }
  if (isRight()) return {};
  if (answer.exit !== exit) {
    const detail = [`  ends with exit code ${answer.exit}, not ${exit}:`, ...answer.lines.map((each) => `    ${each}`)];
    return { failure: { line, command, detail: detail.join("\n") } };
  }
  return { failure: { line, command, detail: difference(output ?? [], answer.lines) }, output: answer.lines };
}

/** From the last to the first, so that the numbers of the lines hold. */
function correct(
  text: string,
  corrections: readonly { readonly lines: readonly [number, number]; readonly output: readonly string[] }[],
): string {
  const lines = text.split("\n");
  for (const { lines: [from, to], output } of corrections.toReversed()) lines.splice(from - 1, to - from, ...output);
  return lines.join("\n");
}

export function failureText(page: string, { line, command, detail }: Failure): string {
  return `${page}:${line}: $ ${command}\n${detail}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

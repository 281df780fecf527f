/**
 * A page of the documents as a script. The runner (`run_page.ts`) does what a reader does: it writes the files that the
 * page shows, types the commands, and compares what is printed.
 *
 * | block | what the runner does |
 * |---|---|
 * | ```` ```console ```` | types each line after `$ ` (lines after `> ` continue it); the lines below are its output |
 * | ```` ```console exit=1 ```` | the same; each command must end with this exit code, otherwise with 0 |
 * | ```` ```console daemon ```` | starts a program that stays; its output must have the lines below, in this order |
 * | ```` ```sh ```` | types each line; the output does not count, the exit code must be 0 |
 * | ```` ```toml file=bgpd.toml ```` | writes the file; the paragraph above must name the file |
 *
 * A line `…` of the output stands for any number of lines. Comments steer the runner where a reader needs no command:
 *
 * - `<!-- run: COMMAND -->` types a command; of several lines, if `<!-- run:` and `-->` have lines of their own
 * - `<!-- not run: REASON -->` before a block leaves that block out
 * - `<!-- commands: tests/… -->` says that the test of that name runs the commands of the page
 */

interface Step {
  /** Line of the page, from 1. */
  readonly line: number;
}

export interface FileStep extends Step {
  readonly kind: "file";
  readonly name: string;
  readonly text: string;
}

export interface CommandStep extends Step {
  readonly kind: "command";
  readonly command: string;
  readonly exit: number;
  /** `undefined`: the output does not count. */
  readonly output: readonly string[] | undefined;
  /** Lines of the page that the output takes: first and the one after the last, from 1. */
  readonly outputLines: readonly [number, number];
}

export interface DaemonStep extends Step {
  readonly kind: "daemon";
  readonly command: string;
  readonly output: readonly string[];
}

export type PageStep = FileStep | CommandStep | DaemonStep;

export interface Page {
  readonly steps: readonly PageStep[];
  /** The test that runs the commands of the page, in place of the runner. */
  readonly testedBy: string | undefined;
  /** Blocks that are not run, each with its reason. */
  readonly notRun: readonly { readonly line: number; readonly reason: string }[];
  /** What is wrong with the page: commands that nothing runs, files without a name. */
  readonly mistakes: readonly string[];
}

interface Block {
  readonly line: number;
  readonly language: string;
  readonly words: readonly string[];
  readonly lines: readonly string[];
  /** The paragraph above. */
  readonly paragraph: string;
  readonly notRun: string | undefined;
}

/** The first words of a line that somebody could type. */
const looksTyped = /^(?:\$ |(?:\.\/)?bgpd |sqlite3 |curl |deno |npx |sudo |birdc |vtysh |gobgp |systemctl |apt)/;

export function parsePage(text: string): Page {
  const steps: PageStep[] = [];
  const notRun: { line: number; reason: string }[] = [];
  const mistakes: string[] = [];
  const testedBy = /^<!-- commands: (\S+) -->$/m.exec(text)?.[1];
  for (const part of partsOf(text)) {
    if ("run" in part) {
      steps.push({
        kind: "command",
        line: part.line,
        command: part.run,
        exit: 0,
        output: undefined,
        outputLines: [0, 0],
      });
    } else if (part.notRun !== undefined) {
      notRun.push({ line: part.line, reason: part.notRun });
    } else {
      readBlock(part, steps, mistakes);
    }
  }
  if (testedBy !== undefined) return { steps: [], testedBy, notRun: [], mistakes: [] };
  return { steps, testedBy, notRun, mistakes };
}

function readBlock(block: Block, steps: PageStep[], mistakes: string[]): void {
  const { line, language, words, lines, paragraph } = block;
  const name = words.find((word) => word.startsWith("file="))?.slice("file=".length);
  if (name !== undefined) {
    if (!paragraph.includes(`\`${name}\``)) {
      mistakes.push(`line ${line}: the paragraph above does not name \`${name}\``);
    }
    steps.push({ kind: "file", line, name, text: lines.map((each) => `${each}\n`).join("") });
  } else if (language === "console") {
    if (!lines[0]?.startsWith("$ ")) mistakes.push(`line ${line}: a block of a console starts with "$ "`);
    steps.push(...consoleSteps(block));
  } else if (language === "sh") {
    steps.push(...shellSteps(block));
  } else if (lines.some((each) => looksTyped.test(each))) {
    mistakes.push(
      `line ${line}: commands in a block "${language}": mark it console or sh, so that the runner runs them`,
    );
  }
}

function consoleSteps({ line, words, lines }: Block): (CommandStep | DaemonStep)[] {
  const exit = Number(words.find((word) => word.startsWith("exit="))?.slice("exit=".length) ?? 0);
  const starts = lines.flatMap((each, index) => each.startsWith("$ ") ? [index] : []);
  return starts.map((start, nth) => {
    const end = starts[nth + 1] ?? lines.length;
    let first = start + 1;
    while (first < end && lines[first]!.startsWith("> ")) first++;
    const command = lines.slice(start, first).map((each) => each.slice(2)).join("\n");
    const output = lines.slice(first, end);
    const at = line + 1 + start;
    if (words.includes("daemon")) return { kind: "daemon", line: at, command, output };
    return { kind: "command", line: at, command, exit, output, outputLines: [line + 1 + first, line + 1 + end] };
  });
}

/** A backslash at the end of a line continues the command. */
function shellSteps({ line, lines }: Block): CommandStep[] {
  const steps: CommandStep[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (/^\s*(?:#|$)/.test(lines[at]!)) continue;
    const start = at;
    while (lines[at]!.endsWith("\\") && at + 1 < lines.length) at++;
    const command = lines.slice(start, at + 1).join("\n");
    steps.push({ kind: "command", line: line + 1 + start, command, exit: 0, output: undefined, outputLines: [0, 0] });
  }
  return steps;
}

type Part = Block | { readonly line: number; readonly run: string };

/** The blocks and the comments for the runner, in the order of the page. */
function* partsOf(text: string): Generator<Part> {
  const lines = text.split("\n");
  let paragraph = "";
  let notRun: string | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const run = /^<!-- run: (.*) -->$/.exec(line)?.[1];
    const opens = line === "<!-- run:";
    const fence = /^(`{3,})(\S*)(.*)$/.exec(line);
    if (run !== undefined) {
      yield { line: at + 1, run };
    } else if (opens) {
      const end = lines.indexOf("-->", at);
      yield { line: at + 1, run: lines.slice(at + 1, end).join("\n") };
      at = end;
    } else if (fence !== null) {
      let end = at + 1;
      while (end < lines.length && lines[end] !== fence[1]) end++;
      const words = fence[3]!.trim().split(/\s+/);
      yield { line: at + 1, language: fence[2]!, words, lines: lines.slice(at + 1, end), paragraph, notRun };
      notRun = undefined;
      at = end;
    } else if (/^<!-- not run: /.test(line)) {
      notRun = /^<!-- not run: (.*) -->$/.exec(line)?.[1];
    } else if (line !== "") {
      const continues = at > 0 && lines[at - 1] !== "";
      paragraph = continues ? `${paragraph}\n${line}` : line;
    }
  }
}

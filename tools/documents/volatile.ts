/**
 * Compares what a page shows with what a command prints. Both texts pass through the list below, so that only these
 * parts may differ from run to run. Everything else must be equal, letter by letter.
 */

interface Volatile {
  readonly what: string;
  readonly pattern: RegExp;
  readonly instead: string;
}

const volatiles: readonly Volatile[] = [
  { what: "a time", pattern: /\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?Z?/g, instead: "<time>" },
  { what: "a time in the name of a file", pattern: /\b\d{4}-?\d\d-?\d\dT\d{4,9}(?:Z|\b)/g, instead: "<time>" },
  {
    what: "a time as ctime(3) writes it",
    pattern: /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\b/g,
    instead: "<time>",
  },
  { what: "a date of the log of FRR", pattern: /\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/g, instead: "<time>" },
  { what: "a time of day, an age", pattern: /\b\d\d:\d\d:\d\d(?:\.\d+)?\b/g, instead: "<clock>" },
  { what: "messages that `show peers` counts", pattern: /\d+ +\d+ +(?=<clock> +Established)/g, instead: "<messages> " },
  { what: "an age in words", pattern: /\b\d+(?:\.\d+)? ?(?:ms|µs|s|seconds?) ago\b/g, instead: "<age> ago" },
  {
    what: "a duration that was measured",
    pattern: /\b(?:after|in|took|for|uptime) \d+(?:\.\d+)? ?(?:ms|s)\b/g,
    instead: "<duration>",
  },
  { what: "milliseconds", pattern: /\b\d+(?:\.\d+)? ms\b/g, instead: "<ms>" },
  { what: "a process", pattern: /\b(pid|process) \d+\b/gi, instead: "$1 <pid>" },
  { what: "memory, size of a file", pattern: /\b\d+(?:\.\d+)? ?(?:[kKMG]i?B)\b/g, instead: "<size>" },
  { what: "a port that the kernel gave", pattern: /:(?:3[2-9]|[45]\d|6[0-5])\d{3}\b/g, instead: ":<port>" },
];

/** Lines that compare as equal if only volatile parts differ. On a line with such a part, several blanks are one. */
export function comparable(line: string): string {
  let text = line.trimEnd();
  let changed = false;
  for (const { pattern, instead } of volatiles) {
    const replaced = text.replace(pattern, instead);
    changed ||= replaced !== text;
    text = replaced;
  }
  return changed ? text.replace(/ {2,}/g, " ").trim() : text;
}

/** True where the output is what the page shows. A line `…` of the page stands for any number of lines. */
export function isShown(shown: readonly string[], printed: readonly string[]): boolean {
  return matches(shown.map(comparable), printed.map(comparable));
}

function matches(shown: readonly string[], printed: readonly string[]): boolean {
  const gap = shown.indexOf("…");
  if (gap === -1) return shown.length === printed.length && shown.every((line, i) => line === printed[i]);
  if (printed.length < gap || !matches(shown.slice(0, gap), printed.slice(0, gap))) return false;
  const rest = shown.slice(gap + 1);
  for (let from = gap; from <= printed.length; from++) {
    if (matches(rest, printed.slice(from))) return true;
  }
  return false;
}

/** The first of the lines that must appear in the output of a daemon, in this order, and does not. */
export function missingLine(shown: readonly string[], printed: readonly string[]): string | undefined {
  let from = 0;
  for (const line of shown) {
    if (line === "…") continue;
    const wanted = comparable(line);
    const found = printed.findIndex((each, i) => i >= from && comparable(each) === wanted);
    if (found === -1) return line;
    from = found + 1;
  }
  return undefined;
}

/** The two texts as a reader of a failed test wants them: `-` is only in the page, `+` is only printed. */
export function difference(shown: readonly string[], printed: readonly string[]): string {
  const [left, right] = [shown.map(comparable), printed.map(comparable)];
  const lengths = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const [row, below] = [lengths[i]!, lengths[i + 1]!];
      row[j] = left[i] === right[j] ? below[j + 1]! + 1 : Math.max(below[j]!, row[j + 1]!);
    }
  }
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      lines.push(`    ${printed[j++]}`);
      i++;
    } else if (j < right.length && (i === left.length || lengths[i]![j + 1]! >= lengths[i + 1]![j]!)) {
      lines.push(`  + ${printed[j++]}`);
    } else {
      lines.push(`  - ${shown[i++]}`);
    }
  }
  return lines.join("\n");
}
